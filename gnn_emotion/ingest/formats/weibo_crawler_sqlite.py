"""SQLite of dataabc: ``weibodata.db`` of weibo-crawler and ``weibo.db`` of weibo-search.

A reposted post is a row of its own, named by ``retweet_id``. Comments name the comment that their
thread starts with, not the one they answer; reposts were cut by the program at their first ``//``
(FORMATS 2.1, 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest import sqlite
from gnn_emotion.ingest.cells import split
from gnn_emotion.ingest.formats.weibo_crawler_json import POST, finish
from gnn_emotion.ingest.jsonvalues import Keys, pick
from gnn_emotion.ingest.numbered import Row
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-crawler-sqlite"

_POST = POST | {"location": ("location", "ip"), "parent_id": "retweet_id"}
_USER: Keys = {
    "user_id": "id",
    "name": "nick_name",
    "gender": "gender",
    "location": ("location", "ip_location"),
    "description": "bio",
    "follower_count": "follower_count",
    "following_count": "follow_count",
    "registered_at": "reg_date",
}
_REACTION = {
    "post_id": "id",
    "bid": "bid",
    "user_id": "user_id",
    "user_name": "user_screen_name",
    "created_at": "created_at",
    "text": "text",
    "like_count": "like_count",
    "root_id": "weibo_id",
    "_thread": "root_id",
    "images": "pic_url",
}


def sniff(source: Source, head: bytes) -> float:
    """Recognise the table of posts, or that of comments or reposts."""
    tables = sqlite.tables_of(source.path, head)
    if {"bid", "text", "attitudes_count", "retweet_id"} <= tables.get("weibo", set()):
        return 1.0
    reactions = tables.get("comments", set()) | tables.get("reposts", set())
    return 0.9 if {"weibo_id", "user_screen_name", "text"} <= reactions else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the users, posts, comments and reposts."""
    tables = {"user": _user, "weibo": _weibo, "comments": _comment, "reposts": _repost}
    return sqlite.records(source, tables)


def _user(row: dict[str, Any]) -> Iterator[Row]:
    yield [("users", pick(row, _USER))]


def _weibo(row: dict[str, Any]) -> Iterator[Row]:
    values = finish(pick(row, _POST))
    values["root_id"] = values["parent_id"]
    values["kind"] = "repost" if values["parent_id"] else "original"
    post: Row = [("posts", values)]
    if verified := row.get("user_authentication"):
        user = {"user_id": values["user_id"], "name": values["user_name"], "verified": verified}
        post.append(("users", user))
    yield post


def _comment(row: dict[str, Any]) -> Iterator[Row]:
    values = pick(row, _REACTION)
    values["images"] = split(values["images"])
    thread = values.pop("_thread")
    below = thread not in (None, "0", values["post_id"])
    values["parent_id"] = thread if below else values["root_id"]
    values["kind"] = "reply" if below else "comment"
    yield [("posts", values)]


def _repost(row: dict[str, Any]) -> Iterator[Row]:
    values = pick(row, _REACTION)
    values["images"] = split(values["images"])
    del values["_thread"]
    values["parent_id"] = values["root_id"]
    yield [("posts", values | {"kind": "repost"})]
