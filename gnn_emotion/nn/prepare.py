"""The fixed part of a model: what was fitted to the features of the train split before training.

Standardising, choosing columns and projecting onto directions make one map, which travels with the
weights: a dump is scored with what the train split said, and nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.post_input import TEXT
from gnn_emotion.nn.temporal import TemporalPooling
from gnn_emotion.nn.token_input import TokenInput

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


class PooledFrames(nn.Module):
    """The frames that a clip holds one after the other, scaled, to one learned state.

    Shapes:
        ``[N, T * D + T + R]``: T frames, which of them are there, and the rest of the features ->
        ``[N, hidden + R]``.
    """

    def __init__(self, fixed: nn.Module, config: ModelConfig) -> None:
        super().__init__()
        self.steps, self.step_dim = config.steps, config.step_dim
        self.fixed = fixed
        self.pool = TemporalPooling(config.step_dim, config.hidden_channels, config.frame_pooling)

    def forward(self, x: Tensor) -> Tensor:
        """Pool."""
        end = self.steps * self.step_dim
        there = x[:, end : end + self.steps] > 0
        scaled = self.fixed(x)
        frames = scaled[:, :end].unflatten(1, (self.steps, self.step_dim))
        return torch.cat([self.pool(frames, there), scaled[:, end + self.steps :]], dim=1)


def prepare(name: str, config: ModelConfig) -> nn.Module:
    """Make what features of a node type or modality go through first.

    The fixed map where the config has one, then, for videos whose frames are not pooled yet, the
    pooling of their frames; for the tokens of posts, the head that reads them.
    """
    if name == TEXT and config.text_head:
        return TokenInput(config)
    fixed: nn.Module = nn.Identity()
    if name in config.prepared:
        fixed = FixedMap(config.in_channels[name], config.prepared[name])
    return PooledFrames(fixed, config) if name == "video" and config.steps else fixed
