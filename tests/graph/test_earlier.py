"""Derived edges against a slow reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph.earlier import earlier_edges
from gnn_emotion.schema.graph import UNKNOWN_TIME

posts = st.lists(
    st.tuples(
        st.integers(-1, 2),
        st.one_of(st.integers(-3, 4), st.just(UNKNOWN_TIME)),
        st.booleans(),
    ),
    max_size=14,
)


def arrays(rows: list[tuple[int, int, bool]]) -> tuple[np.ndarray, ...]:
    group, time, speaks = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(group, np.int64), np.array(time, np.int64), np.array(speaks, bool)


def slow_edges(rows: list[tuple[int, int, bool]], last: int) -> list[tuple[int, int]]:
    """Look, for each post, through all others."""
    edges = []
    for i, (group, time, _) in enumerate(rows):
        if group < 0 or time == UNKNOWN_TIME:
            continue
        before = [
            (other_time, j)
            for j, (other, other_time, speaks) in enumerate(rows)
            if other == group and speaks and other_time != UNKNOWN_TIME and other_time < time
        ]
        edges += [(j, i) for _, j in sorted(before)[-last:]]
    return sorted(edges, key=lambda edge: edge[::-1])


@given(posts, st.integers(1, 5))
def test_equals_the_slow_reference(rows, last):
    found = earlier_edges(*arrays(rows), last)
    assert found.shape[0] == 2
    assert list(map(tuple, found.T.tolist())) == slow_edges(rows, last)


def test_by_hand():
    rows = [(0, 10, True), (0, 20, False), (0, 20, True), (0, 30, True), (1, 5, True)]
    found = earlier_edges(*arrays([*rows, (0, UNKNOWN_TIME, True), (-1, 40, True)]), 2)
    assert found.T.tolist() == [[0, 1], [0, 2], [0, 3], [2, 3]]


@given(posts, st.integers(0, 4), st.integers(1, 3))
def test_later_posts_change_nothing(rows, now, last):
    """Taking out what came after a moment takes out its own edges, and no other."""
    past = [i for i, (_, time, _) in enumerate(rows) if time <= now]
    whole = slow_edges(rows, last)
    alone = earlier_edges(*arrays([rows[i] for i in past]), last)
    assert [(past[a], past[b]) for a, b in alone.T] == [edge for edge in whole if edge[1] in past]


@pytest.mark.parametrize("last", [0, -1])
def test_last_is_positive(last):
    with pytest.raises(ValueError, match=f"last is {last}; expected 1 or more"):
        earlier_edges(*arrays([(0, 1, True)]), last)
