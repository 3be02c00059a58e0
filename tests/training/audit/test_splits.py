"""Threads, users and edges on both sides of a split, and edges from the future."""

from __future__ import annotations

import numpy as np

from gnn_emotion.schema.graph import UNKNOWN_TIME
from gnn_emotion.training.audit.audit import audit

from .made import found, made

REPLIES, SIBLING = ("post", "rev_replies_to", "post"), ("post", "sibling", "post")
TEXTS = ["一", "二", "三", "四"]


def test_threads_and_users_on_both_sides():
    report = audit(made(TEXTS, [0, 2, 0, -1], thread=[0, 0, 2, 2], user=[7, -1, 7, 7]))
    assert found(report) == {"shared_threads": [0, 1]}
    report = audit(made(TEXTS, [0, 2, 1, 0], user=[7, 7, 8, 8]))
    assert found(report) == {"shared_users": [0, 1, 2, 3]}
    assert report.lines() == ["note: 2 of 2 users (100.0%) have labels in more than one split"]
    assert not report.leaking().any()


def test_a_label_that_may_be_several_is_on_a_side_too():
    report = audit(made(TEXTS[:2], [0, 2], label=[-1, 1], thread=[0, 0]))
    assert found(report) == {"shared_threads": [0, 1]}


def test_edges_are_counted_by_type():
    edges = {
        REPLIES: np.array([[0, 2, 3, 2, 2], [1, 1, 1, 2, 3]]),
        SIBLING: np.array([[0, 1], [1, 0]]),
        ("post", "earlier_by_user", "post"): np.empty((2, 0), dtype=np.int64),
    }
    # Post 3 is of unknown time and in no split.
    more = {
        "edges": edges,
        "time": np.array([10, 20, 30, UNKNOWN_TIME]),
        "post_split": np.array([0, 0, 2, -1], dtype=np.int8),
    }
    report = audit(made(["一"], [0], **more))
    told = {(one.name, one.message.split(" edges ")[1]): one.count for one in report.findings}
    assert told == {
        (
            "future_edges",
            "rev_replies_to (20.0%) come from later posts; models do not hear them",
        ): 1,
        ("future_edges", "sibling (50.0%) come from later posts; models do not hear them"): 1,
        ("crossing_edges", "rev_replies_to (20.0%) join posts of different splits"): 1,
    }
    assert all(line.startswith("note: ") for line in report.lines())
