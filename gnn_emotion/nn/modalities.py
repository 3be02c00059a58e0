"""Modalities of a post: a token each, a learned one where it is missing, dropout of whole ones.

A mask says which rows have a modality. What stands in the other rows is never looked at, so that
it may be anything, NaN included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gnn_emotion.schema.errors import ContractError


class LearnedMissing(nn.Module):
    """A learned vector for the rows that lack a modality.

    Shapes:
        ``x [B, D]``, ``present [B]`` -> ``[B, D]``.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.vector = nn.Parameter(torch.empty(channels).normal_(std=0.02))

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Replace the rows that are missing."""
        return torch.where(present[:, None], x, self.vector)


class ModalityToken(nn.Module):
    """The own small network of a modality: dropout, linear, layer norm, GELU.

    The norm puts modalities whose features have different ranges on one scale.

    Shapes:
        ``x [B, D_m]``, ``present [B]`` -> ``[B, D]``.
    """

    def __init__(self, in_channels: int, out_channels: int, dropout: float) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(in_channels, out_channels),
            nn.LayerNorm(out_channels),
            nn.GELU(),
        )
        self.missing = LearnedMissing(out_channels)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Make the token; the learned one where the modality is missing."""
        seen = torch.where(present[:, None], x, 0.0)  # NaN times a weight would be NaN
        return self.missing(self.net(seen), present)


class ModalityDropout(nn.Module):
    """Hide whole modalities from the model in training, so that it learns to do without them.

    Each present modality of each row is hidden with probability p, except that a row keeps one of
    those it has, drawn uniformly (ModDrop, Neverova et al. 2016). In evaluation nothing is hidden.
    Draws come from torch's default generator.

    Args:
        p: 0 <= p < 1.

    Raises:
        ContractError: p is out of range.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ContractError(f"modality dropout is {p}; expected 0 <= p < 1")
        self.p = p

    def forward(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Thin masks ``[B]`` out."""
        if not self.training or self.p == 0:
            return dict(present)
        here = torch.stack(list(present.values()), dim=1)
        draw = torch.rand(here.shape, device=here.device)
        # Given that all draws of a row are below p, its largest is equally likely at each place.
        last = draw.masked_fill(~here, -1.0).argmax(dim=1, keepdim=True)
        kept = (draw >= self.p).scatter(1, last, True) & here
        return dict(zip(present, kept.unbind(dim=1), strict=True))


def check_modalities(
    names: Sequence[str], x: Mapping[str, Tensor], present: Mapping[str, Tensor]
) -> None:
    """Raise where features or masks are not given for exactly the modalities of a model.

    Args:
        names: the modalities, sorted.
        x: features by modality.
        present: masks by modality.

    Raises:
        ContractError: names what was given and what is expected.
    """
    for what, given in (("features", x), ("masks", present)):
        if sorted(given) != list(names):
            raise ContractError(
                f"{what} of modalities {sorted(given)}, expected {list(names)}; give a modality "
                "that no post has as zeros with a mask of False"
            )


def counted(present: Tensor) -> Tensor:
    """Tell which modalities of a row count: the present ones, and all where there is none.

    A softmax over nothing is NaN; a row without any modality is judged by its learned vectors.

    Args:
        present: bool ``[B, M]``.
    """
    return present | ~present.any(dim=1, keepdim=True)
