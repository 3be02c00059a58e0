"""Means over each relation beside a transform of the post itself: GraphSAGE and R-GCN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.convs.by_relation import glorot
from gnn_emotion.nn.convs.edges import ScoredEdges, neighbour_mean
from gnn_emotion.schema.graph import EdgeType

#: Bases of the relation matrices of an R-GCN layer, where it has as many relations.
BASES = 4


class SAGE(nn.Module):
    """W_self h_i + sum over relations r of W_r mean of h_j over N_r(i).

    GraphSAGE with the mean (Hamilton et al. 2017, "Inductive Representation Learning on Large
    Graphs"), for several relations. One transform of the post itself stands for all relations,
    since the sum of several would be one.

    Args:
        config: the shape.
        relations: the edge types.

    Shapes:
        ``h_src`` of ``[S, D]`` by edge type, ``h_dst [B, D]``, edges by type -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig, relations: Sequence[EdgeType]) -> None:
        super().__init__()
        width = config.hidden_channels
        self.lin_self = nn.Linear(width, width, bias=False)
        self.lin_neigh = nn.ModuleDict(
            {"__".join(relation): nn.Linear(width, width, bias=False) for relation in relations}
        )

    def forward(
        self,
        h_src: Mapping[EdgeType, Tensor],
        h_dst: Tensor,
        edges: Mapping[EdgeType, ScoredEdges],
    ) -> Tensor:
        """Pass messages; relations that are not given are silent."""
        total: Tensor = self.lin_self(h_dst)
        for relation, along in edges.items():
            mean = neighbour_mean(along, h_src[relation])
            total = total + self.lin_neigh["__".join(relation)](mean)
        return total


class RGCN(nn.Module):
    """W_0 h_i + sum over relations r of W_r mean of h_j over N_r(i), W_r = sum over b of a_rb V_b.

    Schlichtkrull et al. 2018, "Modeling Relational Data with Graph Convolutional Networks", with
    the basis decomposition: relations share the bases V, so that rare ones learn from others.

    Args:
        config: the shape.
        relations: the edge types, R.

    Shapes:
        ``h_src`` of ``[S, D]`` by edge type, ``h_dst [B, D]``, edges by type -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig, relations: Sequence[EdgeType]) -> None:
        super().__init__()
        width, bases = config.hidden_channels, min(BASES, len(relations))
        self.place = {relation: row for row, relation in enumerate(relations)}
        self.lin_self = nn.Linear(width, width, bias=False)
        if bases:
            self.basis = nn.Parameter(glorot(bases, width, width))
            self.share = nn.Parameter(glorot(len(relations), bases))

    def forward(
        self,
        h_src: Mapping[EdgeType, Tensor],
        h_dst: Tensor,
        edges: Mapping[EdgeType, ScoredEdges],
    ) -> Tensor:
        """Pass messages; relations that are not given are silent."""
        total: Tensor = self.lin_self(h_dst)
        for relation, along in edges.items():
            weight = torch.einsum("b,bij->ij", self.share[self.place[relation]], self.basis)
            total = total + neighbour_mean(along, h_src[relation]) @ weight
        return total
