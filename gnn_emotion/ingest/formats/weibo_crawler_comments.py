"""Comment CSV of dataabc/weibo-crawler: the post is named, the author's id is not (FORMATS 2.1)."""

from __future__ import annotations

from collections.abc import Iterator

from gnn_emotion.ingest.cells import plan, split
from gnn_emotion.ingest.delimited import Convert, header_of, records, same_width
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-crawler-comments"

_COMMENT = {
    "post_id": "id",
    "root_id": "weibo_id",
    "created_at": "created_at",
    "user_name": "user_screen_name",
    "text": "text",
    "images": "pic_url",
    "like_count": "like_count",
}


def sniff(source: Source, head: bytes) -> float:
    """Recognise the header."""
    return 1.0 if {"id", "weibo_id", "user_screen_name", "text"} <= set(header_of(head)) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the comments, each below its post: whom it answers is not kept."""

    def bind(header: list[str]) -> Convert:
        pick = plan(header, _COMMENT)

        def convert(row: int, cells: list[str]) -> list[Record]:
            values = pick(cells)
            values["parent_id"] = values["root_id"]
            values["images"] = split(values.get("images"))
            return [Record("posts", row, values | {"kind": "comment"})]

        return same_width(header, convert)

    return records(source, bind)
