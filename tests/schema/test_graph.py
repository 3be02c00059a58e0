"""The registry of node and edge types is consistent with itself."""

from __future__ import annotations

from gnn_emotion.schema.graph import (
    DERIVED,
    EDGE_NAMES,
    EDGE_TYPES,
    NODE_TYPES,
    ON_REQUEST,
    PAST_ONLY,
    STATED,
    UNKNOWN_TIME,
    reverse,
)


def test_every_stated_type_has_its_reverse():
    named = 2 * len(STATED) + len(DERIVED) + len(ON_REQUEST)
    assert len(EDGE_TYPES) == len(set(EDGE_TYPES)) == named
    assert {reverse(edge_type) for edge_type in STATED} <= set(EDGE_TYPES)
    assert reverse(("user", "writes", "post")) == ("post", "rev_writes", "user")


def test_edge_types_join_known_nodes():
    assert {end for src, _, dst in EDGE_TYPES for end in (src, dst)} == set(NODE_TYPES)


def test_names_are_one_to_one():
    assert len(EDGE_NAMES) == len(EDGE_TYPES)
    assert EDGE_NAMES["user__writes__post"] == ("user", "writes", "post")


def test_posts_listen_to_nothing_that_hears_from_later_posts():
    assert set(PAST_ONLY) <= set(EDGE_TYPES)
    assert all(dst == "post" for _, _, dst in PAST_ONLY)
    answers = {("post", name, "post") for name in ("replies_to", "reposts", "in_thread")}
    assert not (answers | set(ON_REQUEST)) & set(PAST_ONLY)


def test_an_unknown_time_is_no_time_of_a_dump():
    earliest_of_arrow = -(2**63) // 1_000_000
    assert earliest_of_arrow > UNKNOWN_TIME
