"""A block: the posts that one layer computes, and all that they hear from.

Layers work on blocks (the message-flow graphs of DGL; Hamilton et al. 2017), never on the whole
graph, so that memory depends on the batch and not on the dump.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.errors import GraphError
from gnn_emotion.schema.graph import EdgeType

Ints = npt.NDArray[np.int64]

#: Buckets of the time from a source to the post that hears it: the whole part of log2(1 + seconds),
#: the last from 97 days on.
DELAY_BUCKETS = 24
#: Code of an edge of which one end has no known time.
UNKNOWN_DELAY = DELAY_BUCKETS


@dataclass(frozen=True)
class Adjacency:
    """Incoming edges, grouped by destination (compressed sparse rows).

    Attributes:
        indptr: where the edges of each destination start ``[N_dst + 1]``.
        indices: source of each edge ``[E]``.
        delay: how long after its source each destination was written ``[E]``, a bucket or
            ``UNKNOWN_DELAY``; None where nobody asked.
    """

    indptr: Ints
    indices: Ints
    delay: npt.NDArray[np.int8] | None = None

    def __post_init__(self) -> None:
        if len(self.indptr) < 1 or self.indptr[-1] != len(self.indices):
            raise GraphError(
                f"indptr ends at {self.indptr[-1:]}, expected the {len(self.indices)} edges"
            )
        if self.delay is not None and len(self.delay) != len(self.indices):
            raise GraphError(f"{len(self.delay)} delays of {len(self.indices)} edges")

    @property
    def rows(self) -> Ints:
        """Destination of each edge ``[E]``."""
        return np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))

    def arrays(self) -> Iterator[npt.NDArray[np.generic]]:
        """Yield all that it is made of."""
        yield from (self.indptr, self.indices)
        if self.delay is not None:
            yield self.delay

    def only(self, kept: npt.NDArray[np.bool_]) -> Adjacency:
        """Leave out edges that are not marked ``[E]``."""
        indptr = np.zeros(len(self.indptr), dtype=np.int64)
        np.cumsum(np.bincount(self.rows[kept], minlength=len(indptr) - 1), out=indptr[1:])
        delay = None if self.delay is None else self.delay[kept]
        return Adjacency(indptr, self.indices[kept], delay)


def spread_names(relations: Sequence[EdgeType], hops: int) -> dict[str, str]:
    """Name what is spread to posts before training.

    Args:
        relations: the edge types along which each source is one hop away.
        hops: how far words travel, along all relations between posts together from the second on.

    Returns:
        Node type of the features that are spread, by name: that of the relation, or ``hop_<h>``.
    """
    names = {"__".join(relation): relation[0] for relation in relations}
    between = "post" in names.values()
    return names | {f"hop_{hop}": "post" for hop in range(2, hops + 1) if between}


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
