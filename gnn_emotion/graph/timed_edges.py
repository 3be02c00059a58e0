"""Edges by destination, of which those are drawn whose sources were there at some moment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gnn_emotion.graph.ranges import flat_ranges
from gnn_emotion.graph.sample import Keys, drawn_edges

Ints = npt.NDArray[np.int64]
#: Which neighbours are kept: any, or the latest.
STRATEGIES = ("uniform", "last")


class TimedEdges:
    """Incoming edges of one relation; those of a destination are in the order of their sources'.

    Args:
        edge_index: source and destination ``[2, E]``, sorted by destination.
        num_dst: how many destinations there are.
        time: of the sources, seconds ``[N_src]``; None where they have none and are always there.
    """

    def __init__(self, edge_index: Ints, num_dst: int, time: Ints | None) -> None:
        src, dst = edge_index
        self.time = time
        self.order = np.arange(len(src)) if time is None else np.lexsort((time[src], dst))
        self.indices = src[self.order]
        self.indptr = np.zeros(num_dst + 1, dtype=np.int64)
        np.cumsum(np.bincount(dst, minlength=num_dst), out=self.indptr[1:])

    def draw(
        self, rows: Ints, moments: Ints, count: int, keys: Keys, strategy: str
    ) -> tuple[Ints, Ints]:
        """Draw edges from before a moment.

        Args:
            rows: destinations ``[B]``, repeats allowed.
            moments: of each, seconds; sources may be as late as this ``[B]``.
            count: at most so many edges each; -1 for all.
            keys: a hash of each ``[B]``.
            strategy: one of ``STRATEGIES``.

        Returns:
            How many are kept ``[B]``, and their places in ``indices``, row after row.
        """
        starts, degrees = self.indptr[rows], self._degrees(rows, moments)
        if count < 0:
            return degrees, flat_ranges(starts, degrees)
        if strategy == "last":
            counts = np.minimum(degrees, count)
            return counts, flat_ranges(starts + degrees - counts, counts)
        return drawn_edges(starts, degrees, count, keys)

    def _degrees(self, rows: Ints, moments: Ints) -> Ints:
        """Count the edges of each row whose source is no later: a binary search in all at once."""
        first, end = self.indptr[rows], self.indptr[rows + 1]
        if self.time is None:
            return end - first
        low, high = first, end
        while (open_ := low < high).any():
            middle = (low + high) // 2
            # The middle of what is searched to its end may lie behind the last edge.
            source = self.indices[np.minimum(middle, len(self.indices) - 1)]
            early = self.time[source] <= moments
            low = np.where(open_ & early, middle + 1, low)
            high = np.where(open_ & ~early, middle, high)
        return low - first
