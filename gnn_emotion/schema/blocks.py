"""A block: the posts that one layer computes, and all that they hear from.

Layers work on blocks (the message-flow graphs of DGL; Hamilton et al. 2017), never on the whole
graph, so that memory depends on the batch and not on the dump.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.errors import GraphError
from gnn_emotion.schema.graph import EdgeType

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Adjacency:
    """Incoming edges, grouped by destination (compressed sparse rows).

    Attributes:
        indptr: where the edges of each destination start ``[N_dst + 1]``.
        indices: source of each edge ``[E]``.
    """

    indptr: Ints
    indices: Ints

    def __post_init__(self) -> None:
        if len(self.indptr) < 1 or self.indptr[-1] != len(self.indices):
            raise GraphError(
                f"indptr ends at {self.indptr[-1:]}, expected the {len(self.indices)} edges"
            )


@dataclass(frozen=True)
class Block:
    """One layer's worth of a graph; all indices are local to it.

    Attributes:
        sources: global row of each source node by node type ``[S]``. The destinations are the
            first ``num_dst`` post sources.
        num_dst: how many posts the layer computes.
        relations: incoming edges of the destinations by edge type, indices into ``sources``.
    """

    sources: Mapping[str, Ints]
    num_dst: int
    relations: Mapping[EdgeType, Adjacency]
