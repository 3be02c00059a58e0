"""Any torchvision classification network as image encoder: its features before the last layer."""

from __future__ import annotations

import functools
import pickle
from pathlib import Path

from PIL import Image
from safetensors import SafetensorError
from torch import Tensor, channels_last, nn

from gnn_emotion.encoders.image.backbones import (
    Preparation,
    backbone_names,
    load_backbone,
    pretrained_state,
    read_state,
)
from gnn_emotion.encoders.image.pictures import PictureLimits
from gnn_emotion.encoders.image.vision import VisionEncoder, VisionOptions, weights_checksum
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.features import EncoderSpec

_FAILURES = (
    OSError,  # urllib's errors are among them
    ValueError,
    KeyError,
    TypeError,
    RuntimeError,
    SafetensorError,
    pickle.UnpicklingError,
    EOFError,
)


class TorchvisionEncoder(VisionEncoder):
    """Penultimate features of a torchvision classification network.

    Args:
        name: a torchvision name (``resnet18``, ``resnet50``, ...) or ``resnet10``.
        weights: a ``.safetensors`` or ``.pth`` file; ``None`` for torchvision's default weights,
            which come from the user's torch hub cache or, with the network at hand, are downloaded
            into it by torchvision.
        device: ``cpu``, ``cuda``, ...
        options: batching.
        limits: pictures that are skipped.

    Raises:
        ContractError: the name is not known, or the weights cannot be loaded.
    """

    def __init__(
        self,
        name: str,
        weights: Path | None = None,
        device: str = "cpu",
        options: VisionOptions | None = None,
        limits: PictureLimits | None = None,
    ) -> None:
        names = backbone_names()
        if name not in names:
            raise ContractError(f"unknown network {name!r}; {closest(name, names)}")
        network, self.dim, self.preparation = _load(name, weights)
        super().__init__(name, device, options, limits, 2 * self.preparation.resize)
        self.network = network.to(device).to(memory_format=channels_last)
        self._transform = self.preparation.transform()

    @functools.cached_property
    def spec(self) -> EncoderSpec:
        """Name, checksum of the weights, width and preparation."""
        options = self._stated(**self.preparation.as_json())
        return EncoderSpec(self.name, weights_checksum(self.network), self.dim, options)

    def prepare(self, image: Image.Image) -> Tensor:
        """Scale, crop and normalise a picture ``[3, H, W]``."""
        return self._transform(image)

    def embed(self, pixels: Tensor) -> Tensor:
        """Run the network ``[B, 3, H, W] -> [B, D]``."""
        return self.network(pixels.contiguous(memory_format=channels_last))


def _load(name: str, weights: Path | None) -> tuple[nn.Module, int, Preparation]:
    try:
        state, preparation = read_state(name, weights) if weights else pretrained_state(name)
        return *load_backbone(name, state), preparation
    except _FAILURES as error:
        first = (str(error).strip() or repr(error)).splitlines()[0]
        stated = f"{name}:{weights}" if weights else name
        raise ContractError(
            f"image encoder {stated!r} cannot be loaded: {first}; expected '{name}:FILE' with a "
            f".safetensors or .pth file of its weights, or '{name}' with torchvision's weights in "
            "the cache or the network at hand"
        ) from error
