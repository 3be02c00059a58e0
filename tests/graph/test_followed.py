"""Edges along who follows whom against a slow reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph import followed
from gnn_emotion.graph.followed import followed_edges
from gnn_emotion.schema.graph import UNKNOWN_TIME

U = UNKNOWN_TIME
posts = st.lists(
    st.tuples(st.integers(-1, 3), st.sampled_from([U, 1, 2, 3, 4]), st.booleans()), max_size=14
)
follows_of = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)))


def found_edges(rows, follows, last: int) -> list[tuple[int, int]]:
    author, time, speaks = (np.array([row[k] for row in rows]) for k in range(3))
    pairs = np.array(sorted(follows), dtype=np.int64).reshape(-1, 2).T
    arrays = author.astype(np.int64), pairs, time.astype(np.int64), speaks.astype(bool)
    return [tuple(edge) for edge in followed_edges(*arrays, last).T.tolist()]


def slow_edges(rows, follows, last: int) -> list[tuple[int, int]]:
    """Look, for each post, through all others."""
    edges = []
    for i, (author, time, _) in enumerate(rows):
        heard = {b for a, b in follows if a == author and b != author}
        feed = [j for j, (other, _, speaks) in enumerate(rows) if other in heard and speaks]
        if time == U:
            before, after = [j for j in feed if j < i][::-1], [j for j in feed if j > i]
            chosen = []
            for step in range(len(rows)):
                chosen += before[step : step + 1] + after[step : step + 1]
            chosen = chosen[:last]
        else:
            told = [j for j in feed if U != rows[j][1] <= time]
            chosen = sorted(told, key=lambda j: (rows[j][1], j))[-last:]
        edges += [(j, i) for j in sorted(chosen)]
    return edges


@given(posts, follows_of, st.integers(1, 3), st.sampled_from([1, 3, 4_000_000]))
def test_equals_the_slow_reference(rows, follows, last, part):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(followed, "PART", part)
        assert found_edges(rows, follows, last) == slow_edges(rows, follows, last)


def test_by_example():
    """u0 follows u1 and, absurdly, itself."""
    rows = [(1, 10, True), (1, 20, True), (0, 20, True), (1, 30, True), (0, U, True), (1, U, True)]
    assert found_edges(rows, {(0, 1), (0, 0)}, 2) == [(0, 2), (1, 2), (3, 4), (5, 4)]


def test_last_is_positive():
    with pytest.raises(ValueError, match="last is 0; expected 1 or more"):
        found_edges([(0, 1, True)], {(0, 1)}, 0)
