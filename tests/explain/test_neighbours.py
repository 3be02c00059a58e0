"""Neighbours: effects are those of real deletions, and the named ones beat random ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gnn_emotion.explain.neighbours import (
    check_deletion,
    group_effects,
    name_groups,
    neighbour_effects,
)


def groups_of(judge):
    return {f"{name} {at}": [(name, at)] for name, at in judge.around.nodes}


def effects_of(judge, label):
    effects = group_effects(judge, label, {node: [node] for node in judge.around.nodes})
    return neighbour_effects(judge.around, effects)


def named_of(judge, label, groups, most):
    return name_groups(judge, label, groups, most, group_effects(judge, label, groups))


@pytest.fixture
def judge(case):
    if not case.predictor.checkpoint.model.config.num_layers:
        pytest.skip("a model without messages has no neighbours")
    return case.judge(155)


def test_effects_are_the_falls_of_the_probability(judge):
    label = int(judge.probs().argmax())
    frame = effects_of(judge, label)
    assert len(frame) == len(judge.around.nodes) > 5
    assert frame.effect.is_monotonic_decreasing and frame.effect.abs().max() > 1e-3
    for row in frame.head(3).itertuples():
        fall = judge.probs()[label] - judge.without([[(row.node_type, row.at)]])[0, label]
        assert row.effect == pytest.approx(fall, abs=1e-7)
        assert row.row == judge.around.rows[row.node_type][row.at]


def test_those_that_are_named_lower_the_probability_together(judge):
    label, groups = int(judge.probs().argmax()), groups_of(judge)
    named = named_of(judge, label, groups, most=3)
    assert 1 <= len(named) <= 3
    sizes = range(1, len(named) + 1)
    falls = [check_deletion(judge, label, groups, named[:size]).fall for size in sizes]
    assert all(few < many for few, many in pairwise(falls)) and falls[0] > 0
    best = max(check_deletion(judge, label, groups, [name]).fall for name in groups)
    assert falls[0] == pytest.approx(best)


def test_the_check_compares_with_random_deletions(judge):
    label, groups = int(judge.probs().argmax()), groups_of(judge)
    named = named_of(judge, label, groups, most=2)
    check = check_deletion(judge, label, groups, named, seed=1)
    again = check_deletion(judge, label, groups, named, seed=1)
    np.testing.assert_array_equal(check.random, again.random)
    assert check.fall > check.random_fall and len(check.random) == 100
    worst = effects_of(judge, label).iloc[-1]
    wrong = check_deletion(judge, label, groups, [f"{worst.node_type} {worst['at']}"])
    assert wrong.fall < wrong.random_fall
    everything = check_deletion(judge, label, groups, list(groups))
    assert not len(everything.random) and np.isnan(everything.random_fall)


def test_a_post_that_hears_nobody_names_nobody(judge):
    label = 0
    assert named_of(judge, label, {}, most=3) == []
    check = check_deletion(judge, label, {}, [])
    assert check.fall == 0 and np.isnan(check.random_fall)
