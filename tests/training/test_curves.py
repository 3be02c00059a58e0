"""The tables behind figures, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.training.curves import (
    confusion_frame,
    reliability_frame,
    risk_coverage_frame,
    roc_frame,
)
from gnn_emotion.training.metrics import expected_calibration_error, macro_f1

LABEL = np.array([0, 0, 0, 1])
PROBS = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6]])


def test_confusion():
    frame = confusion_frame(PROBS, LABEL, ["a", "b"])
    assert frame["count"].tolist() == [2, 1, 0, 1]
    assert frame.share.tolist() == pytest.approx([2 / 3, 1 / 3, 0, 1])
    assert list(zip(frame.true, frame.pred, strict=True))[1] == ("a", "b")


def test_roc_leaves_out_what_cannot_be_drawn():
    frame = roc_frame(PROBS, LABEL, ["a", "b"])
    assert set(frame.label) == {"a", "b"}
    assert frame.auc.iloc[0] == pytest.approx(2 / 3)
    assert frame[["fpr", "tpr"]].iloc[0].tolist() == [0, 0]
    one = roc_frame(PROBS, np.zeros(4, dtype=np.int64), ["a", "b"])
    assert len(one) == 0
    assert list(one.columns) == ["label", "fpr", "tpr", "auc"]


def test_reliability_adds_up_to_the_calibration_error():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(3), size=300)
    label = rng.integers(0, 3, 300)
    frame = reliability_frame(probs, label)
    assert frame["count"].sum() == 300
    assert ((frame.low <= frame.confidence) & (frame.confidence <= frame.high)).all()
    ece = (frame["count"] * (frame.confidence - frame.accuracy).abs()).sum() / 300
    assert ece == pytest.approx(expected_calibration_error(probs, label))


def test_risk_falls_with_coverage_of_a_model_that_knows_when_it_knows():
    frame = risk_coverage_frame(PROBS, LABEL)
    assert frame.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert frame.threshold.tolist() == [0.9, 0.8, 0.7, 0.6]
    assert frame.accuracy.tolist() == pytest.approx([1, 1 / 2, 2 / 3, 3 / 4])
    assert len(risk_coverage_frame(PROBS[:0], LABEL[:0])) == 0


def test_posts_of_one_confidence_are_answered_together():
    """Whatever order they come in: 60 are sure, 50 of them rightly so."""
    probs = np.array([[1.0, 0.0]] * 60 + [[0.6, 0.4]] * 40)
    label = np.array([0] * 50 + [1] * 10 + [0] * 40)
    for turned in (slice(None), slice(None, None, -1)):
        frame = risk_coverage_frame(probs[turned], label[turned])
        assert frame.coverage.tolist() == [0.6, 1.0]
        assert frame.threshold.tolist() == [1.0, 0.6]
        assert frame.accuracy.tolist() == pytest.approx([50 / 60, 0.9])


@given(st.integers(0, 50), st.integers(1, 400), st.integers(1, 4))
def test_each_step_holds_what_its_threshold_keeps(seed, count, digits):
    rng = np.random.default_rng(seed)
    probs, label = rng.dirichlet(np.ones(3), count).round(digits), rng.integers(0, 3, count)
    frame = risk_coverage_frame(probs, label)
    assert len(frame) <= 100 and frame.coverage.iloc[-1] == 1
    assert frame.coverage.is_monotonic_increasing and frame.threshold.is_unique
    for row in frame.iloc[:: max(len(frame) // 5, 1)].itertuples():
        kept = probs.max(axis=1) >= row.threshold
        pred = probs[kept].argmax(axis=1)
        assert row.coverage == pytest.approx(kept.mean())
        assert row.accuracy == pytest.approx((pred == label[kept]).mean())
        assert row.macro_f1 == pytest.approx(macro_f1(label[kept], pred, 3))
