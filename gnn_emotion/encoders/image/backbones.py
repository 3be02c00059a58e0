"""torchvision's classification networks without their last layer, with weights from a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torchvision
from PIL import Image
from safetensors import safe_open
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.transforms import InterpolationMode, v2

from gnn_emotion.schema.errors import ContractError, closest

#: Key of the metadata of a weights file under which ``Preparation`` is stored.
PREPARATION = "preparation"
State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Preparation:
    """How a picture becomes the input of a network.

    Attributes:
        resize: pixels to which the shorter side is scaled.
        crop: side of the square that is cut out of the middle.
        mean, std: of red, green and blue; ImageNet's, unless weights say otherwise.
        interpolation: filter of the scaling, as torchvision names it.
    """

    resize: int
    crop: int
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    interpolation: str = "bilinear"

    def as_json(self) -> dict[str, object]:
        """Return JSON values, for specs and files."""
        return {**asdict(self), "mean": list(self.mean), "std": list(self.std)}

    def transform(self) -> Callable[[Image.Image], Tensor]:
        """Return what makes ``[3, crop, crop]`` of a picture."""
        return v2.Compose(
            [
                v2.Resize(self.resize, InterpolationMode(self.interpolation)),
                v2.CenterCrop(self.crop),
                *self.to_tensor(),
            ]
        )

    def to_tensor(self) -> list[nn.Module]:
        """Return the last steps, from a picture to a normalised tensor."""
        scaled = v2.ToDtype(torch.float32, scale=True)
        return [v2.ToImage(), scaled, v2.Normalize(self.mean, self.std), v2.ToPureTensor()]


def resnet10(num_classes: int = 1000) -> ResNet:
    """Build the shortest residual network, one block a stage (He et al. 2016), for small pictures.

    Its first layers keep 1/4 of the resolution where those of ImageNet's networks keep the same,
    but it has less than half the weights of ResNet-18 and trains on a CPU.
    """
    return ResNet(BasicBlock, [1, 1, 1, 1], num_classes=num_classes)


_OWN = {"resnet10": resnet10}


def backbone_names() -> list[str]:
    """Name the networks that can be built."""
    return [*_OWN, *torchvision.models.list_models(module=torchvision.models)]


def build_network(name: str, num_classes: int = 1000) -> nn.Module:
    """Build a network with random weights.

    Raises:
        ContractError: the name is not known.
    """
    if name in _OWN:
        return _OWN[name](num_classes)
    names = backbone_names()
    if name not in names:
        raise ContractError(f"unknown network {name!r}; {closest(name, names)}")
    return torchvision.models.get_model(name, weights=None, num_classes=num_classes)


def load_backbone(name: str, state: State) -> tuple[nn.Module, int]:
    """Build a network, give it weights and take its last linear layer off.

    Args:
        name: one of ``backbone_names``.
        state: weights, with or without those of the last layer.

    Returns:
        The network ``[B, 3, H, W] -> [B, D]`` in evaluation mode, and D.

    Raises:
        ContractError: the name is not known, or such a network has no linear layer.
        RuntimeError: the weights are not those of such a network.
    """
    with torch.random.fork_rng(devices=[]):  # first weights are drawn at random, and replaced
        network = build_network(name)
    head_name, head = _last_linear(name, network)
    above, _, last = head_name.rpartition(".")
    setattr(network.get_submodule(above), last, nn.Identity())
    kept = {key: value for key, value in state.items() if not key.startswith(f"{head_name}.")}
    network.load_state_dict(_as_named_now(name, kept), assign=True)
    if hasattr(network, "transform_input"):
        # GoogLeNet and Inception: their pretrained weights expect it, and are told by no file.
        setattr(network, "transform_input", True)  # noqa: B010 - no tensor, for mypy
    return network.float().eval().requires_grad_(False), int(head.in_features)


def _last_linear(name: str, network: nn.Module) -> tuple[str, nn.Linear]:
    found = [(key, m) for key, m in network.named_modules() if isinstance(m, nn.Linear)]
    if not found:
        raise ContractError(f"network {name!r} has no last linear layer; expected one that has")
    return found[-1]


def pretrained_state(name: str) -> tuple[State, Preparation]:
    """Load torchvision's default weights of a network from the user's cache, or download them.

    Raises:
        ContractError: there are none for it.
        OSError: they are not in the cache and cannot be downloaded.
    """
    if name in _OWN:
        raise ContractError(f"no pretrained weights of {name!r}; expected '{name}:FILE'")
    weights = torchvision.models.get_model_weights(name).DEFAULT
    state = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    return state, _preparation_of(weights)


def read_state(name: str, path: Path) -> tuple[State, Preparation]:
    """Read weights from a ``.safetensors`` file, or from a ``.pth`` file without running its code.

    A file that ``fit_vision`` wrote says how pictures are prepared; for others it is done as for
    torchvision's own weights of the network.

    Raises:
        OSError, ValueError, RuntimeError, SafetensorError, UnpicklingError: it cannot be read.
    """
    if path.suffix == ".safetensors":
        with safe_open(path, "pt") as file:
            state: State = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            stored = (file.metadata() or {}).get(PREPARATION)
        if stored:
            return state, Preparation(**json.loads(stored))
    else:
        state = _unwrapped(torch.load(path, map_location="cpu", weights_only=True))
    if name in _OWN:
        raise ValueError(f"its metadata lack {PREPARATION!r}, which fit_vision writes")
    return state, _preparation_of(torchvision.models.get_model_weights(name).DEFAULT)


def _preparation_of(weights: Any) -> Preparation:
    preset = weights.transforms()
    return Preparation(
        preset.resize_size[0],
        preset.crop_size[0],
        tuple(preset.mean),
        tuple(preset.std),
        preset.interpolation.value,
    )


def _unwrapped(stored: Any) -> State:
    """Find the weights in what training scripts commonly save around them."""
    for key in ("state_dict", "model"):
        if isinstance(stored, dict) and isinstance(stored.get(key), dict):
            stored = stored[key]
    if not isinstance(stored, dict):
        raise ValueError(f"it holds a {type(stored).__name__}, expected a dictionary of weights")
    return {key.removeprefix("module."): value for key, value in stored.items()}


def _as_named_now(name: str, state: State) -> State:
    """Rename the weights of DenseNet, whose published files are older than its module names."""
    if not name.startswith("densenet"):
        return state
    return {re.sub(r"\.(norm|conv)\.([12])\.", r".\1\2.", key): v for key, v in state.items()}
