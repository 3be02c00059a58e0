"""Convolutions with weights of their own for each relation, whose messages are summed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gnn_emotion.kernels import (
    gat_aggregate,
    gat_attention,
    gatv2_aggregate,
    gatv2_attention,
)
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.convs.edges import ScoredEdges, neighbour_mean
from gnn_emotion.schema.graph import EdgeType


class RelationGCN(nn.Module):
    """Mean of the transformed neighbours.

    The relational graph convolution with the normalisation 1/|N_r(i)| (Schlichtkrull et al. 2018,
    "Modeling Relational Data with Graph Convolutional Networks"), which is what GCN's symmetric
    normalisation (Kipf & Welling 2017) becomes on a bipartite relation.

    Shapes:
        ``h_src [S, D]``, ``h_dst [B, D]``, edges of B rows over S sources -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.hidden_channels
        self.lin = nn.Linear(width, width, bias=False)

    def forward(self, h_src: Tensor, h_dst: Tensor, edges: ScoredEdges) -> Tensor:
        """Aggregate; rows without neighbours are zero."""
        return neighbour_mean(edges, self.lin(h_src))


class RelationGAT(nn.Module):
    """Attention over the neighbours (Velickovic et al. 2018), with H heads of C = D / H channels.

    Shapes:
        ``h_src [S, D]``, ``h_dst [B, D]``, edges of B rows over S sources -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, width = config.heads, config.hidden_channels
        self.lin_src = nn.Linear(width, width, bias=False)
        self.lin_dst = nn.Linear(width, width, bias=False)
        self.att_src = nn.Parameter(glorot(self.heads, width // self.heads))
        self.att_dst = nn.Parameter(glorot(self.heads, width // self.heads))

    def forward(self, h_src: Tensor, h_dst: Tensor, edges: ScoredEdges) -> Tensor:
        """Aggregate; rows without neighbours are zero."""
        z_src = self.lin_src(h_src).unflatten(1, (self.heads, -1))
        score_src = h_src @ _score_weight(self.lin_src, self.att_src)
        score_dst = h_dst @ _score_weight(self.lin_dst, self.att_dst)
        out = gat_aggregate(edges.csr, z_src, score_src, score_dst, score_edge=edges.score)
        return out.flatten(1)

    def attention(self, h_src: Tensor, h_dst: Tensor, edges: ScoredEdges) -> Tensor:
        """Return the weights of the edges ``[E, H]``, to look at."""
        score_src = h_src @ _score_weight(self.lin_src, self.att_src)
        score_dst = h_dst @ _score_weight(self.lin_dst, self.att_dst)
        return gat_attention(edges.csr, score_src, score_dst, score_edge=edges.score)


class RelationGATv2(nn.Module):
    """Dynamic attention (Brody et al. 2022, "How Attentive are Graph Attention Networks?").

    Shapes:
        ``h_src [S, D]``, ``h_dst [B, D]``, edges of B rows over S sources -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, width = config.heads, config.hidden_channels
        self.lin_src = nn.Linear(width, width)
        self.lin_dst = nn.Linear(width, width)
        self.att = nn.Parameter(glorot(self.heads, width // self.heads))

    def forward(self, h_src: Tensor, h_dst: Tensor, edges: ScoredEdges) -> Tensor:
        """Aggregate; rows without neighbours are zero."""
        z_src = self.lin_src(h_src).unflatten(1, (self.heads, -1))
        z_dst = self.lin_dst(h_dst).unflatten(1, (self.heads, -1))
        return gatv2_aggregate(edges.csr, z_src, z_dst, self.att, score_edge=edges.score).flatten(1)

    def attention(self, h_src: Tensor, h_dst: Tensor, edges: ScoredEdges) -> Tensor:
        """Return the weights of the edges ``[E, H]``, to look at."""
        z_src = self.lin_src(h_src).unflatten(1, (self.heads, -1))
        z_dst = self.lin_dst(h_dst).unflatten(1, (self.heads, -1))
        return gatv2_attention(edges.csr, z_src, z_dst, self.att, score_edge=edges.score)


class SumOverRelations(nn.ModuleDict):
    """Sum of what each relation says.

    Args:
        kind: class of the convolution of one relation.
        config: the shape.
        relations: the edge types.

    Shapes:
        ``h_src`` of ``[S, D]`` by edge type, ``h_dst [B, D]``, edges by type -> ``[B, D]``.
    """

    def __init__(
        self, kind: type[nn.Module], config: ModelConfig, relations: Sequence[EdgeType]
    ) -> None:
        super().__init__({"__".join(relation): kind(config) for relation in relations})

    def forward(
        self,
        h_src: Mapping[EdgeType, Tensor],
        h_dst: Tensor,
        edges: Mapping[EdgeType, ScoredEdges],
    ) -> Tensor:
        """Pass messages; relations that are not given are silent."""
        total = torch.zeros_like(h_dst)
        for relation, along in edges.items():
            total = total + self["__".join(relation)](h_src[relation], h_dst, along)
        return total


def glorot(*shape: int) -> Tensor:
    """Draw weights, uniform with the variance of Glorot & Bengio (2010) over the last two sizes."""
    bound = math.sqrt(6 / sum(shape[-2:]))
    return torch.empty(*shape).uniform_(-bound, bound)


def _score_weight(lin: nn.Linear, att: Tensor) -> Tensor:
    """Merge a projection and its attention vectors ``[H, C]``, both linear, into one ``[D, H]``."""
    weight = lin.weight.unflatten(0, att.shape)
    return torch.einsum("hcd,hc->dh", weight, att)
