"""MediaCrawler's Weibo tables: posts, comments and creators as CSV, JSON, JSON lines or SQLite.

The files hold the same columns in every form. Since 2026-07 a user has no number but
``creator_hash``, the start of its SHA-256; it is the raw id here, and staging joins it with the
number where another file has that (FORMATS 2.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest import jsonrows, sqlite
from gnn_emotion.ingest.delimited import Convert as ConvertCells
from gnn_emotion.ingest.delimited import header_of, same_width
from gnn_emotion.ingest.delimited import records as delimited_records
from gnn_emotion.ingest.jsonvalues import Keys, as_text, pick
from gnn_emotion.ingest.numbered import Row, refused
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "media-crawler"

_AUTHOR: Keys = {
    "user_id": ("user_id", "creator_hash"),
    "name": "nickname",
    "gender": "gender",
    "crawl_time": "last_modify_ts",
}
_NOTE: Keys = {
    "post_id": "note_id",
    "user_id": ("user_id", "creator_hash"),
    "user_name": "nickname",
    "created_at": ("create_time", "create_date_time"),
    "crawl_time": "last_modify_ts",
    "text": "content",
    "like_count": "liked_count",
    "repost_count": "shared_count",
    "comment_count": "comments_count",
    "location": "ip_location",
}
_COMMENT = _NOTE | {
    "post_id": "comment_id",
    "like_count": "comment_like_count",
    "comment_count": "sub_comment_count",
    "root_id": "note_id",
    "parent_id": "parent_comment_id",
}
del _COMMENT["repost_count"]
_CREATOR = _AUTHOR | {
    "location": "ip_location",
    "description": "desc",
    "follower_count": "fans",
    "following_count": "follows",
}
_MARKS = (
    {"note_id", "content", "note_url", "last_modify_ts"},
    {"comment_id", "note_id", "content", "last_modify_ts"},
    {"nickname", "fans", "follows", "last_modify_ts"},
)
_TABLES = ("weibo_creator", "weibo_note", "weibo_note_comment")


def sniff(source: Source, head: bytes) -> float:
    """Recognise the columns of one of the three tables."""
    if head.startswith(sqlite.MAGIC):
        found = sqlite.tables_of(source.path, head)
        return 1.0 if any(_known(found.get(table, set())) for table in _TABLES) else 0.0
    names = jsonrows.first_object(head).keys() or set(header_of(head))
    return 1.0 if _known(set(names)) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the posts, comments or users; an author is embedded where the file tells of one."""
    with source.path.open("rb") as file:
        head = file.read(1 << 16)
    if head.startswith(sqlite.MAGIC):
        return sqlite.records(source, dict.fromkeys(_TABLES, _rows))
    if jsonrows.is_json(head):
        return jsonrows.records(source, _rows)
    return delimited_records(source, _bind)


def _known(names: set[str]) -> bool:
    return any(marks <= names for marks in _MARKS)


def _bind(header: list[str]) -> ConvertCells:
    def convert(row: int, cells: list[str]) -> list[Record]:
        (found,) = _rows(dict(zip(header, cells, strict=True)))
        return [Record(table, row, values, i > 0) for i, (table, values) in enumerate(found)]

    return same_width(header, convert)


def _rows(value: dict[str, Any]) -> Iterator[Row]:
    if "comment_id" in value:
        yield _with_author(_comment(value), value)
    elif "note_id" in value:
        yield _with_author(pick(value, _NOTE), value)
    elif "fans" in value or "follows" in value:
        yield [("users", pick(value, _CREATOR))]
    else:
        yield refused("neither a post, a comment nor a user", value)


def _comment(value: dict[str, Any]) -> dict[str, Any]:
    values = pick(value, _COMMENT)
    below = values["parent_id"] not in (None, "0", values["post_id"])
    values["parent_id"] = values["parent_id"] if below else values["root_id"]
    values["kind"] = "reply" if below else "comment"
    return values


def _with_author(values: dict[str, Any], value: dict[str, Any]) -> Row:
    gender = as_text(value.get("gender"))
    return [("posts", values), ("users", pick(value, _AUTHOR))] if gender else [("posts", values)]
