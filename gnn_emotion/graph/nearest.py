"""Derived edges in the order of the table, both ways, for dumps that do not say when."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gnn_emotion.graph.ranges import bounds

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def nearest_edges(group: Ints, speaks: Bools, last: int) -> Ints:
    """Link each post to the nearest others of its group, before and after it in the table.

    Args:
        group: what each post answers, or its author ``[N]``; negative means none.
        speaks: whether a post has words of its own ``[N]``; only those are sources.
        last: how many others a post is linked to at most.

    Returns:
        Edge index ``[2, E]``, sorted by destination, then source.

    Raises:
        ValueError: when ``last`` is not positive.
    """
    if last < 1:
        raise ValueError(f"last is {last}; expected 1 or more")
    grouped = np.flatnonzero(group >= 0)
    order = grouped[np.argsort(group[grouped], kind="stable")]
    speaking = speaks[order]
    sources = order[speaking]
    start, end = bounds(group[order], group[sources])
    # Sources before each post; one that speaks stands between those and the sources after it.
    one = speaking.astype(np.int64)
    before: Ints = np.cumsum(one) - one
    at = around(before, before + one, start, end, last)
    return gathered(sources, at, order)


def around(before: Ints, after: Ints, start: Ints, end: Ints, last: int) -> Ints:
    """Choose the nearest places on both sides, by turns; the one before comes first.

    Args:
        before: one past the nearest place before each post ``[N]``.
        after: the nearest place after it ``[N]``.
        start: the first place it may choose ``[N]``.
        end: one past the last ``[N]``.
        last: how many at most.

    Returns:
        Places ``[N, last]``, -1 where there are fewer.
    """
    steps = np.arange(last)
    both = np.stack([before[:, None] - 1 - steps, after[:, None] + steps], axis=2)
    at = both.reshape(len(before), 2 * last)
    at[(at < start[:, None]) | (at >= end[:, None])] = -1
    at[np.cumsum(at >= 0, axis=1) > last] = -1
    return np.take_along_axis(at, np.argsort(at < 0, axis=1, kind="stable")[:, :last], axis=1)


def gathered(sources: Ints, at: Ints, posts: Ints) -> Ints:
    """Make edges of places among sources ``[P, L]`` for each post ``[P]``; -1 is none."""
    src = sources[at[at >= 0]]
    dst = np.broadcast_to(posts[:, None], at.shape)[at >= 0]
    order = np.lexsort((src, dst))
    return np.stack([src[order], dst[order]])
