from __future__ import annotations

import pyarrow as pa
import pytest

from gnn_emotion.ingest import batches as module
from gnn_emotion.ingest.batches import batches, strings
from gnn_emotion.ingest.records import RAW, Columns, Record


def posts(count, **values):
    return [Record("posts", i + 1, {"text": str(i), **values}) for i in range(count)]


def test_records_become_all_columns_of_their_table():
    (batch,) = batches(posts(2, images=["a", "b"]))
    assert batch.data.schema == RAW["posts"]
    assert batch.data["text"].to_pylist() == ["0", "1"]
    assert batch.data["images"].to_pylist() == [["a", "b"]] * 2
    assert batch.data["user_id"].null_count == 2
    assert batch.row.to_pylist() == [1, 2]


def test_batches_end_at_a_number_of_records_over_all_tables():
    users = [Record("users", 9, {"user_id": "1"}, embedded=True)]
    found = list(batches([*posts(2), *users, *posts(2)], rows=3))
    assert [(b.table, len(b.row), b.own_rows) for b in found] == [
        ("posts", 2, 2),
        ("users", 1, 0),
        ("posts", 2, 2),
    ]


def test_batches_end_at_a_number_of_characters(monkeypatch):
    monkeypatch.setattr(module, "BATCH_CHARACTERS", 10)
    found = list(batches(posts(4, text="x" * 5)))
    assert [len(b.row) for b in found] == [2, 2]


def test_columns_are_cut_into_batches_and_numbered():
    data = pa.table({"text": pa.array(["a", "b", "c"], pa.large_string())})
    found = list(batches([Columns("posts", 7, data)], rows=2))
    assert [b.row.to_pylist() for b in found] == [[7, 8], [9]]
    assert all(b.data.schema == RAW["posts"] for b in found)


def test_columns_of_long_texts_are_cut_too(monkeypatch):
    monkeypatch.setattr(module, "BATCH_CHARACTERS", 10)
    data = pa.table({"text": ["x" * 6] * 4})
    assert [len(b.row) for b in batches([Columns("posts", 1, data)])] == [1, 1, 1, 1]


def test_nothing_gives_no_batch():
    assert list(batches([])) == []
    assert list(batches([Columns("posts", 1, pa.table({"text": pa.array([], pa.string())}))])) == []


@pytest.mark.parametrize(
    "item",
    [Record("tweets", 1, {}), Record("posts", 1, {"txt": "a"}), Record("users", 1, {"text": 1})],
)
def test_a_reader_that_errs_is_told(item):
    with pytest.raises(ValueError, match="a reader gave"):
        list(batches([item]))


def test_values_of_the_wrong_kind_are_written_as_text():
    values = {"text": 5, "user_id": {"id": 1}, "images": "one", "like_count": 1.5, "deleted": 1}
    (batch,) = batches([Record("posts", 1, values)])
    assert batch.data.select(list(values)).to_pylist() == [
        {
            "text": "5",
            "user_id": '{"id": 1}',
            "images": ["one"],
            "like_count": "1.5",
            "deleted": True,
        }
    ]


def test_what_no_text_can_hold_is_repaired():
    written = ["\ud83d\ude02", "a\ud800b", "a\0b", None, "泪"]
    assert strings(written).to_pylist() == ["😂", "a\ufffdb", "ab", None, "泪"]
