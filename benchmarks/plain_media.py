"""What a user would write without this package: a loop over files, and nothing that goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file
from torchvision.transforms import v2

_BATCH = 32
_FRAMES = 8
_PREPARE = v2.Compose(
    [
        v2.Resize(256),
        v2.CenterCrop(224),
        v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ]
)
Loop = Callable[[Sequence[Path]], np.ndarray]


def plain_pictures(weights: Path) -> Loop:
    """Return a loop that turns N pictures into rows ``[N, 512]``: Pillow, torchvision, ResNet-18.

    Args:
        weights: of the network.
    """
    network = _load(weights)

    @torch.inference_mode()
    def loop(paths: Sequence[Path]) -> np.ndarray:
        rows = []
        for start in range(0, len(paths), _BATCH):
            images = [Image.open(path).convert("RGB") for path in paths[start : start + _BATCH]]
            rows.append(network(torch.stack([_PREPARE(image) for image in images])))
        return torch.cat(rows).numpy()

    return loop


def plain_clips(weights: Path) -> Loop:
    """Return a loop that turns N clips into rows ``[N, 512]``.

    PyAV decodes every frame; eight of them, evenly spaced, go through the network, and their mean
    is taken.
    """
    import av

    network = _load(weights)

    @torch.inference_mode()
    def loop(paths: Sequence[Path]) -> np.ndarray:
        rows = []
        for path in paths:
            with av.open(path) as container:
                frames = [frame.to_image() for frame in container.decode(video=0)]
            at = ((np.arange(_FRAMES) + 0.5) * len(frames) / _FRAMES).astype(int)
            rows.append(network(torch.stack([_PREPARE(frames[i]) for i in at])).mean(dim=0))
        return torch.stack(rows).numpy()

    return loop


def _load(weights: Path) -> torch.nn.Module:
    network = torchvision.models.resnet18(weights=None)
    network.load_state_dict(load_file(weights))
    network.fc = torch.nn.Identity()
    return network.eval()
