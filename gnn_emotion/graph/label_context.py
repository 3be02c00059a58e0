"""What posts hear of the known labels around them: one step along each relation, never their own.

Known labels are those of the train split, or those that a dump states when it is scored. Because
they travel one step only, and no edge leads from a post to itself, a post cannot hear its own label
on any way, in training or after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import Incoming, incoming, pick
from gnn_emotion.schema.blocks import Adjacency
from gnn_emotion.schema.errors import GraphError
from gnn_emotion.schema.graph import EdgeType

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class LabelContext:
    """Label means of the neighbours of posts, relation by relation.

    Args:
        adjacency: incoming edges, without those from the future (``blocks.incoming``).
        relations: R relations between posts, in the order of the output; one that the adjacency
            lacks is silent.
        known: distribution over K labels of each post ``[N, K]``; zero where none is known.
    """

    def __init__(self, adjacency: Incoming, relations: Sequence[EdgeType], known: Floats) -> None:
        between = [r for r in relations if r[0] != "post" or r[2] != "post"]
        if between:
            raise GraphError(f"labels are heard between posts; {between[0]} is no such relation")
        self.relations, self.known = tuple(relations), known
        self._edges = {r: adjacency[r] for r in self.relations if r in adjacency}

    @classmethod
    def of(
        cls, data: HeteroData, relations: Sequence[EdgeType], known: Floats
    ) -> LabelContext | None:
        """Make the context of a graph; None for a model that hears labels along no relation."""
        return cls(incoming(data, relations), relations, known) if relations else None

    @property
    def width(self) -> int:
        """Columns a post: R times (K + 1)."""
        return len(self.relations) * (self.known.shape[1] + 1)

    def take(
        self, rows: Ints, masking: float = 0.0, rng: np.random.Generator | None = None
    ) -> Floats:
        """Return what some posts hear.

        Args:
            rows: the posts ``[B]``.
            masking: share of the known labels that is hidden from each of them, edge by edge.
            rng: draws what is hidden.

        Returns:
            ``[B, R * (K + 1)]``: for each relation the mean label of the neighbours whose label
            is seen, and the logarithm of one more than their number.
        """
        empty = Adjacency(np.zeros(len(rows) + 1, dtype=np.int64), np.empty(0, dtype=np.int64))
        parts = []
        for relation in self.relations:
            edges = pick(self._edges[relation], rows) if relation in self._edges else empty
            parts.append(self._mean(edges, rows, masking, rng))
        return np.concatenate(parts, axis=1) if parts else np.empty((len(rows), 0), np.float32)

    def arrays(self) -> Iterator[npt.NDArray[np.generic]]:
        """Yield all that decides what is heard."""
        yield self.known
        for relation, edges in self._edges.items():
            yield np.array(relation)
            yield from edges.arrays()

    def _mean(
        self, edges: Adjacency, rows: Ints, masking: float, rng: np.random.Generator | None
    ) -> Floats:
        place = np.repeat(np.arange(len(rows)), np.diff(edges.indptr))
        seen = edges.indices != rows[place]
        if masking and rng is not None:
            seen &= rng.random(len(seen)) >= masking
        source, place = edges.indices[seen], place[seen]
        labelled = self.known[source].any(axis=1)
        source, place = source[labelled], place[labelled]
        count = np.bincount(place, minlength=len(rows)).astype(np.float32)
        total = np.stack(
            [
                np.bincount(place, weights=column, minlength=len(rows))
                for column in self.known[source].T
            ],
            axis=1,
        )
        mean = total / np.maximum(count, 1)[:, None]
        return np.concatenate([mean, np.log1p(count)[:, None]], axis=1).astype(np.float32)
