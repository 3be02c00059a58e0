"""Counting what a Dump holds; all dumps here are synthetic."""

from __future__ import annotations

import pytest

from gnn_emotion.ingest.inspect import format_inspection, inspect_dump
from gnn_emotion.ingest.read import read_dump
from gnn_emotion.ingest.records import Record


def post(post_id, text="早", **values):
    return Record("posts", 1, {"post_id": post_id, "text": text, **values})


RECORDS = [
    post(
        "1", "早上好", user_id="11", created_at="2020-01-02 08:00:00", images=["http://x.cn/a.jpg"]
    ),
    post("2", "好", user_id="12", parent_id="1", root_id="1", created_at="2020-01-03 08:00:00"),
    post("3", "嗯", user_id="11", parent_id="2", root_id="1", kind="comment"),
    post("4", "回复@甲:是", parent_id="9", kind="reply"),
    post("5", "抱歉，此微博已被作者删除。"),
    post("1", "早上好", user_id="11"),
    post(None, None),
    Record("users", 2, {"user_id": "11", "name": "甲"}),
    Record("follows", 3, {"follower_id": "11", "followed_id": "12"}),
    Record("follows", 4, {"follower_id": "12"}),
]


@pytest.fixture
def found(make_dump):
    return inspect_dump(make_dump(RECORDS))


def test_rows_kinds_and_statuses_are_counted(found):
    assert found["rows"]["posts"] == 6
    assert found["rows"]["users"] == 2
    assert found["kinds"] == {"comment": 1, "original": 3, "reply": 1, "repost": 1}
    assert found["statuses"] == {"deleted": 1, "ok": 4, "placeholder": 1}
    assert found["media"] == {"image": 1}
    assert found["merged"] == 1
    assert found["rows_read"] == len(RECORDS)


def test_dates_are_in_utc_and_placeholders_have_none_to_miss(found):
    assert (found["first"], found["last"]) == ("2020-01-02T00:00:00Z", "2020-01-03T00:00:00Z")
    assert found["undated"] == 3


def test_edges_are_counted_by_type(found):
    assert found["edges"] == {
        "replies_to": 2,
        "reposts": 1,
        "in_thread": 3,
        "writes": 3,
        "mentions": 1,
        "follows": 1,
        "has_image": 1,
        "has_video": 0,
    }


def test_an_orphan_answers_what_was_not_read(found):
    assert found["orphan_share"] == pytest.approx(1 / 3)


def test_reasons_of_the_quarantine_are_counted(found):
    assert sum(found["quarantine"].values()) == 2


def test_a_dump_without_answers_has_no_orphans(make_dump):
    found = inspect_dump(make_dump([post("1")]))
    assert found["orphan_share"] == 0
    assert (found["first"], found["last"], found["undated"]) == (None, None, 1)
    assert "dates       none, 1 posts undated" in format_inspection(found)


def test_the_lines_name_every_fact(found):
    lines = format_inspection(found).splitlines()
    assert "kinds       comment 1, original 3, reply 1, repost 1" in lines
    assert "read        10 rows, 1 merged into others" in lines
    assert "dates       2020-01-02T00:00:00Z to 2020-01-03T00:00:00Z, 3 posts undated" in lines
    assert "orphans     33.3% of the posts that answer another one" in lines


def test_skipped_files_are_named_and_long_reasons_cut(tmp_path):
    (tmp_path / "it's.csv").write_text("text\n早\n", encoding="utf-8")
    (tmp_path / "a.bin").write_bytes(b"\0\1")
    found = inspect_dump(read_dump(tmp_path, progress=False))
    assert found["skipped"] == {"a.bin": "not a known format; looks binary"}
    assert "skipped     a.bin: not a known format; looks binary" in format_inspection(found)
    found["skipped"]["a.bin"] = "x" * 999
    assert max(map(len, format_inspection(found).splitlines())) < 200


def test_a_quote_in_the_path_of_a_dump_is_no_obstacle(tmp_path):
    (tmp_path / "a.csv").write_text("text\n早\n", encoding="utf-8")
    dump = read_dump(tmp_path / "a.csv", tmp_path / "it's a dump", progress=False)
    assert inspect_dump(dump)["rows"]["posts"] == 1
