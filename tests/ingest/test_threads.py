from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.threads import NONE, build_threads, cycle_rows, follow


def threads_of(parent, root=None, known=None):
    count = len(parent)
    return build_threads(
        np.array(parent, np.int64),
        np.array([NONE] * count if root is None else root, np.int64),
        np.ones(count, bool) if known is None else np.array(known, bool),
    )


def test_a_chain_has_one_root():
    found = threads_of([NONE, 0, 1, 2])
    assert found.parent.tolist() == [NONE, 0, 1, 2]
    assert found.root.tolist() == [0, 0, 0, 0]


def test_a_post_without_a_parent_hangs_on_its_stated_root():
    found = threads_of([NONE, NONE, 1], root=[NONE, 0, 0])
    assert found.parent.tolist() == [NONE, 0, 1]
    assert found.root.tolist() == [0, 0, 0]


def test_a_stated_root_that_is_no_root_leads_to_the_real_one():
    found = threads_of([NONE, 0, NONE], root=[NONE, NONE, 1])
    assert found.parent.tolist() == [NONE, 0, 1]
    assert found.root.tolist() == [0, 0, 0]


def test_a_placeholder_answers_nobody_but_keeps_its_thread():
    found = threads_of([NONE, NONE, 1], root=[NONE, 0, NONE], known=[True, False, True])
    assert found.parent.tolist() == [NONE, NONE, 1]
    assert found.root.tolist() == [0, 0, 0]


def test_own_parents_and_cycles_are_cut_and_counted():
    found = threads_of([0, 2, 3, 1, 3])
    assert found.parent.tolist() == [NONE, NONE, NONE, NONE, 3]
    assert found.root.tolist() == [0, 1, 2, 3, 3]
    assert (found.own_parents, found.in_cycles) == (1, 3)


def test_an_own_parent_still_hangs_on_its_root():
    found = threads_of([NONE, 1], root=[NONE, 0])
    assert found.parent.tolist() == [NONE, 0]
    assert found.own_parents == 1


def test_two_posts_that_state_each_other_as_root_are_a_cycle():
    found = threads_of([NONE, NONE], root=[1, 0])
    assert found.root.tolist() == [0, 1]
    assert found.in_cycles == 2


def test_no_posts():
    assert len(threads_of([]).root) == 0


@pytest.mark.parametrize("length", [1, 2, 1000, 4097])
def test_long_chains_and_long_cycles(length):
    chain = np.arange(length) - 1
    assert (threads_of(chain).root == 0).all()
    ring = np.roll(np.arange(length), 1)
    assert cycle_rows(ring).tolist() == list(range(length))


def test_follow_is_a_walk_to_the_end():
    assert follow(np.array([0, 0, 1, 2, 4])).tolist() == [0, 0, 0, 0, 4]


@st.composite
def forests(draw):
    count = draw(st.integers(1, 12))
    rows = st.lists(st.integers(NONE, count - 1), min_size=count, max_size=count)
    return draw(rows), draw(rows), draw(st.lists(st.booleans(), min_size=count, max_size=count))


@given(forests())
def test_whatever_is_stated_the_result_is_a_forest(stated):
    found = threads_of(*stated)
    for row in range(len(found.parent)):
        steps, here = 0, row
        while found.parent[here] != NONE:
            here, steps = found.parent[here], steps + 1
            assert steps < len(found.parent)
        assert found.root[row] == found.root[here]
        assert found.root[found.root[row]] == found.root[row]
    assert (found.parent[~np.array(stated[2])] == NONE).all()
