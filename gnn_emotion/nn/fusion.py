"""Fusion of the modalities of a post into one hidden state: early, mid, late, gated, attention.

All kinds share one forward. Modalities are taken in the order of their names, so that a stored
model does not depend on the order of a mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from gnn_emotion.nn.fusion_attention import CrossModalAttention
from gnn_emotion.nn.modalities import LearnedMissing, ModalityToken, check_modalities, counted
from gnn_emotion.schema.errors import ContractError, closest


@dataclass(frozen=True)
class Fused:
    """What a fusion gives.

    Attributes:
        h: hidden states ``[B, D]``.
        logits: ``[B, K]``, of late fusion only: each of its modalities votes for itself.
        tokens: the state of each modality before it met the others ``[B, D]``, for
            ``alignment_loss``; none in early fusion, where they meet as raw features.
    """

    h: Tensor
    logits: Tensor | None = None
    tokens: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class FusionShape:
    """Widths of a fusion.

    Attributes:
        in_channels: width of each modality, D_m.
        out_channels: width of the hidden state, D.
        num_classes: K.
        dropout: share of input and hidden values dropped in training.
        heads: attention heads, H, of the kind ``attention``; divides ``out_channels`` there.
    """

    in_channels: Mapping[str, int]
    out_channels: int
    num_classes: int
    dropout: float
    heads: int

    def __post_init__(self) -> None:
        widths = (self.out_channels, self.num_classes, self.heads, *self.in_channels.values())
        if not self.in_channels or min(widths) < 1:
            raise ContractError(f"{self}: expected one modality or more, and sizes of 1 or more")
        if not 0 <= self.dropout < 1:
            raise ContractError(f"dropout is {self.dropout}; expected 0 <= dropout < 1")


class Fusion(nn.Module):
    """What all kinds have in common.

    A missing modality is replaced by a learned vector; its row may hold anything.

    Args:
        shape: the widths.
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        self.names = tuple(sorted(shape.in_channels))
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Fused:
        """Fuse.

        Args:
            x: features ``[B, D_m]`` of every modality.
            present: masks ``[B]``, bool, of every modality.

        Raises:
            ContractError: the modalities are not those of the model.
        """
        check_modalities(self.names, x, present)
        return self.fuse(x, present)

    def fuse(self, x: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Fused:
        """Fuse checked inputs; each kind has its own."""
        raise NotImplementedError


class EarlyFusion(Fusion):
    """Raw features side by side, before anything is learned: gelu(W [x_1; ...; x_M] + b)."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__(shape)
        self.missing = nn.ModuleDict({n: LearnedMissing(shape.in_channels[n]) for n in self.names})
        self.lin = nn.Linear(sum(shape.in_channels.values()), shape.out_channels)

    def fuse(self, x: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Fused:
        """Set side by side, then project."""
        raw = torch.cat([self.missing[n](x[n], present[n]) for n in self.names], dim=1)
        return Fused(nn.functional.gelu(self.lin(self.dropout(raw))))


class TokenFusion(Fusion):
    """The kinds that first make one token ``[B, D]`` of each modality."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__(shape)
        width, dropout = shape.out_channels, shape.dropout
        self.tokens = nn.ModuleDict(
            {n: ModalityToken(shape.in_channels[n], width, dropout) for n in self.names}
        )

    def fuse(self, x: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Fused:
        """Make the tokens, then combine them."""
        tokens = torch.stack([self.tokens[n](x[n], present[n]) for n in self.names], dim=1)
        h, logits = self.combine(tokens, torch.stack([present[n] for n in self.names], dim=1))
        return Fused(h, logits, dict(zip(self.names, tokens.unbind(dim=1), strict=True)))

    def combine(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, Tensor | None]:
        """Turn tokens ``[B, M, D]`` and masks ``[B, M]`` into ``h [B, D]`` and logits, if any."""
        raise NotImplementedError


class MidFusion(TokenFusion):
    """Tokens side by side, then one layer: gelu(W [t_1; ...; t_M] + b)."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__(shape)
        self.lin = nn.Linear(len(self.names) * shape.out_channels, shape.out_channels)

    def combine(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, None]:
        """Mix."""
        return nn.functional.gelu(self.lin(self.dropout(tokens.flatten(1)))), None


class LateFusion(TokenFusion):
    """Each modality has its own classifier; their logits are averaged with learned weights.

    The weights are a softmax over the modalities that a row has. The hidden state is the average
    of the tokens under the same weights.
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__(shape)
        width, classes = shape.out_channels, shape.num_classes
        self.classifiers = nn.ModuleList(nn.Linear(width, classes) for _ in self.names)
        self.score = nn.Parameter(torch.zeros(len(self.names)))

    def combine(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Vote."""
        score = self.score.masked_fill(~counted(present), -torch.inf)
        weight = torch.softmax(score, dim=1)[..., None]
        hidden = self.dropout(tokens)
        votes = [lin(hidden[:, m]) for m, lin in enumerate(self.classifiers)]
        logits = (weight * torch.stack(votes, dim=1)).sum(dim=1)
        return (weight * tokens).sum(dim=1), logits


class GatedFusion(TokenFusion):
    """Gated multimodal unit (Arevalo et al. 2017), for M modalities.

    z = softmax over present m of (W_m [t_1; ...; t_M] + b_m), h = sum_m z_m * tanh(U_m t_m), one
    gate a channel. With two modalities that are both present the softmax is the sigmoid of the
    paper; there the gates look at raw features, here at tokens, so that a missing one has a say.
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__(shape)
        width, total = shape.out_channels, len(self.names) * shape.out_channels
        self.gate = nn.Linear(total, total)
        self.content = nn.ModuleList(nn.Linear(width, width) for _ in self.names)

    def combine(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, None]:
        """Weigh."""
        hidden = self.dropout(tokens)
        score = self.gate(hidden.flatten(1)).unflatten(1, tokens.shape[1:])
        score = score.masked_fill(~counted(present)[..., None], -torch.inf)
        content = torch.stack([lin(hidden[:, m]) for m, lin in enumerate(self.content)], dim=1)
        return (torch.softmax(score, dim=1) * torch.tanh(content)).sum(dim=1), None


class AttentionFusion(TokenFusion):
    """Each modality attends to the others (``CrossModalAttention``), then as in mid fusion."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__(shape)
        self.cross = CrossModalAttention(
            len(self.names), shape.out_channels, shape.heads, shape.dropout
        )
        self.lin = nn.Linear(len(self.names) * shape.out_channels, shape.out_channels)

    def combine(self, tokens: Tensor, present: Tensor) -> tuple[Tensor, None]:
        """Attend, then mix."""
        attended = self.cross(tokens, present)
        return nn.functional.gelu(self.lin(self.dropout(attended.flatten(1)))), None


_KINDS: dict[str, type[Fusion]] = {
    "early": EarlyFusion,
    "mid": MidFusion,
    "late": LateFusion,
    "gated": GatedFusion,
    "attention": AttentionFusion,
}
FUSIONS = tuple(_KINDS)


def make_fusion(
    kind: str,
    in_channels: Mapping[str, int],
    out_channels: int,
    num_classes: int,
    dropout: float = 0.3,
    heads: int = 4,
) -> Fusion:
    """Make a fusion by name.

    Args:
        kind: one of ``FUSIONS``.
        in_channels: width of each modality, D_m.
        out_channels: width of the hidden state, D.
        num_classes: K.
        dropout: share of input and hidden values dropped in training.
        heads: attention heads, H, of ``attention``; divides ``out_channels`` there.

    Raises:
        ContractError: the kind is not known, or the widths do not fit.
    """
    if kind not in _KINDS:
        raise ContractError(f"unknown fusion {kind!r}; {closest(kind, FUSIONS)}")
    return _KINDS[kind](FusionShape(in_channels, out_channels, num_classes, dropout, heads))
