from __future__ import annotations

import hashlib

import pytest

from gnn_emotion.ingest.formats import media_crawler as reader

NOTE = {
    "note_id": "4123456789012345",
    "content": "好",
    "create_time": "1666166067",
    "create_date_time": "2022-10-19 15:54:27+08:00",
    "liked_count": "1",
    "comments_count": "2",
    "shared_count": "3",
    "last_modify_ts": "1666866139000",
    "note_url": "https://m.weibo.cn/detail/4123456789012345",
    "ip_location": "北京",
    "user_id": "7",
    "nickname": "某人",
    "gender": "f",
}
HASH = hashlib.sha256(b"7").hexdigest()[:16]
HASHED = {k: v for k, v in NOTE.items() if k not in ("user_id", "gender", "ip_location")}
HASHED |= {"creator_hash": HASH, "nickname": "张***三"}
COMMENT = {
    "comment_id": "11",
    "create_time": "1666166068",
    "note_id": "4123456789012345",
    "content": "也好",
    "sub_comment_count": "1",
    "comment_like_count": "5",
    "last_modify_ts": "1666866139000",
    "parent_comment_id": "",
    "creator_hash": HASH,
    "nickname": "张***三",
}
CREATOR = {"user_id": "7", "nickname": "某人", "gender": "Female", "desc": "x", "follows": "3"}
CREATOR |= {"fans": "4", "tag_list": "", "last_modify_ts": "1666866139000"}


@pytest.fixture(params=["csv", "json", "jsonl", "sqlite"])
def read(request, read_table, read_json, read_sqlite):
    """Read objects of one kind in each form that the program writes."""

    def run(table, rows):
        if request.param == "csv":
            cells = [list(rows[0]), *(list(row.values()) for row in rows)]
            return read_table(reader, cells, f"search_{table}.csv")
        if request.param == "sqlite":
            return read_sqlite(reader, {table: rows})
        return read_json(reader, rows, f"search_{table}.{request.param}")

    return run


def test_synthetic_posts(read):
    post, user = read("weibo_note", [NOTE])
    values = post.values
    assert (values["post_id"], values["user_id"]) == ("4123456789012345", "7")
    assert (values["created_at"], values["crawl_time"]) == ("1666166067", "1666866139000")
    counts = ("like_count", "comment_count", "repost_count")
    assert [values[name] for name in counts] == ["1", "2", "3"]
    assert (user.embedded, user.values["user_id"], user.values["gender"]) == (True, "7", "f")


def test_synthetic_posts_since_users_are_hashed(read):
    (post,) = read("weibo_note", [HASHED])
    assert (post.values["user_id"], post.values["user_name"]) == (HASH, "张***三")


def test_synthetic_comments(read):
    rows = [
        COMMENT,
        COMMENT | {"comment_id": "12", "parent_comment_id": "11"},
        COMMENT | {"comment_id": "13", "parent_comment_id": "13"},
        COMMENT | {"comment_id": "14", "parent_comment_id": "0"},
    ]
    found = [r.values for r in read("weibo_note_comment", rows)]
    note = NOTE["note_id"]
    assert [(v["kind"], v["parent_id"], v["root_id"]) for v in found] == [
        ("comment", note, note),
        ("reply", "11", note),
        ("comment", note, note),
        ("comment", note, note),
    ]
    assert (found[0]["like_count"], found[0]["comment_count"]) == ("5", "1")


def test_synthetic_creators(read):
    (user,) = read("weibo_creator", [CREATOR])
    assert not user.embedded
    values = user.values
    assert (values["following_count"], values["follower_count"]) == ("3", "4")
    assert values["description"] == "x"


def test_older_comments_have_no_parent(read_json):
    old = {k: v for k, v in COMMENT.items() if k not in ("parent_comment_id", "creator_hash")}
    (post,) = read_json(reader, [old | {"user_id": "7"}], "comments.jsonl")
    assert (post.values["kind"], post.values["user_id"]) == ("comment", "7")


def test_damaged_rows(read_table, read_json):
    found = read_table(reader, [list(NOTE), ["1", "2"]])
    assert found[0].values["reason"] == f"2 cells, expected {len(NOTE)}"
    found = read_json(reader, [HASHED, {"a": 1}], "a.jsonl")
    assert [r.table for r in found] == ["posts", "quarantine"]


def test_other_platforms_of_the_program():
    assert reader.sniff(None, b'{"note_id": "1", "title": "x", "desc": "y"}') == 0
    assert reader.sniff(None, b"note_id,title,desc,last_modify_ts\n") == 0
