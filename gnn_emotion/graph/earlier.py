"""Derived edges: from a post to the ones after it in its thread, or by its author.

Without them a post would hear of its siblings only through nodes that also hear from later posts
(the root, the user), so that the future would leak into the past.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from gnn_emotion.schema.graph import UNKNOWN_TIME

Ints = npt.NDArray[np.int64]

#: Posts a pass; bounds the memory beside the edges.
PART = 65_536


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
    order = dated[_order(group[dated], time[dated])]
    sources = order[speaks[order]]
    # Rank of the first source that is not earlier than the post, and of the first of its group.
    moment, start = _ranks(group[order], time[order])
    heard_moments = moment[speaks[order]]
    end, first = np.zeros((2, len(group)), dtype=np.int64)
    end[order] = np.searchsorted(heard_moments, moment, side="left")
    first[order] = np.searchsorted(heard_moments, start, side="left")
    np.maximum(first, end - last, out=first)
    edges = np.empty((2, int((end - first).sum())), dtype=np.int64)
    done = 0
    for begin in range(0, len(group), PART):
        rows = slice(begin, begin + PART)
        part = _part(sources, first[rows], end[rows], last)
        edges[:, done : done + part.shape[1]] = part
        edges[1, done : done + part.shape[1]] += begin
        done += part.shape[1]
    return edges


def _part(sources: Ints, first: Ints, end: Ints, last: int) -> Ints:
    """List the edges of some posts ``[B]``, each of the sources from ``first`` to ``end``."""
    at = end[:, None] - np.arange(1, last + 1)
    reaches = at >= first[:, None]
    # A row of ``last`` sources a post, sorted row by row: far cheaper than sorting all edges.
    beyond = np.iinfo(np.int64).max
    heard = np.full(at.shape, beyond, dtype=np.int64)
    heard[reaches] = sources[at[reaches]]
    heard.sort(axis=1)
    post = np.repeat(np.arange(len(end)), end - first)
    return np.stack([heard[heard < beyond], post])


def _order(group: Ints, time: Ints) -> Ints:
    """Sort by group, then time, then row, by counting: groups are rows of a table."""
    count = len(group)
    by_time = np.arange(count)
    if not (time[1:] >= time[:-1]).all():
        by_time = np.argsort(time, kind="stable")
    ones = np.ones(count, dtype=np.int8)
    shape = (count, int(group.max(initial=-1)) + 1)
    by_group = csr_array((ones, group[by_time], np.arange(count + 1)), shape=shape).tocsc()
    order: Ints = by_time[by_group.indices]
    return order


def _ranks(group: Ints, time: Ints) -> tuple[Ints, Ints]:
    """Number the distinct (group, time) pairs of sorted rows, and say where each group begins."""
    if not len(group):
        return group, group
    new_group = np.r_[True, group[1:] != group[:-1]]
    moment = np.cumsum(np.r_[True, (group[1:] != group[:-1]) | (time[1:] != time[:-1])])
    starts = np.flatnonzero(new_group)
    return moment, moment[starts][np.cumsum(new_group) - 1]
