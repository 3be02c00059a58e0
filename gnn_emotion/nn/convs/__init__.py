"""Convolutions: messages from nodes of all types to posts, along typed edges.

Each is made of a ``ModelConfig`` and the relations that it listens to, and takes the states of
sources by edge type, those of the posts, and the edges by type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import nn

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.convs.by_relation import (
    RelationGAT,
    RelationGATv2,
    RelationGCN,
    SumOverRelations,
)
from gnn_emotion.nn.convs.edges import EdgeTime
from gnn_emotion.nn.convs.hgt import HGT
from gnn_emotion.nn.convs.with_self import RGCN, SAGE
from gnn_emotion.schema.graph import EdgeType

#: By name, what makes the convolution of a layer.
MESSAGE_CONVS: dict[str, Callable[[ModelConfig, Sequence[EdgeType]], nn.Module]] = {
    "gat": partial(SumOverRelations, RelationGAT),
    "gatv2": partial(SumOverRelations, RelationGATv2),
    "gcn": partial(SumOverRelations, RelationGCN),
    "hgt": HGT,
    "rgcn": RGCN,
    "sage": SAGE,
}
#: Those that weigh edges head by head; the others take a mean.
ATTENTION = ("gat", "gatv2", "hgt")


def edge_times(config: ModelConfig, relations: Sequence[EdgeType]) -> nn.ModuleDict:
    """Make the scores of edge times, by the name of the relation.

    Users and media have no time: their relations have no such scores, and none has any without
    ``edge_time``.
    """
    heads = config.heads if config.conv in ATTENTION else 1
    timed = [r for r in relations if config.edge_time and r[0] == "post"]
    return nn.ModuleDict({"__".join(relation): EdgeTime(heads) for relation in timed})
