"""The edges that a dump states, as index pairs into its tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.schema.graph import STATED, EdgeType
from gnn_emotion.schema.tables import Dump

Edges = npt.NDArray[np.int64]


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


def stated_edges(dump: Dump, threads: ThreadRows | None = None) -> dict[EdgeType, Edges]:
    """Read every relation that the dump has edges of.

    Node i of a type is row i of its table; images and videos are the rows of ``media`` of that
    kind, counted apart.

    Args:
        dump: the tables.
        threads: what ``thread_rows`` gave, where it is at hand.

    Returns:
        Edge indices ``[2, E]`` (source, destination) by edge type, without empty types.
    """
    pairs = _post_edges(dump, threads or thread_rows(dump)) | _user_edges(dump) | _media_edges(dump)
    return {kind: pairs[kind] for kind in STATED if kind in pairs and pairs[kind].shape[1]}


def _post_edges(dump: Dump, threads: ThreadRows) -> dict[EdgeType, Edges]:
    posts = dump.read("posts", ["user_id", "kind"])
    parent, here = threads.parent, np.arange(len(threads.parent), dtype=np.int64)
    is_repost = pc.equal(posts["kind"], "repost").to_numpy()
    root = np.where(threads.root == here, -1, threads.root)
    return {
        ("post", "replies_to", "post"): _pairs(here, np.where(is_repost, -1, parent)),
        ("post", "reposts", "post"): _pairs(here, np.where(is_repost, parent, -1)),
        ("post", "in_thread", "post"): _pairs(here, root),
        ("user", "writes", "post"): _pairs(_user_rows(posts["user_id"], dump), here),
    }


def _user_edges(dump: Dump) -> dict[EdgeType, Edges]:
    follows = dump.read("follows")
    mentions = dump.read("mentions", ["post_id", "user_id"])
    post_ids = dump.read("posts", ["post_id"])["post_id"]
    return {
        ("user", "follows", "user"): _pairs(
            _user_rows(follows["follower_id"], dump), _user_rows(follows["followed_id"], dump)
        ),
        ("post", "mentions", "user"): _pairs(
            _rows(mentions["post_id"], post_ids), _user_rows(mentions["user_id"], dump)
        ),
    }


def _media_edges(dump: Dump) -> dict[EdgeType, Edges]:
    links = dump.read("post_media", ["post_id", "media_id"])
    media = dump.read("media", ["media_id", "kind"])
    post = _rows(links["post_id"], dump.read("posts", ["post_id"])["post_id"])
    edges: dict[EdgeType, Edges] = {}
    for kind in ("image", "video"):
        ids = media["media_id"].filter(pc.equal(media["kind"], kind))
        edges["post", f"has_{kind}", kind] = _pairs(post, _rows(links["media_id"], ids))
    return edges


def _user_rows(values: pa.ChunkedArray, dump: Dump) -> Edges:
    return _rows(values, dump.read("users", ["user_id"])["user_id"])


def _rows(values: pa.ChunkedArray, ids: pa.ChunkedArray) -> Edges:
    """Return the row of each value in ``ids``; -1 where it is null or not there."""
    found = pc.index_in(values, value_set=ids, skip_nulls=True)
    return pc.fill_null(found, -1).to_numpy().astype(np.int64)


def _pairs(src: Edges, dst: Edges) -> Edges:
    """Keep the pairs that are known on both sides, once each, sorted by destination, source."""
    known = (src >= 0) & (dst >= 0)
    src, dst = src[known], dst[known]
    # Most relations come in order already; looking is far cheaper than sorting.
    if not _sorted(src, dst):
        order = np.lexsort((src, dst))
        src, dst = src[order], dst[order]
    fresh = np.ones(len(src), dtype=bool)
    fresh[1:] = (src[1:] != src[:-1]) | (dst[1:] != dst[:-1])
    return np.stack([src[fresh], dst[fresh]])


def _sorted(src: Edges, dst: Edges) -> bool:
    later = dst[1:] > dst[:-1]
    return bool((later | ((dst[1:] == dst[:-1]) & (src[1:] >= src[:-1]))).all())


def flipped(edges: Edges) -> Edges:
    """Read edges backwards: sources become destinations, sorted again."""
    order = np.lexsort((edges[1], edges[0]))
    return edges[::-1, order]
