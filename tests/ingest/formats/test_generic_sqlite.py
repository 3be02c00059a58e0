from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from gnn_emotion.ingest.formats import generic_sqlite as reader
from gnn_emotion.ingest.records import Source
from gnn_emotion.schema.errors import DumpError

POSTS = [{"id": 1, "content": "好", "user_id": 7}, {"id": 2, "content": "", "user_id": 8}]


def test_synthetic_tables(read_sqlite, monkeypatch):
    monkeypatch.setattr(reader, "_BATCH_ROWS", 1)
    tables = {
        "a_topics": [{"id": 1, "topic_name": "x"}],
        "b_posts": POSTS,
        "c_users": [{"id": 7, "nick_name": "某人", "fans": 5}],
        "d_follows": [{"follower_id": 7, "followed_id": 8}],
    }
    found = read_sqlite(reader, tables)
    assert [(r.table, r.row) for r in found] == [
        ("posts", 1),
        ("posts", 2),
        ("users", 3),
        ("follows", 4),
    ]
    assert (found[0].values["text"], found[1].values["text"]) == ("好", None)
    assert found[0].values["post_id"] == "dump.db:1"
    assert found[2].values["follower_count"] == "5"


def test_mapped(read_sqlite):
    tables = {"other": POSTS, "mine": [{"a": "好", "b": "5"}]}
    (post,) = read_sqlite(reader, tables, columns={"a": "text", "b": "like_count"})
    assert (post.values["text"], post.values["like_count"]) == ("好", "5")


@pytest.mark.parametrize(
    ("tables", "columns", "message"),
    [
        ({"t": [{"a": 1}]}, {}, r"^dump\.db, table 't': no column looks like the text"),
        ({"t": [{"a": 1}], "u": [{"b": 1}]}, {}, r"no table looks like posts.*t \(a\); u \(b\)"),
        ({"t": [{"a": 1}]}, {"x": "text"}, r"no table has the columns 'x'.*t \(a\)"),
    ],
)
def test_no_table(read_sqlite, tables, columns, message):
    with pytest.raises(DumpError, match=message):
        read_sqlite(reader, tables, columns=columns)


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "dump.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE posts (id INTEGER PRIMARY KEY, weibo_id TEXT UNIQUE, content TEXT, "
            "publish_time TEXT, created_at TEXT)"
        )
        row = (1, "4123456789012345", "x" * 500, "2020-01-01", "2021-01-01")
        rows = [(i, f"{int(row[1]) + i}", *row[2:]) for i in range(300)]
        connection.executemany("INSERT INTO posts VALUES (?, ?, ?, ?, ?)", rows)
        connection.commit()
    return Source(path, "dump.db", tmp_path)


def test_a_unique_id_of_weibo_and_the_time_of_the_post(database, read_path):
    first = read_path(reader, database)[0].values
    assert (first["post_id"], first["created_at"]) == ("4123456789012345", "2020-01-01")
    first = read_path(reader, database, columns={"id": "post_id"})[0].values
    assert first["post_id"] == "0"


def test_damage_is_a_row(database, read_path, monkeypatch):
    monkeypatch.setattr(reader, "_BATCH_ROWS", 10)
    data = bytearray(database.path.read_bytes())
    middle = len(data) // 8192 * 4096
    data[middle : middle + 8192] = b"\xff" * 8192
    database.path.write_bytes(data)
    found = read_path(reader, database)
    assert [r.row for r in found] == list(range(1, len(found) + 1))
    assert found[-1].table == "quarantine"
    assert "table 'posts' of dump.db is damaged" in found[-1].values["reason"]
    assert len(found) > 10


@pytest.mark.real_data
def test_real(sample, read_path):
    found = read_path(reader, sample("platform3190/weibo_sentiment.db"))
    assert len(found) == len({r.values["post_id"] for r in found}) == 76
    assert all(len(r.values["post_id"]) == 16 for r in found)
    assert not any(r.values.get("kind") for r in found)
    assert sum(bool(r.values["text"]) for r in found) == 74
