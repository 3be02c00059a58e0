"""Derived edges: from a post to the ones after it in its thread, or by its author.

Without them a post would hear of its siblings only through nodes that also hear from later posts
(the root, the user), so that the future would leak into the past.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.graph import UNKNOWN_TIME

Ints = npt.NDArray[np.int64]


def earlier_edges(group: Ints, time: Ints, speaks: npt.NDArray[np.bool_], last: int) -> Ints:
    """Link each post to the last few posts of its group that are strictly earlier.

    Args:
        group: thread or author of each post ``[N]``; negative means none.
        time: seconds ``[N]``; posts of unknown time neither give nor get edges.
        speaks: whether a post has words of its own ``[N]``; only those are sources.
        last: how many earlier posts a post is linked to at most.

    Returns:
        Edge index ``[2, E]``, earlier post first, sorted by destination, then source.

    Raises:
        ValueError: when ``last`` is not positive.
    """
    if last < 1:
        raise ValueError(f"last is {last}; expected 1 or more")
    dated = np.flatnonzero((group >= 0) & (time != UNKNOWN_TIME))
    order = dated[np.lexsort((dated, time[dated], group[dated]))]
    sources = order[speaks[order]]
    # Rank of the first source that is not earlier than the post, and of the first of its group.
    moment, start = _ranks(group[order], time[order])
    end_of_past = np.searchsorted(moment[speaks[order]], moment, side="left")
    first = np.searchsorted(moment[speaks[order]], start, side="left")
    by_row = np.argsort(order)
    at = end_of_past[by_row, None] - np.arange(1, last + 1)
    reaches = at >= first[by_row, None]
    # A row of ``last`` sources a post, sorted row by row: far cheaper than sorting all edges.
    beyond = len(group)
    heard = np.full(at.shape, beyond, dtype=np.int64)
    heard[reaches] = sources[at[reaches]]
    heard.sort(axis=1)
    post = np.broadcast_to(order[by_row, None], at.shape)
    return np.stack([heard[heard < beyond], post[heard < beyond]])


def _ranks(group: Ints, time: Ints) -> tuple[Ints, Ints]:
    """Number the distinct (group, time) pairs of sorted rows, and say where each group begins."""
    if not len(group):
        return group, group
    new_group = np.r_[True, group[1:] != group[:-1]]
    moment = np.cumsum(np.r_[True, (group[1:] != group[:-1]) | (time[1:] != time[:-1])])
    starts = np.flatnonzero(new_group)
    return moment, moment[starts][np.cumsum(new_group) - 1]
