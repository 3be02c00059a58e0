"""Intervals: as wide as they should be, by hand and against a slow loop."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from gnn_emotion.training.bootstrap import bootstrap_intervals, confusion_scores

NAMES = ["a", "b", "c"]


def drawn(count: int, right: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are right with some chance."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, count)
    pred = np.where(rng.random(count) < right, label, rng.integers(0, 3, count))
    return np.eye(3)[pred] * 0.6 + 0.4 / 3, label


def test_scores_of_counts_are_those_of_sklearn():
    rng = np.random.default_rng(3)
    label, pred = rng.integers(0, 3, 50), rng.integers(0, 2, 50)
    table = np.zeros((1, 3, 3))
    np.add.at(table[0], (label, pred), 1)
    got = confusion_scores(table)
    assert got["macro_f1"][0] == pytest.approx(f1_score(label, pred, average="macro"))
    assert got["weighted_f1"][0] == pytest.approx(f1_score(label, pred, average="weighted"))
    assert got["kappa"][0] == pytest.approx(cohen_kappa_score(label, pred))
    assert got["accuracy"][0] == pytest.approx((label == pred).mean())


def test_the_interval_of_accuracy_is_that_of_a_share():
    probs, label = drawn(2000, 0.5, 0)
    low, high = bootstrap_intervals(probs, label, NAMES)["accuracy"]
    share = (probs.argmax(axis=1) == label).mean()
    half = 1.96 * np.sqrt(share * (1 - share) / 2000)
    assert (low, high) == pytest.approx((share - half, share + half), abs=0.005)


def test_it_covers_the_truth_about_as_often_as_it_says():
    truth = 0.5 + 0.5 / 3
    hits = 0
    for seed in range(200):
        probs, label = drawn(150, 0.5, seed)
        low, high = bootstrap_intervals(probs, label, NAMES, resamples=200)["accuracy"]
        hits += low <= truth <= high
    assert 180 <= hits <= 199


def test_groups_are_drawn_whole():
    """Twenty copies of each post are no more evidence than one."""
    probs, label = drawn(60, 0.5, 1)
    many, labels = np.repeat(probs, 20, axis=0), np.repeat(label, 20)
    group = np.repeat(np.arange(60), 20)
    once = bootstrap_intervals(probs, label, NAMES)
    whole = bootstrap_intervals(many, labels, NAMES, group)
    loose = bootstrap_intervals(many, labels, NAMES)
    for name in ("macro_f1", "accuracy", "kappa", "ece"):
        assert np.ptp(whole[name]) == pytest.approx(np.ptp(once[name]), rel=0.25)
        assert np.ptp(loose[name]) < 0.5 * np.ptp(whole[name])


def test_the_same_seed_gives_the_same_interval():
    probs, label = drawn(50, 0.5, 2)
    first = bootstrap_intervals(probs, label, NAMES, resamples=50, seed=1)
    assert first == bootstrap_intervals(probs, label, NAMES, resamples=50, seed=1)
    assert first != bootstrap_intervals(probs, label, NAMES, resamples=50, seed=2)


def test_a_wider_level_is_wider():
    probs, label = drawn(80, 0.5, 2)
    narrow = bootstrap_intervals(probs, label, NAMES, level=0.5)["macro_f1"]
    wide = bootstrap_intervals(probs, label, NAMES, level=0.99)["macro_f1"]
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_what_nobody_has_is_unknown():
    probs, label = drawn(30, 0.5, 4)
    found = bootstrap_intervals(probs, np.minimum(label, 1), NAMES, resamples=20)
    assert np.isnan(found["f1_c"]).all()
    assert not np.isnan(found["f1_a"]).any()
    empty = bootstrap_intervals(np.empty((0, 3)), np.empty(0, dtype=np.int64), NAMES)
    assert np.isnan(list(empty.values())).all()


@pytest.mark.parametrize("wrong", [{"level": 1.0}, {"resamples": 0}, {"group": np.zeros(3)}])
def test_what_cannot_be(wrong):
    probs, label = drawn(30, 0.5, 4)
    with pytest.raises(ValueError, match="expected"):
        bootstrap_intervals(probs, label, NAMES, **wrong)
