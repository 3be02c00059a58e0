"""Paired differences: right on what is known, and sure only of what is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from gnn_emotion.training.ablation.compare import Answers, compare, holm, macro_f1_of


def answers(label: np.ndarray, right: float, thread: np.ndarray, seed: int) -> Answers:
    rng = np.random.default_rng(seed)
    wrong = rng.integers(0, 3, len(label))
    return Answers(label, np.where(rng.random(len(label)) < right, label, wrong), thread, 3)


@pytest.fixture
def posts() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1234)
    return rng.integers(0, 3, 900), np.arange(900) // 3


@given(st.integers(0, 10_000))
def test_macro_f1_from_counts_is_that_of_sklearn(seed):
    rng = np.random.default_rng(seed)
    label, pred = rng.integers(0, 3, 20), rng.integers(0, 3, 20)
    count = Answers(label, pred, np.zeros(20, dtype=np.int64), 3).confusions()
    expected = f1_score(label, pred, labels=np.unique(label), average="macro", zero_division=0)
    assert macro_f1_of(count)[0] == pytest.approx(expected)


def test_counts_by_thread_add_up(posts):
    label, thread = posts
    one = answers(label, 0.5, thread, 1)
    assert one.confusions().shape == (300, 9)
    assert one.confusions().sum() == 900


def test_a_better_model_is_seen(posts):
    label, thread = posts
    good = [answers(label, 0.7, thread, seed) for seed in range(3)]
    poor = [answers(label, 0.5, thread, 10 + seed) for seed in range(3)]
    found = compare(good, poor)
    assert found.low > 0
    assert found.mean == pytest.approx(0.13, abs=0.05)
    assert found.p < 0.01
    back = compare(poor, good)
    assert (back.mean, back.p) == (pytest.approx(-found.mean), pytest.approx(found.p))


def test_equals_are_not_told_apart(posts):
    label, thread = posts
    found = compare(
        [answers(label, 0.5, thread, seed) for seed in range(3)],
        [answers(label, 0.5, thread, 10 + seed) for seed in range(3)],
    )
    assert found.low < 0 < found.high
    assert found.p > 0.05
    same = [answers(label, 0.5, thread, 1)]
    assert compare(same, same).p == 1.0


def test_posts_of_a_thread_are_drawn_together():
    """The same answer 30 times over in a thread is no more evidence than once."""
    label = np.repeat(np.random.default_rng(2).integers(0, 3, 30), 30)
    thread = np.arange(900) // 30
    good = np.where(np.repeat(np.arange(30) % 5 == 0, 30), label, (label + 1) % 3)
    poor = np.where(np.repeat(np.arange(30) % 6 == 0, 30), label, (label + 1) % 3)
    whole = compare([Answers(label, good, thread, 3)], [Answers(label, poor, thread, 3)])
    single = np.arange(900)
    loose = compare([Answers(label, good, single, 3)], [Answers(label, poor, single, 3)])
    assert whole.high - whole.low > 2 * (loose.high - loose.low)


def test_other_posts_or_seeds_are_refused(posts):
    label, thread = posts
    one = answers(label, 0.5, thread, 1)
    with pytest.raises(ValueError, match="1 and 2 seeds"):
        compare([one], [one, one])
    with pytest.raises(ValueError, match="not of the same posts"):
        compare([one], [answers(label, 0.5, thread[::-1].copy(), 1)])


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])
