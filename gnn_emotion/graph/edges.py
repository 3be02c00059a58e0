"""The edges that a dump states, as index pairs into its tables."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.schema.graph import STATED, EdgeType
from gnn_emotion.schema.tables import Dump

Edges = npt.NDArray[np.int64]

#: Bits of a row in the key of an edge.
_HALF = 32


@dataclass(frozen=True)
class ThreadRows:
    """Where each post hangs.

    Attributes:
        parent: row of its parent ``[N]``; -1 where it has none.
        root: row of the root of its thread ``[N]``; -1 where it has none.
    """

    parent: Edges
    root: Edges


def thread_rows(dump: Dump) -> ThreadRows:
    """Look up the parents and roots of all posts."""
    posts = dump.read("posts", ["post_id", "parent_id", "root_id"])
    # One lookup for both: hashing the ids is most of the cost.
    both = pa.chunked_array([*posts["parent_id"].chunks, *posts["root_id"].chunks], pa.string())
    parent, root = _rows(both, posts["post_id"]).reshape(2, -1)
    return ThreadRows(parent, root)


def stated_edges(
    dump: Dump, threads: ThreadRows | None = None, wanted: Collection[EdgeType] = STATED
) -> dict[EdgeType, Edges]:
    """Read the relations that the dump has edges of.

    Node i of a type is row i of its table; images and videos are the rows of ``media`` of that
    kind, counted apart.

    Args:
        dump: the tables.
        threads: what ``thread_rows`` gave, where it is at hand.
        wanted: what to read; tables of no wanted relation are not opened.

    Returns:
        Edge indices ``[2, E]`` (source, destination) by edge type, without empty types.
    """
    readers: dict[EdgeType, Callable[[], Edges]] = {
        ("user", "writes", "post"): lambda: _written(dump),
        ("post", "replies_to", "post"): lambda: _answers(dump, threads or thread_rows(dump), False),
        ("post", "reposts", "post"): lambda: _answers(dump, threads or thread_rows(dump), True),
        ("post", "in_thread", "post"): lambda: _in_thread(threads or thread_rows(dump)),
        ("post", "mentions", "user"): lambda: _mentions(dump),
        ("user", "follows", "user"): lambda: _follows(dump),
        ("post", "has_image", "image"): lambda: _media_edges(dump, "image"),
        ("post", "has_video", "video"): lambda: _media_edges(dump, "video"),
    }
    found = {kind: readers[kind]() for kind in STATED if kind in wanted}
    return {kind: pairs for kind, pairs in found.items() if pairs.shape[1]}


def _written(dump: Dump) -> Edges:
    users = _user_rows(dump.read("posts", ["user_id"])["user_id"], dump)
    return _pairs(users, np.arange(len(users), dtype=np.int64))


def _answers(dump: Dump, threads: ThreadRows, by_repost: bool) -> Edges:
    kinds = dump.read("posts", ["kind"])["kind"]
    chosen = pc.fill_null(pc.equal(kinds, "repost"), False).to_numpy() == by_repost
    here = np.arange(len(chosen), dtype=np.int64)
    return _pairs(here, np.where(chosen, threads.parent, -1))


def _in_thread(threads: ThreadRows) -> Edges:
    here = np.arange(len(threads.root), dtype=np.int64)
    return _pairs(here, np.where(threads.root == here, -1, threads.root))


def _mentions(dump: Dump) -> Edges:
    mentions = dump.read("mentions", ["post_id", "user_id"])
    return _pairs(_post_rows(mentions["post_id"], dump), _user_rows(mentions["user_id"], dump))


def _follows(dump: Dump) -> Edges:
    follows = dump.read("follows", ["follower_id", "followed_id"])
    ends = [*follows["follower_id"].chunks, *follows["followed_id"].chunks]
    return _pairs(*_user_rows(pa.chunked_array(ends, pa.string()), dump).reshape(2, -1))


def _media_edges(dump: Dump, kind: str) -> Edges:
    links = dump.read("post_media", ["post_id", "media_id"])
    media = dump.read("media", ["media_id", "kind"])
    ids = media["media_id"].filter(pc.equal(media["kind"], kind))
    return _pairs(_post_rows(links["post_id"], dump), _rows(links["media_id"], ids))


def _post_rows(values: pa.ChunkedArray, dump: Dump) -> Edges:
    return _rows(values, dump.read("posts", ["post_id"])["post_id"])


def _user_rows(values: pa.ChunkedArray, dump: Dump) -> Edges:
    return _rows(values, dump.read("users", ["user_id"])["user_id"])


def _rows(values: pa.ChunkedArray, ids: pa.ChunkedArray) -> Edges:
    """Return the row of each value in ``ids``; -1 where it is null or not there."""
    if not len(values):  # Arrow would hash all ids all the same
        return np.empty(0, dtype=np.int64)
    found = pc.index_in(values, value_set=ids, skip_nulls=True)
    return pc.fill_null(found, -1).to_numpy().astype(np.int64)


def _pairs(src: Edges, dst: Edges) -> Edges:
    """Keep the pairs that are known on both sides, once each, sorted by destination, source."""
    known = (src >= 0) & (dst >= 0)
    keys = _keys(src[known], dst[known])
    # Most relations come in order already; looking is far cheaper than sorting.
    if not (keys[1:] >= keys[:-1]).all():
        keys.sort()
    fresh = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    return _from_keys(keys[fresh])


def _keys(src: Edges, dst: Edges) -> Edges:
    """Make one number of the ends of each edge, whose order is that of destination, then source.

    Arrow's indices, of which the rows are made, are below 2^31. One number sorts in place, in a
    tenth of the time that two keys take.
    """
    keys = dst << _HALF
    keys |= src
    return keys


def _from_keys(keys: Edges) -> Edges:
    edges = np.empty((2, len(keys)), dtype=np.int64)
    np.bitwise_and(keys, (1 << _HALF) - 1, out=edges[0])
    np.right_shift(keys, _HALF, out=edges[1])
    return edges


def flipped(edges: Edges) -> Edges:
    """Read edges backwards: sources become destinations, sorted again."""
    keys = _keys(edges[1], edges[0])
    keys.sort()
    return _from_keys(keys)
