"""Features spread along the edges once, before training: SIGN and SGC.

From then on no edge is looked at: a batch is rows of a few matrices, whatever the graph, and the
first hop of a model costs no more than the tenth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import Incoming, edge_counts, edge_matrix, incoming
from gnn_emotion.schema.blocks import spread_names
from gnn_emotion.schema.graph import EdgeType

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]

#: Posts a pass; bounds the memory beside the results.
PART = 16_384
#: A matrix that takes more than this is kept in half precision, if its numbers fit.
LARGE = 256 * 2**20
_HALF = np.finfo(np.float16).max / 2


class Spread:
    """What each operator spreads to each post.

    At the first hop, each relation spreads the mean of the features of its sources that have any.
    From the second on, all relations between posts are taken together, each pair of posts once,
    and the mean of what was spread to the neighbours one hop less far is spread on. So words
    travel; profiles and pictures reach the posts next to them alone.

    Args:
        data: a validated graph.
        relations: the edge types along which features are spread.
        hops: how far.
    """

    def __init__(self, data: HeteroData, relations: Sequence[EdgeType], hops: int) -> None:
        adjacency = incoming(data, relations)
        self._spread: dict[str, tuple[Floats, Bools]] = {}
        for relation, edges in adjacency.items():
            source = data[relation[0]]
            matrix = edge_matrix(edges, len(source.x))
            found = _mean(matrix, source.x.numpy(), source.present.numpy())
            self._spread["__".join(relation)] = found
        further = [name for name in spread_names(relations, hops) if name.startswith("hop_")]
        if further and any(relation[0] == "post" for relation in adjacency):
            merged = _merged(adjacency, len(data["post"].x))
            x, present = _mean(merged, data["post"].x.numpy(), data["post"].present.numpy())
            for name in further:
                x, present = self._spread[name] = _mean(merged, x, present)

    def take(self, rows: Ints) -> dict[str, tuple[Tensor, Tensor]]:
        """Return what was spread to some posts.

        Returns:
            By operator (``spread_names``), without those that the graph has no edges for, features
            ``[B, D]`` float32 and mask ``[B]``.
        """
        return {
            name: (torch.from_numpy(x[rows].astype(np.float32)), torch.from_numpy(present[rows]))
            for name, (x, present) in self._spread.items()
        }

    def arrays(self) -> Iterator[npt.NDArray[np.generic]]:
        """Yield all that was spread, by operator."""
        for x, present in self._spread.values():
            yield from (x, present)


def _merged(adjacency: Incoming, count: int) -> csr_array:
    """Lay out all edges between posts, each pair once ``[N, N]``."""
    total = edge_counts(adjacency, count)
    total.data[:] = 1
    return total


def _mean(edges: csr_array, x: Floats, present: Bools) -> tuple[Floats, Bools]:
    """Average the sources that have features, part by part.

    Args:
        edges: ones ``[N, S]``.
        x: of the sources ``[S, D]``.
        present: which have any ``[S]``.

    Returns:
        Means ``[N, D]``, zero where there are none, and whether there are any ``[N]``.
    """
    count = edges @ present.astype(np.float32)
    out = np.zeros((edges.shape[0], x.shape[1]), dtype=_stored_as(edges.shape[0], x))
    # Rows that hear nothing stay zero.
    hearing = np.flatnonzero(count)
    for start in range(0, len(hearing), PART):
        rows = hearing[start : start + PART]
        part = edges[rows]
        # Only the sources of these posts are widened, should they be in half precision.
        used, place = np.unique(part.indices, return_inverse=True)
        seen = present[part.indices].astype(np.float32)
        matrix = csr_array((seen, place, part.indptr), shape=(len(rows), len(used)))
        total = matrix @ x[used].astype(np.float32, copy=False)
        total /= count[rows, None]
        out[rows] = total
    return out, count > 0


def _stored_as(rows: int, x: Floats) -> type[np.floating]:
    """Choose how the means of some features are kept: no mean is larger than the largest value."""
    if 4 * rows * x.shape[1] <= LARGE:
        return np.float32
    return np.float16 if max(x.max(initial=0), -x.min(initial=0)) < _HALF else np.float32
