"""Scores against scikit-learn, scipy and sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score, f1_score

from gnn_emotion.training.metrics import (
    evaluate,
    expected_calibration_error,
    macro_f1,
    mean_interval,
)

classes = st.integers(0, 4)
pairs = st.lists(st.tuples(classes, classes), min_size=1, max_size=40).map(np.array)


@given(pairs)
def test_macro_f1_equals_that_of_sklearn_over_the_classes_that_occur(drawn):
    label, pred = drawn.T
    each = f1_score(label, pred, labels=range(5), average=None, zero_division=0)
    assert macro_f1(label, pred, 5) == pytest.approx(each[np.unique(label)].mean())


def test_a_class_that_is_only_predicted_is_not_averaged():
    label, pred = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])
    assert macro_f1(label, pred, 3) == pytest.approx((1 + 2 / 3) / 2)


def test_macro_f1_of_nothing_is_unknown():
    none = np.empty(0, dtype=np.int64)
    assert np.isnan(macro_f1(none, none, 3))


@pytest.mark.parametrize("label", [3, -1])
def test_labels_out_of_range_are_refused(label):
    with pytest.raises(ValueError, match=rf"labels .*{label}.*, expected 0\.\.2"):
        macro_f1(np.array([label, 1]), np.array([0, 1]), 3)


def test_calibration_error_by_hand():
    """Fifteen bins: 0.95 and 1 share the last, 0.65 twice right, 0.55 wrong."""
    sure = np.array([0.95, 0.95, 0.65, 0.65, 0.55, 1.0])
    right = np.array([1, 0, 1, 1, 0, 1])
    probs = np.stack([sure, 1 - sure], axis=1)
    gaps = abs(0.95 + 0.95 + 1.0 - 2) + abs(2 * 0.65 - 2) + 0.55
    got = expected_calibration_error(probs, np.where(right, 0, 1))
    assert got == pytest.approx(gaps / 6)


def test_perfect_confidence_is_calibrated_and_so_is_nothing():
    assert expected_calibration_error(np.eye(3), np.arange(3)) == 0
    assert expected_calibration_error(np.empty((0, 3)), np.empty(0, dtype=np.int64)) == 0


def test_evaluate():
    label = np.array([0, 0, 1, 1, 2, 2])
    pred = np.array([0, 1, 1, 1, 2, 0])
    probs = np.full((6, 4), 0.1)
    probs[np.arange(6), pred] = 0.7
    got = evaluate(probs, label, ["a", "b", "c", "d"])
    assert got["accuracy"] == pytest.approx(4 / 6)
    assert got["macro_f1"] == pytest.approx((1 / 2 + 4 / 5 + 2 / 3) / 3)
    assert got["kappa"] == pytest.approx(cohen_kappa_score(label, pred))
    assert got["auc"] == pytest.approx((0.625 + 0.875 + 0.75) / 3)
    assert got["ece"] == pytest.approx(abs(6 * 0.7 - 4) / 6)
    assert got["support"] == 6
    assert got["confusion"] == [[1, 1, 0, 0], [0, 2, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]]
    expected = {"precision": 2 / 3, "recall": 1, "f1": 4 / 5, "auc": 0.875, "support": 2}
    assert got["per_class"]["b"] == pytest.approx(expected)
    nobody = got["per_class"]["d"]
    assert np.isnan(nobody.pop("auc"))
    assert nobody == {"precision": 0, "recall": 0, "f1": 0, "support": 0}
    assert got["micro_f1"] == pytest.approx(4 / 6)
    assert got["weighted_f1"] == pytest.approx(got["macro_f1"])
    assert got["macro_precision"] == pytest.approx((1 / 2 + 2 / 3 + 1) / 3)
    assert got["macro_recall"] == pytest.approx((1 / 2 + 1 + 1 / 2) / 3)


def test_weighted_and_macro_averages_differ():
    label = np.array([0] * 8 + [1] * 2)
    probs = np.tile([0.9, 0.1], (10, 1))
    got = evaluate(probs, label, ["a", "b"])
    assert got["macro_f1"] == pytest.approx(8 / 18)
    assert got["weighted_f1"] == pytest.approx(0.8 * 16 / 18)


@given(st.integers(0, 1000))
def test_scores_are_those_of_torchmetrics(seed):
    """An implementation of others, of calibration above all, which scikit-learn has not."""
    functional = pytest.importorskip("torchmetrics.functional.classification")
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(4), size=60)
    label = rng.integers(0, 4, 60)
    given_ = torch.from_numpy(probs), torch.from_numpy(label), 4
    got = evaluate(probs, label, ["a", "b", "c", "d"])
    ece = functional.multiclass_calibration_error(*given_, n_bins=15)
    assert got["ece"] == pytest.approx(float(ece), abs=1e-5)
    kappa = functional.multiclass_cohen_kappa(*given_)
    assert got["kappa"] == pytest.approx(float(kappa), abs=1e-5)
    assert got["auc"] == pytest.approx(float(functional.multiclass_auroc(*given_)), abs=1e-5)
    f1 = functional.multiclass_f1_score(*given_, average="weighted")
    assert got["weighted_f1"] == pytest.approx(float(f1), abs=1e-5)


def test_auc_of_one_class_is_unknown():
    got = evaluate(np.array([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 0]), ["a", "b"])
    assert np.isnan(got["auc"])


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=9).filter(lambda v: np.std(v) > 1e-6),
    st.sampled_from([0.5, 0.9, 0.95]),
)
def test_interval_equals_that_of_scipy(values, level):
    mean, half = mean_interval(values, level)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(level)
    assert (mean - half, mean + half) == pytest.approx((low, high))


def test_one_seed_has_no_interval():
    with pytest.raises(ValueError, match="1 value; an interval needs two or more seeds"):
        mean_interval([0.5])
