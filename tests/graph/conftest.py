"""A small synthetic dump with an edge of every type, and features without an encoder."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from gnn_emotion.graph.build import node_ids
from gnn_emotion.schema.features import MISSING, OK, EncoderSpec, Features
from gnn_emotion.schema.tables import Dump

WIDTHS = {"post": 4, "user": 3, "image": 2, "video": 2}


def vector(name: str, width: int) -> np.ndarray:
    """Draw a vector that depends on a name alone."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(width).astype(np.float32)


def make_features(ids: list[str], width: int, absent: frozenset[str] = frozenset()) -> Features:
    x = np.zeros((len(ids), width), dtype=np.float32)
    present = np.array([name not in absent for name in ids], dtype=bool)
    for row in np.flatnonzero(present):
        x[row] = vector(ids[row], width)
    status = np.where(present, OK, MISSING).astype(np.uint8)
    return Features(pa.array(ids, pa.string()), x, present, status, EncoderSpec("t", "1", width))


def features_of(
    dump: Dump, *node_types: str, absent: frozenset[str] = frozenset()
) -> dict[str, Features]:
    """Give every node of these types (posts and users where none are named) its vector."""
    return {
        name: make_features(node_ids(dump, name).to_pylist(), WIDTHS[name], absent)
        for name in node_types or ("post", "user")
    }


def post(row: int, user: str | None, time: int | None, parent: int | None = None, **more) -> dict:
    """Write down post ``p<row>`` of the thread of ``p0``."""
    return {
        "post_id": f"p{row}",
        "user_id": user,
        "created_at": time,
        "parent_id": None if parent is None else f"p{parent}",
        "root_id": "p0",
        **more,
    }


@pytest.fixture(scope="session")
def dump(make_dump) -> Dump:
    """Five posts: p1 and p3 answer, p2 reposts p1, p4 stands alone and names a post not here."""
    return make_dump(
        posts=[
            post(0, "u1", 100),
            post(1, "u0", 200, 0, kind="comment"),
            post(2, "u1", 300, 1, kind="repost"),
            post(3, "u9", None, 0, kind="reply"),
            post(4, None, 50, root_id="p9", parent_id="p9", kind="repost"),
        ],
        users=[{"user_id": "u0"}, {"user_id": "u1"}, {"user_id": "u2"}],
        follows=[
            {"follower_id": "u2", "followed_id": "u0"},
            {"follower_id": "u0", "followed_id": "u1"},
            {"follower_id": "u9", "followed_id": "u1"},
        ],
        mentions=[
            {"post_id": "p1", "name": "甲", "user_id": "u2"},
            {"post_id": "p1", "name": "甲甲", "user_id": "u2"},
            {"post_id": "p0", "name": "乙", "user_id": None},
            {"post_id": "p4", "name": "丙", "user_id": "u1"},
        ],
        media=[
            {"media_id": "m0", "kind": "video"},
            {"media_id": "m1", "kind": "image"},
            {"media_id": "m2", "kind": "image"},
        ],
        post_media=[
            {"post_id": "p0", "media_id": "m2", "position": 0},
            {"post_id": "p0", "media_id": "m1", "position": 1},
            {"post_id": "p4", "media_id": "m0", "position": 0},
            {"post_id": "p4", "media_id": "m9", "position": 1},
        ],
    )
