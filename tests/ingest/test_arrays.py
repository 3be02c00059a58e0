from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from gnn_emotion.ingest.arrays import from_cells, to_lists, to_strings


def test_cells():
    assert from_cells(["a", "", "b"]).to_pylist() == ["a", None, "b"]


@pytest.mark.parametrize(
    ("column", "strings"),
    [
        (pa.array([4454572602912349, None]), ["4454572602912349", None]),
        (pa.array([4454572602912349.0, 1.5, float("nan"), None]), None),
        (pa.array(["a", "", None]), ["a", None, None]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([dt.datetime(2020, 1, 2, 3, 4, 5)]), ["2020-01-02 03:04:05"]),
        (
            pa.array([dt.datetime(2020, 1, 2, 3)], pa.timestamp("us", "Asia/Shanghai")),
            ["2020-01-02 11:00:00+0800"],
        ),
        (pa.array([dt.date(2020, 1, 2)]), ["2020-01-02"]),
        (pa.array([{"a": "好"}, None]), ['{"a": "好"}', None]),
        (pa.array(["x"], pa.large_string()), ["x"]),
    ],
)
def test_strings(column, strings):
    wanted = strings or ["4454572602912349", "1.5", None, None]
    assert to_strings(column).to_pylist() == wanted


def test_ids_that_pandas_made_floats_keep_all_digits():
    ids = [5150729824114546, 3501756485200075]
    assert to_strings(pa.array([*map(float, ids), None])).to_pylist() == [*map(str, ids), None]


def test_lists():
    assert to_lists(pa.array([["a"], None])).to_pylist() == [["a"], None]
    cells = pa.array(["a,b", "a;b", "['a', 'b']", '["a"]', "", None, "[]", "https://a/1.jpg"])
    assert to_lists(cells).to_pylist() == [
        *[["a", "b"], ["a", "b"], ["a", "b"], ["a"], None, None, None, ["https://a/1.jpg"]]
    ]
