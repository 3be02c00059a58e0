"""The tables behind figures, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.training.curves import (
    confusion_frame,
    reliability_frame,
    risk_coverage_frame,
    roc_frame,
    threshold_for,
)
from gnn_emotion.training.metrics import expected_calibration_error

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


def test_the_threshold_for_an_accuracy_leaves_as_many_as_it_can():
    frame = risk_coverage_frame(PROBS, LABEL)
    assert threshold_for(frame, 0.7) == 0.6
    assert threshold_for(frame, 0.9) == 0.9
    assert threshold_for(frame.iloc[1:2], 0.9) == float("inf")
