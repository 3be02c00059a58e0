"""Derived edges: from what the accounts wrote that an author follows, to the author's posts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gnn_emotion.graph.nearest import around, gathered
from gnn_emotion.graph.ranges import bounds, flat_ranges
from gnn_emotion.schema.graph import UNKNOWN_TIME

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
#: Posts in the feeds that are looked through at once; bounds the memory.
PART = 4_000_000


def followed_edges(author: Ints, follows: Ints, time: Ints, speaks: Bools, last: int) -> Ints:
    """Link each post to the last few posts of the accounts that its author follows.

    A post of known time hears the latest of known time that are not later; one of unknown time
    those that are nearest in the table.

    Args:
        author: user of each post ``[N]``; negative means none.
        follows: edge index ``[2, F]`` of users, who follows first.
        time: seconds ``[N]``, ``UNKNOWN_TIME`` where unknown.
        speaks: whether a post has words of its own ``[N]``; only those are sources.
        last: how many a post is linked to at most.

    Returns:
        Edge index ``[2, E]``, sorted by destination, then source.

    Raises:
        ValueError: when ``last`` is not positive.
    """
    if last < 1:
        raise ValueError(f"last is {last}; expected 1 or more")
    rows = np.flatnonzero(speaks & (author >= 0))
    by_author = rows[np.argsort(author[rows], kind="stable")]
    follower, followed = follows[:, (follows[0] != follows[1]) & np.isin(follows[0], author)]
    order = np.lexsort((followed, follower))
    follower, followed = follower[order], followed[order]
    start, end = bounds(followed, author[by_author])
    # All that one author follows is looked through at once.
    cost = np.cumsum(end - start)
    first_of_author = np.searchsorted(follower, follower, "left")
    part = (cost - (end - start))[first_of_author] // PART
    found = [np.empty((2, 0), dtype=np.int64)]
    for number in np.unique(part):
        pairs = part == number
        count = (end - start)[pairs]
        at, reader = flat_ranges(start[pairs], count), np.repeat(follower[pairs], count)
        found.append(_from_feeds(by_author[at], reader, author, time, last))
    src, dst = np.concatenate(found, axis=1)
    order = np.lexsort((src, dst))
    return np.stack([src[order], dst[order]])


def _from_feeds(feed: Ints, reader: Ints, author: Ints, time: Ints, last: int) -> Ints:
    """Link the posts of some readers to posts in their feeds ``[M]``."""
    posts = np.flatnonzero(np.isin(author, reader))
    dated = time[posts] != UNKNOWN_TIME
    told = time[feed] != UNKNOWN_TIME
    parts = [
        _latest(feed[told], reader[told], posts[dated], author, time, last),
        _near(feed, reader, posts[~dated], author, last),
    ]
    return np.concatenate(parts, axis=1)


def _latest(feed: Ints, reader: Ints, posts: Ints, author: Ints, time: Ints, last: int) -> Ints:
    """Link posts to the latest of their feeds that are not later."""
    order = np.lexsort((feed, time[feed], reader))
    feed, reader = feed[order], reader[order]
    start, _ = bounds(author[posts], reader)
    at = _not_after(reader, time[feed], author[posts], time[posts])[:, None] - 1 - np.arange(last)
    return gathered(feed, np.where(at >= start[:, None], at, -1), posts)


def _near(feed: Ints, reader: Ints, posts: Ints, author: Ints, last: int) -> Ints:
    """Link posts to those of their feeds that are nearest in the table."""
    order = np.lexsort((feed, reader))
    feed, reader = feed[order], reader[order]
    start, end = bounds(author[posts], reader)
    place = _not_after(reader, feed, author[posts], posts)
    return gathered(feed, around(place, place, start, end, last), posts)


def _not_after(group: Ints, value: Ints, own_group: Ints, own: Ints) -> Ints:
    """Count the sorted (group, value) pairs ``[M]`` that are not after others ``[N]``."""
    count = len(group)
    # Sorted among them, the others last where they are equal.
    order = np.lexsort(
        (
            np.r_[np.zeros(count), np.ones(len(own))],
            np.concatenate([value, own]),
            np.concatenate([group, own_group]),
        )
    )
    seen = np.cumsum(order < count)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = seen
    return place[count:]
