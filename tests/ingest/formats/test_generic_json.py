from __future__ import annotations

import json

import pytest

from gnn_emotion.ingest.formats import generic_json as reader
from gnn_emotion.ingest.formats import generic_table
from gnn_emotion.ingest.records import ReadOptions, Source
from gnn_emotion.schema.errors import DumpError


def test_synthetic_objects(read_json):
    rows = [
        {"mid": 4123456789012345, "content": "好", "time": "2020-01-01", "images": ["a", "b"]},
        {"mid": 4123456789012346, "content": None, "likes": 1.0, "images": "c.jpg,d.jpg"},
    ]
    first, second = read_json(reader, rows)
    assert (first.row, first.values["post_id"]) == (1, "4123456789012345")
    assert first.values["images"] == ["a", "b"]
    assert (second.values["text"], second.values["like_count"]) == (None, "1")
    assert second.values["images"] == ["c.jpg", "d.jpg"]


def test_inner_objects_are_flattened(read_json):
    rows = [{"text": "好", "user": {"id": "7", "name": "某人"}, "user_id": "8", "geo": {}}]
    (post,) = read_json(reader, rows)
    assert (post.values["user_id"], post.values["user_name"]) == ("8", "某人")
    (post,) = read_json(reader, [{"text": "好", "user": {"id": "7"}}])
    assert post.values["user_id"] == "7"


@pytest.mark.parametrize("key", ["RECORDS", "data", "comments"])
def test_wrappers(read_json, key):
    rows = [{"content": "好"}, {"content": "坏"}]
    found = read_json(reader, {"total": 2, key: rows})
    assert [r.values["text"] for r in found] == ["好", "坏"]


def test_a_post_with_a_list_is_no_wrapper(read_json):
    (post,) = read_json(reader, {"content": "好", "tags": [{"name": "x"}]})
    assert post.values["text"] == "好"


def test_exported_from_mongo(read_json):
    row = {"_id": {"$oid": "5f"}, "content": "好", "user_id": {"$numberLong": "7"}}
    (post,) = read_json(reader, [row], "a.jsonl")
    assert (post.values["post_id"], post.values["user_id"]) == ("5f", "7")


def test_mapped(read_json):
    rows = [{"a": "好", "b": {"c": "7"}}]
    (post,) = read_json(reader, rows, columns={"a": "text", "b_c": "user_id"})
    assert (post.values["text"], post.values["user_id"]) == ("好", "7")


def test_every_row_of_a_damaged_file_is_accounted_for(tmp_path, read_path, monkeypatch):
    monkeypatch.setattr(reader, "_BATCH_ROWS", 2)
    good = [json.dumps({"content": str(i)}) for i in range(7)]
    lines = [*good[:3], "bad", "5", *good[3:], '{"content": "cut']
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read_path(reader, Source(path, "a.jsonl", tmp_path))
    assert [r.row for r in found] == list(range(1, 11))
    assert [r.row for r in found if r.table == "quarantine"] == [4, 5, 10]
    assert [r.values["text"] for r in found if r.table == "posts"] == list("0123456")
    assert found[4].values["reason"] == "not a JSON object"


def test_keys_that_come_later(read_json, monkeypatch):
    monkeypatch.setattr(reader, "_BATCH_ROWS", 1)
    found = read_json(reader, [{"content": "x"}, {"likes": "5", "content": "y"}, {"content": "z"}])
    assert [r.values.get("like_count") for r in found] == [None, "5", None]


def test_the_same_rows_as_a_table(read_json, read_table):
    header = ["id", "content", "time", "user_id", "fans", "weibo_id"]
    table = [
        [str(i), f"文{i}", "2020-01-01", "7", "9", str(4123456789012345 + i)] for i in range(9)
    ]
    as_table = read_table(generic_table, [header, *table], "a.csv")
    as_json = read_json(reader, [dict(zip(header, row, strict=True)) for row in table], "a.csv")
    for record in as_table:
        record.row -= 1  # the header is a row of a table
    assert as_json == as_table


def test_no_text(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1}]')
    source = Source(path, "a.json", tmp_path)
    assert 0 < reader.sniff(source, path.read_bytes()) < 0.2
    with pytest.raises(DumpError, match=r"^a\.json: no column looks like the text.*--map"):
        list(reader.read(source, ReadOptions()))


@pytest.mark.real_data
def test_real_file_without_posts(sample, read_path):
    with pytest.raises(DumpError, match="no column looks like the text of a post"):
        read_path(reader, sample("2yd_mweibo_json/data_7454177482.json"))
