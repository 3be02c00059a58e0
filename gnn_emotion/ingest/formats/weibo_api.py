"""What Weibo itself answers: the open API, m.weibo.cn and weibo.com/ajax, saved as it came.

The answers wrap posts in many ways (``statuses``, ``data.cards[].mblog``, ``data.list``, ...), so
they are walked: an object with an id, a text and a user is a post or a comment wherever it
stands. The reposted original, and what a comment answers, are embedded (FORMATS 2.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest.formats import weibo_api_post as api
from gnn_emotion.ingest.jsonrows import first_object, records
from gnn_emotion.ingest.jsonvalues import child, children, first
from gnn_emotion.ingest.numbered import Row, refused
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-api"

_TEXTS = {"text", "text_raw", "raw_text"}
_IDS = {"id", "idstr", "mid"}
#: Keys that posts have here and in the files of no crawler.
_POST_MARKS = {"mblogid", "retweeted_status", "idstr"}
_COMMENT_MARKS = {"rootid", "floor_number", "reply_comment", "reply_id", "like_counts", "more_info"}


def sniff(source: Source, head: bytes) -> float:
    """Recognise a post in the first answer, or the frame of an answer."""
    answer = first_object(head)
    posts = list(filter(_is_post, _walk(answer)))
    if any(_POST_MARKS & p.keys() or "screen_name" in child(p, "user") for p in posts):
        return 0.9
    return 0.6 if {"ok", "data"} <= answer.keys() else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield posts, comments and profiles; authors and reposted posts are embedded.

    Comments that do not say which post they belong to hang on ``options.post_id``.
    """

    def rows(value: dict[str, Any]) -> Iterator[Row]:
        found = False
        for item in _walk(value):
            found = True
            yield _row(item, options.post_id)
        if not found:
            yield refused("no post, comment or user in this object", value)

    return records(source, rows)


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the posts, comments and users in a value, in order, and answers within comments."""
    if isinstance(value, list):
        for item in value:
            yield from _walk(item)
    elif not isinstance(value, dict):
        return
    elif _is_post(value):
        yield value
        for answer in children(value, "comments"):
            yield from _walk(answer)
    elif _is_user(value):
        yield value
    else:
        for item in value.values():
            yield from _walk(item)


def _is_post(value: dict[str, Any]) -> bool:
    keys = value.keys()
    return bool(_TEXTS & keys and _IDS & keys and {"user", "deleted"} & keys)


def _is_user(value: dict[str, Any]) -> bool:
    return {"id", "screen_name", "followers_count"} <= value.keys()


def _is_comment(value: dict[str, Any]) -> bool:
    keys = value.keys()
    return "status" in keys or bool(_COMMENT_MARKS & keys and "reposts_count" not in keys)


def _row(value: dict[str, Any], post_id: str | None) -> Row:
    if not _is_post(value):
        return [("users", api.user(value))]
    if _is_comment(value):
        return _comment(value, post_id)
    return _post(value)


def _post(value: dict[str, Any]) -> Row:
    values = api.post(value)
    row = _with_author(values, value)
    original = child(value, "retweeted_status")
    values["kind"] = "repost" if original else "original"
    if original:
        values["root_id"] = api.post_id(original)
        nearer = first(value, "pidstr", "pid") or ""
        believed = nearer.isdigit() and len(nearer) >= api.ID_DIGITS
        values["parent_id"] = nearer if believed else values["root_id"]
        row += _with_author(api.post(original) | {"kind": "original"}, original)
    return row


def _comment(value: dict[str, Any], post_id: str | None) -> Row:
    values = api.post(value)
    row = _with_author(values, value)
    status, answered = child(value, "status"), child(value, "reply_comment")
    root = values["root_id"] = api.post_id(status) or post_id
    thread = first(value, "rootidstr", "rootid")
    below = first(value, "reply_id") or api.post_id(answered)
    if below in (None, "0", values["post_id"]):
        below = thread if thread not in (None, "0", values["post_id"]) else None
    values["parent_id"] = below or root
    values["kind"] = "reply" if below else "comment"
    if _is_post(status):
        row += _post(status)
    if _is_post(answered):
        row += _with_author(api.post(answered) | {"kind": "comment", "root_id": root}, answered)
    return row


def _with_author(values: dict[str, Any], value: dict[str, Any]) -> Row:
    author = child(value, "user")
    return [("posts", values), ("users", api.user(author))] if author else [("posts", values)]
