"""The fixed part of a model: what was fitted to the features of the train split before training.

Standardising, choosing columns and projecting onto directions make one map, which travels with the
weights: a dump is scored with what the train split said, and nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gnn_emotion.nn.config import ModelConfig

#: Standardised values are cut here: an outlier of a new dump is not let through as it is.
LIMIT = 10.0


class FixedMap(nn.Module):
    """clip((x - shift) * scale, +-LIMIT) @ weight - offset. No gradient reaches its numbers.

    Shapes:
        ``[N, D_in]`` -> ``[N, D_out]``.
    """

    shift: Tensor
    scale: Tensor
    weight: Tensor
    offset: Tensor

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.register_buffer("shift", torch.zeros(in_channels))
        self.register_buffer("scale", torch.ones(in_channels))
        self.register_buffer("weight", torch.eye(in_channels, out_channels))
        self.register_buffer("offset", torch.zeros(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map."""
        scaled = ((x - self.shift) * self.scale).clamp(-LIMIT, LIMIT)
        return scaled @ self.weight - self.offset


def prepare(name: str, config: ModelConfig) -> nn.Module:
    """Make the fixed map of a node type or modality; the identity where the config has none."""
    if name not in config.prepared:
        return nn.Identity()
    return FixedMap(config.in_channels[name], config.prepared[name])
