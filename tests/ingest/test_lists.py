from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.lists import STRINGS, joined


def test_joined_keeps_order_and_drops_repeats_and_nothing():
    first = pa.array([["b", " a ", "b"], None, [], ["", None]], STRINGS)
    second = pa.array([["a", "c"], ["x"], None, []], STRINGS)
    assert joined(first, second).to_pylist() == [["b", "a", "c"], ["x"], [], []]


def test_joined_takes_marks_off():
    column = pa.array([["#春晚#", "春晚", "# 春晚 "]], STRINGS)
    assert joined(column, trim="#").to_pylist() == [["春晚"]]


def test_joined_of_no_rows():
    assert joined(pa.array([], STRINGS)).to_pylist() == []


texts = st.lists(st.one_of(st.none(), st.lists(st.one_of(st.none(), st.text(max_size=2)))))


@given(texts)
def test_joined_is_what_a_loop_would_do(rows):
    expected = [list(dict.fromkeys(v.strip(" ") for v in row or [] if v)) for row in rows]
    found = joined(pa.array(rows, STRINGS)).to_pylist()
    plain = [[v for v in row if v.strip() == v and v] for row in expected]
    assert [[v for v in row if v in kept] for row, kept in zip(found, plain, strict=True)] == plain
    assert all(len(row) == len(set(row)) and "" not in row for row in found)
