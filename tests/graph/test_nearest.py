"""Derived edges in the order of the table against a slow reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph.nearest import nearest_edges

posts = st.lists(st.tuples(st.integers(-1, 2), st.booleans()), max_size=16)


def arrays(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    group, speaks = zip(*rows, strict=True) if rows else ((), ())
    return np.array(group, np.int64), np.array(speaks, bool)


def slow_edges(rows: list[tuple[int, bool]], last: int) -> list[tuple[int, int]]:
    """Walk away from each post on both sides by turns, over those of its group that speak."""
    edges = []
    for i, (group, _) in enumerate(rows):
        same = [j for j, (other, speaks) in enumerate(rows) if other == group >= 0 and speaks]
        before, after = [j for j in same if j < i][::-1], [j for j in same if j > i]
        turns = []
        for step in range(len(rows)):
            turns += before[step : step + 1] + after[step : step + 1]
        edges += [(j, i) for j in sorted(turns[:last])]
    return edges


@given(posts, st.integers(1, 4))
def test_equals_the_slow_reference(rows, last):
    found = nearest_edges(*arrays(rows), last)
    assert found.dtype == np.int64
    assert [tuple(edge) for edge in found.T.tolist()] == slow_edges(rows, last)


def test_by_example():
    rows = [(0, True), (1, True), (0, True), (0, False), (0, True), (-1, True)]
    found = nearest_edges(*arrays(rows), 2)
    assert found.T.tolist() == [[2, 0], [4, 0], [0, 2], [4, 2], [2, 3], [4, 3], [0, 4], [2, 4]]


@pytest.mark.parametrize("last", [0, -1])
def test_last_is_positive(last):
    with pytest.raises(ValueError, match=f"last is {last}; expected 1 or more"):
        nearest_edges(*arrays([(0, True)]), last)
