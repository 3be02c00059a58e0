"""Draw some of the neighbours of each node, so that a batch of a large graph stays small.

At most k neighbours a destination and relation are heard (GraphSAGE; Hamilton et al. 2017, section
3.1), uniformly and without replacement. What a destination hears depends on it, on the seed and on
the epoch, and on nothing else: it hears the same in every batch, layer and worker, as if a thinner
graph had been drawn for the epoch, of which only the visited part is ever made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.graph.ranges import flat_ranges
from gnn_emotion.schema.blocks import Adjacency
from gnn_emotion.schema.graph import EdgeType

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Draw:
    """Which neighbours are heard.

    Attributes:
        num_neighbors: at most so many a destination and relation; a destination that has no more
            keeps all, in order.
        seed: of what is drawn.
        epoch: draws anew for each.
    """

    num_neighbors: int
    seed: int = 0
    epoch: int = 0

    def __post_init__(self) -> None:
        if self.num_neighbors < 1:
            raise ValueError(f"num_neighbors is {self.num_neighbors}; expected 1 or more")

    def pick(self, relation: EdgeType, edges: Adjacency, rows: Ints) -> Adjacency:
        """Take drawn edges of some destinations.

        Args:
            relation: draws otherwise for each.
            edges: all edges of the relation.
            rows: the destinations ``[B]``.

        Returns:
            Their edges, in their order; those of one destination stay in order too.
        """
        starts, degrees = edges.indptr[rows], edges.indptr[rows + 1] - edges.indptr[rows]
        keys = draw_keys(self.seed, self.epoch, relation, rows)
        counts, at = drawn_edges(starts, degrees, self.num_neighbors, keys)
        indptr = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(counts, out=indptr[1:])
        return Adjacency(
            indptr, edges.indices[at], None if edges.delay is None else edges.delay[at]
        )


def draw_keys(seed: int, epoch: int, relation: EdgeType, *rows: Ints) -> Keys:
    """Hash rows, one or several together, with all that is drawn for ``[B]``."""
    digest = hashlib.sha256(f"{seed} {epoch} {' '.join(relation)}".encode()).digest()
    keys = np.frombuffer(digest[:8], dtype="<u8")
    for each in rows:
        keys = _mixed(each.astype(np.uint64) ^ keys)
    return keys


def drawn_edges(starts: Ints, degrees: Ints, count: int, keys: Keys) -> tuple[Ints, Ints]:
    """Draw at most so many of the edges of each row.

    Args:
        starts: where the edges of each row start ``[B]``.
        degrees: how many there are ``[B]``.
        count: how many are kept at most.
        keys: a hash of each row ``[B]``.

    Returns:
        How many are kept ``[B]``, and their places, row after row, rising in each.
    """
    counts = np.minimum(degrees, count)
    at = flat_ranges(starts, counts)
    many = np.flatnonzero(degrees > count)
    if len(many):
        first = (np.cumsum(counts) - counts)[many]
        drawn = distinct_places(degrees[many], count, keys[many])
        at[first[:, None] + np.arange(count)] = starts[many][:, None] + drawn
    return counts, at


def distinct_places(sizes: Ints, count: int, keys: Keys) -> Ints:
    """Draw distinct places, each set of them as likely as any other.

    Floyd's algorithm (Bentley & Floyd 1987, "A sample of brilliance"), for all rows at once: time
    and memory grow with ``count``, not with the sizes, so that a hub costs what any row does. A
    place is compared with those drawn before it: fast for up to some dozens.

    Args:
        sizes: places to draw from ``[B]``, each at least ``count``.
        count: how many.
        keys: a hash of each row ``[B]``; it alone decides what is drawn.

    Returns:
        Places from 0 to size - 1 ``[B, count]``, rising.
    """
    found = np.empty((len(sizes), count), dtype=np.int64)
    for number in range(count):
        last = sizes - count + number
        with np.errstate(over="ignore"):
            drawn = _mixed(keys + _GOLDEN * np.uint64(number + 1))
        # 53 bits, as many as a double has: a number from 0 to 1 that is never 1.
        place = ((drawn >> np.uint64(11)) * 2.0**-53 * (last + 1)).astype(np.int64)
        taken = (found[:, :number] == place[:, None]).any(axis=1)
        found[:, number] = np.where(taken, last, place)
    found.sort(axis=1)
    return found


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mixed(keys: Keys) -> Keys:
    """Hash numbers: SplitMix64 (Steele et al. 2014, "Fast splittable generators", figure 17)."""
    with np.errstate(over="ignore"):
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
