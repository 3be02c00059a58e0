"""What is given is checked; what is found is written out."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from gnn_emotion.schema.errors import LabelError
from gnn_emotion.training.audit.audit import audit
from gnn_emotion.training.audit.report import LEAK, NOTE, AuditInput, AuditReport, Finding

from .made import LABELS, made

REPLIES = ("post", "rev_replies_to", "post")


def test_columns_of_other_lengths_are_refused():
    with pytest.raises(LabelError, match="3 of label for 2 texts"):
        AuditInput(pa.array(["a", "b"]), np.zeros(3), LABELS, *(np.zeros(2, dtype=np.int64),) * 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": [7]}, "label 7, expected -1 to 6"),
        ({"split": [3]}, "split 3, expected -1 to 2"),
        ({"split": [-2]}, "split -2, expected -1 to 2"),
        ({"time": np.zeros(2, dtype=np.int64)}, "2 of time for 0 of post_split"),
        ({"edges": {REPLIES: np.array([[0], [0]])}}, "join posts 0 to 0, but .* of 0 posts"),
        ({"edges": {REPLIES: np.zeros((3, 1), dtype=np.int64)}}, r"shape \(3, 1\), expected"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(LabelError, match=message):
        made(["一"], **({"split": [0]} | change))


def test_only_leaks_are_marked_and_they_come_first():
    note = Finding("a", NOTE, 1, 0.5, np.array([0]), "worth knowing")
    leak = Finding("b", LEAK, 1, 0.5, np.array([1]), "too good")
    report = AuditReport([note, leak], 3)
    assert report.leaking().tolist() == [False, True, False]
    assert report.lines() == ["leak: too good", "note: worth knowing"]


def test_json_has_the_first_positions():
    report = audit(made(["好的"] * 31, [0] + [2] * 30))
    finding = json.loads(json.dumps(report.as_json()))[0]
    assert (finding["name"], finding["severity"], finding["count"]) == ("copies", "leak", 30)
    assert finding["first"] == list(range(1, 21))
    assert finding["share"] == 1.0
