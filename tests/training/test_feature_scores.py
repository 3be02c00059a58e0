"""Scores of columns, against their formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.training.feature_scores import SCORES, SUPERVISED, information_gain


def entropy(counts: np.ndarray) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=3, max_size=40))
def test_information_gain_is_the_formula_of_yang_and_pedersen(drawn):
    occurs, label = np.array([o for o, _ in drawn]), np.array([c for _, c in drawn])
    if occurs.mean() >= 0.5:
        occurs = ~occurs  # a word is in fewer than half of the posts
    if occurs.mean() == 0.5:
        return
    counts = [np.bincount(label[occurs == o], minlength=3) for o in (False, True)]
    wanted = entropy(sum(counts)) - sum(
        c.sum() / len(label) * entropy(c) for c in counts if c.sum()
    )
    x = np.where(occurs, 0.7, 0.0).astype(np.float32)[:, None]
    assert information_gain(x, label)[0] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("method", SUPERVISED)
def test_a_column_that_tells_the_class_scores_above_noise(method):
    rng = np.random.default_rng(0)
    label = np.arange(300) % 3
    x = rng.normal(size=(300, 6)).astype(np.float32)
    x[:, 4] += label
    x[:, 5] = 1.5
    score = SCORES[method](x, label)
    assert score.argmax() == 4
    assert score[5] == pytest.approx(0, abs=0.02)
    assert np.isfinite(score).all()


def test_mutual_information_sees_what_no_threshold_sees():
    rng = np.random.default_rng(1)
    label = np.arange(400) % 2
    noise = rng.normal(size=400)
    ends = np.where(label, rng.choice([-3, 3], 400), 0) + rng.normal(size=400) / 3
    x = np.stack([noise, ends], axis=1).astype(np.float32)
    score = SCORES["mutual_information"](x, label)
    assert score[1] > 0.5 > score[0] + 0.4
    assert SCORES["anova"](x, label)[1] < 5
