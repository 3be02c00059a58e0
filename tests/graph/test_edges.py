"""Stated edges of every type, as index pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph.edges import flipped, stated_edges
from gnn_emotion.schema.graph import STATED

from .conftest import post

EXPECTED = {
    "writes": [(1, 0), (0, 1), (1, 2)],
    "replies_to": [(1, 0), (3, 0)],
    "reposts": [(2, 1)],
    "in_thread": [(1, 0), (2, 0), (3, 0)],
    "mentions": [(4, 1), (1, 2)],
    "follows": [(2, 0), (0, 1)],
    "has_image": [(0, 0), (0, 1)],
    "has_video": [(4, 0)],
}


@pytest.mark.parametrize("edge_type", STATED, ids=lambda edge_type: edge_type[1])
def test_pairs(dump, edge_type):
    found = stated_edges(dump)[edge_type]
    assert found.dtype == np.int64
    assert list(map(tuple, found.T.tolist())) == EXPECTED[edge_type[1]]


def test_types_without_edges_are_left_out(make_dump):
    assert stated_edges(make_dump()) == {}
    alone = make_dump(posts=[post(0, "u0", 1)], users=[{"user_id": "u0"}])
    assert list(stated_edges(alone)) == [("user", "writes", "post")]


def test_only_what_is_wanted_is_read(dump):
    wanted = [("post", "reposts", "post"), ("user", "follows", "user")]
    found, everything = stated_edges(dump, wanted=wanted), stated_edges(dump)
    assert list(found) == wanted
    for edge_type in wanted:
        np.testing.assert_array_equal(found[edge_type], everything[edge_type])


def test_what_a_dump_names_but_does_not_have_gives_no_edge(make_dump):
    strangers = make_dump(
        posts=[post(1, "u0", 1, 7, root_id="p7")],
        follows=[{"follower_id": "u0", "followed_id": "u1"}],
        mentions=[{"post_id": "p1", "user_id": "u1"}, {"post_id": "p9", "user_id": "u1"}],
        post_media=[{"post_id": "p1", "media_id": "m1"}],
    )
    assert stated_edges(strangers) == {}


def test_a_kind_that_is_null_is_no_repost(make_dump):
    found = stated_edges(make_dump(posts=[post(0, None, 1), post(1, None, 2, 0, kind=None)]))
    assert found["post", "replies_to", "post"].tolist() == [[1], [0]]
    assert ("post", "reposts", "post") not in found


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12, unique=True))
def test_flipped_edges_are_the_same_read_backwards(pairs):
    pairs = sorted(pairs, key=lambda pair: pair[::-1])
    edges = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    back = flipped(edges)
    expected = sorted(((b, a) for a, b in pairs), key=lambda pair: pair[::-1])
    assert list(map(tuple, back.T.tolist())) == expected
    np.testing.assert_array_equal(flipped(back), edges)
