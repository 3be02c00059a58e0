"""One number of a fitted model: what searches and ablations go by."""

from __future__ import annotations

import pytest

from gnn_emotion.training.fitted import Fitted


def fitted(val: dict[str, dict[str, object]]) -> Fitted:
    return Fitted((), None, 0.0, (), {}, {"val": val, "test": {"a": {"macro_f1": 0.9}}}, "a")


def test_the_validation_score_is_the_mean_over_sources():
    scores = {"a": {"macro_f1": 0.2, "support": 90}, "b": {"macro_f1": 0.6, "support": 10}}
    assert fitted(scores).val_macro_f1 == pytest.approx(0.4)


@pytest.mark.filterwarnings("error")
def test_without_validation_labels_there_is_none():
    assert fitted({}).val_macro_f1 != fitted({}).val_macro_f1
