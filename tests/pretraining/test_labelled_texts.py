"""Labelled texts of several sources in one table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.schema.errors import ContractError

ONE, TWO = np.eye(7, dtype=bool)[:3], np.eye(7, dtype=bool)[5:]
JOINED = LabelledTexts.join(
    [("a", pa.array(["x", "y", "z"]), ONE, 1.0), ("b", pa.array(["x", "w"]), TWO, 0.25)]
)


def test_join_take_and_of():
    assert JOINED.texts.to_pylist() == ["x", "y", "z", "x", "w"]
    assert JOINED.source.tolist() == [0, 0, 0, 1, 1]
    assert JOINED.weight.tolist() == [1, 1, 1, 0.25, 0.25]
    np.testing.assert_array_equal(JOINED.allowed, np.concatenate([ONE, TWO]))
    some = JOINED.take(np.array([4, 0]))
    assert (some.texts.to_pylist(), some.source.tolist()) == (["w", "x"], [1, 0])
    np.testing.assert_array_equal(some.allowed, [TWO[1], ONE[0]])
    assert JOINED.of("b").texts.to_pylist() == ["x", "w"]
    assert len(some.take(np.array([], dtype=np.int64)).texts) == 0


def test_columns_of_different_lengths():
    with pytest.raises(ContractError, match="rows; expected the same number"):
        replace(JOINED, weight=np.ones(4, "f4"))
