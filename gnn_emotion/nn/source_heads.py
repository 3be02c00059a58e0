"""A linear head for each data source, over vectors that all share."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SourceHeads(nn.Module):
    """Linear heads that begin at nothing.

    Annotators of different sources draw the lines between emotions differently; heads of their own
    let each be right, while the vectors learn from all (Caruana 1997, hard parameter sharing).

    Args:
        in_channels: D.
        sources: S.
        num_classes: K.
    """

    def __init__(self, in_channels: int, sources: int, num_classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(sources, num_classes, in_channels))
        self.bias = nn.Parameter(torch.zeros(sources, num_classes))

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        """Score labels.

        Args:
            x: ``[B, D]``.
            source: whose head reads each row ``[B]``.

        Returns:
            Logits ``[B, K]``.
        """
        every = torch.einsum("bd,skd->bsk", x, self.weight) + self.bias
        return every[torch.arange(len(x), device=x.device), source]
