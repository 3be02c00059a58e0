from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.jsonvalues import as_text, as_texts, child, children, first, pick


def test_pick():
    value = {"a": "", "b": "2", "user": {"id": "7"}, "empty": {}}
    keys = {"x": ("a", "b"), "y": "user.id", "z": "user.name", "w": "b.c", "v": "missing"}
    assert pick(value, keys) == {"x": "2", "y": "7", "z": None, "w": None, "v": None}


def test_text_of_scalars():
    found = [as_text(value) for value in ("a", "", 5, 5.0, 0.5, True, False, None, [], {})]
    assert found == ["a", None, "5", "5", "0.5", "true", "false", None, None, None]


def test_text_of_exported_types():
    assert as_text({"$numberLong": "4123456789012345"}) == "4123456789012345"
    assert as_text({"$oid": "abc"}) == "abc"
    assert as_text({"id": "7"}) is None


def test_text_that_cannot_be_stored():
    assert as_text("a\ud83db\0c") == "a\ufffdbc"
    assert as_text("line\n\u200b\U0001f600") == "line\n\u200b\U0001f600"


@given(st.text(st.characters()) | st.floats() | st.integers())
def test_every_text_can_be_stored(value):
    pa.array([as_text(value)], pa.string())


def test_lists():
    assert as_texts(["a", "", None, {"x": "y", "z": 1}, "5"]) == ["a", "5"]
    assert as_texts([]) is as_texts("a,b") is as_texts(None) is None


def test_objects_inside():
    value = {"user": {"id": "7"}, "weibo": ["a"], "odd": "text"}
    assert child(value, "user") == {"id": "7"}
    assert child(value, "odd") == child(value, "missing") == {}
    assert list(children(value, "weibo")) == ["a"]
    assert list(children(value, "user")) == []
    assert first(value, "user", "odd") == "text"
