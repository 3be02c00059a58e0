"""Ranges against a slow reference."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph.ranges import bounds, flat_ranges

numbers = st.lists(st.integers(0, 5), max_size=8)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=6))
def test_one_range_after_the_other(pairs):
    start, count = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    expected = [at for first, many in pairs for at in range(first, first + many)]
    assert flat_ranges(start, count).tolist() == expected


@given(numbers, numbers)
def test_bounds_hold_the_members_of_a_group(group, groups):
    groups.sort()
    start, end = bounds(np.array(group, dtype=np.int64), np.array(groups, dtype=np.int64))
    for one, first, last in zip(group, start, end, strict=True):
        assert groups[first:last] == [one] * groups.count(one)
