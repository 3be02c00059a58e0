from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gnn_emotion.ingest.frame import dump_from_frame, frame_ids
from gnn_emotion.schema.errors import DumpError


def rows(frame) -> dict:
    return {row["post_id"]: row for row in dump_from_frame(frame).read("posts").to_pylist()}


def test_text_alone_is_enough_and_ids_keep_the_order():
    frame = pd.DataFrame({"text": ["早", "午", "晚"]}, index=[9, 9, 7])
    assert frame_ids(frame) == ["row-000000000000", "row-000000000001", "row-000000000002"]
    assert dump_from_frame(frame).read("posts")["text"].to_pylist() == ["早", "午", "晚"]


def test_all_columns_are_used():
    frame = pd.DataFrame(
        {
            "post_id": ["4454572602912349", "4454572602912350"],
            "user_id": [11, 12],
            "parent_id": [None, "ImTGkcdDn"],
            "root_id": [None, "4454572602912349"],
            "created_at": ["2020-01-02 10:00:00", "2020-01-02 11:00"],
            "text": ["早上好", "转发微博"],
            "label": ["happy", "none of these"],
            "label_set": ["smp2020", "smp2020"],
        }
    )
    dump = dump_from_frame(frame)
    first, second = dump.read("posts").to_pylist()
    assert (second["parent_id"], second["root_id"]) == (first["post_id"], first["post_id"])
    assert second["created_at"].isoformat() == "2020-01-02T03:00:00+00:00"
    assert second["own_text"] == ""
    assert dump.read("users")["user_id"].to_pylist() == ["11", "12"]
    assert dump.read("labels")["label"].to_pylist() == ["happy"]
    assert dump.summary["refused_labels"] == {"none of these": 1}


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        (["7", " 8 "], ["7", "8"]),
        ([7, 8], ["7", "8"]),
        ([7.0, float("nan")], ["7", "row-000000000001"]),
        ([None, ""], ["row-000000000000", "row-000000000001"]),
        ([pd.NA, "ImTGkcdDn"], ["row-000000000000", "4454572602912349"]),
        (["4.45E+15", "5"], ["row-000000000000", "5"]),
        ([4454572602912349.0, 3501756485200075.0], ["4454572602912349", "3501756485200075"]),
        ([7, "7"], ["7", "7"]),
        ([0, 1], ["0", "1"]),
        (["a\ud800", ["x"]], ["a\ufffd", "['x']"]),
        (pd.Series(["5", "6"], dtype="category"), ["5", "6"]),
        (pd.Series([5, None], dtype="Int64"), ["5", "row-000000000001"]),
    ],
)
def test_ids(given, ids):
    frame = pd.DataFrame({"post_id": given, "text": ["a", "b"]})
    assert frame_ids(frame) == ids
    assert set(rows(frame)) == set(ids)


def test_rows_that_share_an_id_are_one_post():
    frame = pd.DataFrame({"post_id": ["1", "1"], "text": ["旧", "新"]})
    assert frame_ids(frame) == ["1", "1"]
    assert rows(frame)["1"]["text"] == "新"


def test_what_is_no_string_is_a_missing_text():
    frame = pd.DataFrame({"text": ["早", None, float("nan"), 3, pd.NA, "x\ud800"]})
    texts = [row["text"] for row in rows(frame).values()]
    assert texts == ["早", None, None, None, None, "x\ufffd"]


@pytest.mark.parametrize(
    "times",
    [
        ["2020-01-02 11:00:00", None],
        [dt.datetime(2020, 1, 2, 11), None],
        [dt.datetime(2020, 1, 2, 3, tzinfo=dt.UTC), None],
        pd.to_datetime(pd.Series(["2020-01-02 11:00:00", None])),
        pd.to_datetime(pd.Series(["2020-01-02 03:00:00", None])).dt.tz_localize("UTC"),
        [1577934000, None],
        [1577934000000, None],
        [1577934000.0, float("nan")],
        ["1577934000", "soon"],
    ],
)
def test_times(times):
    first, second = rows(pd.DataFrame({"text": ["a", "b"], "created_at": times})).values()
    assert first["created_at"].isoformat() == "2020-01-02T03:00:00+00:00"
    assert second["created_at"] is None


def test_a_table_numbered_from_zero():
    frame = pd.DataFrame(
        {"post_id": [0, 1], "parent_id": [-1, 0], "user_id": [0, 0], "text": ["a", "b"]}
    )
    found = rows(frame)
    assert found["1"]["parent_id"] == "0"
    assert found["0"]["user_id"] == found["1"]["user_id"] is not None


def test_a_frame_without_rows():
    frame = pd.DataFrame({"text": []})
    assert frame_ids(frame) == []
    assert dump_from_frame(frame).rows("posts") == 0


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"txt": ["a"]}), "the frame has no column 'text'; did you mean 'txt'"),
        (pd.DataFrame({1: ["a"]}), "no column 'text'; Known: '1'"),
        (pd.DataFrame(), "no column 'text'; Known: none"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "more than one column 'text'"),
        (
            pd.DataFrame([["a", 1, 2]], columns=["text", "user_id", "user_id"]),
            "more than one column 'user_id'",
        ),
    ],
)
def test_frames_that_cannot_be_read(frame, message):
    with pytest.raises(DumpError, match=message):
        dump_from_frame(frame)


def test_the_output_is_written_and_what_is_no_dump_is_not_replaced(tmp_path):
    frame = pd.DataFrame({"text": ["a"]})
    assert dump_from_frame(frame, tmp_path / "out").folder == tmp_path / "out"
    assert dump_from_frame(frame, tmp_path / "out").rows("posts") == 1
    with pytest.raises(DumpError, match="a folder with other files"):
        dump_from_frame(frame, tmp_path)


anything = st.one_of(
    st.none(),
    st.integers(-2, 3),
    st.floats(),
    st.text(max_size=9),
    st.binary(max_size=2),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(["4.45E+15", "ImTGkcdDn", "4454572602912349", "0", "-1", "nan", "1.0"]),
)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(*[anything] * 6), min_size=1, max_size=7))
def test_every_row_of_any_frame_is_in_the_dump(values):
    names = ["text", "post_id", "user_id", "parent_id", "root_id", "created_at"]
    frame = pd.DataFrame({name: [row[i] for row in values] for i, name in enumerate(names)})
    found, ids = rows(frame), frame_ids(frame)
    assert len(ids) == len(frame)
    assert {row["post_id"] for row in found.values() if row["status"] != "placeholder"} == set(ids)


def test_many_rows_whose_ids_look_damaged_in_part_only():
    ids = [f"44545726029{i:05d}" for i in range(60_000)]
    ids[:50_000] = [f"44545726{i:07d}0" for i in range(50_000)]
    frame = pd.DataFrame({"post_id": ids, "text": np.repeat("早", 60_000)})
    assert set(frame_ids(frame)) == set(rows(frame))
