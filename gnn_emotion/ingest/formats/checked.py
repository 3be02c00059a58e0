"""CHECKED: one JSON file a post, its comments and reposts inside, all ids hashed.

Comments and reposts do not name what they answer, so all hang on the post (FORMATS 2.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest.jsonrows import first_object, records
from gnn_emotion.ingest.jsonvalues import as_text, as_texts, children, first, pick
from gnn_emotion.ingest.numbered import Row, refused
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "checked"

_POST = {
    "post_id": "id",
    "user_id": "user_id",
    "created_at": "date",
    "text": "text",
    "like_count": "like_num",
    "repost_count": "repost_num",
    "comment_count": "comment_num",
}
_KINDS = {"comments": "comment", "reposts": "repost"}


def sniff(source: Source, head: bytes) -> float:
    """Recognise the keys of a post."""
    keys = {"id", "user_id", "text", "comment_num", "repost_num", "comments"}
    return 1.0 if keys <= first_object(head).keys() else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the post, its comments and its reposts, each as a row."""
    return records(source, _rows)


def _rows(value: dict[str, Any]) -> Iterator[Row]:
    root = first(value, "id")
    if root is None:
        yield refused("no id in this object", value)
        return
    yield _post(value, "original", None)
    for key, kind in _KINDS.items():
        for reaction in children(value, key):
            if isinstance(reaction, dict):
                yield _post(reaction, kind, root)
            else:
                yield refused("not a JSON object", reaction)


def _post(value: dict[str, Any], kind: str, root: str | None) -> Row:
    values = pick(value, _POST) | {"kind": kind, "parent_id": root, "root_id": root}
    if kind == "comment" and values["text"]:
        values["text"] = values["text"].removeprefix("：")  # what stood between author and text
    values["images"] = _urls(value.get("pic_url"))
    values["videos"] = _urls(value.get("video_url"))
    return [("posts", values)]


def _urls(value: Any) -> list[str] | None:
    url = as_text(value)
    return [url] if url else as_texts(value)
