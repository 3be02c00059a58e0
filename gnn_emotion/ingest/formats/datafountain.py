"""The DataFountain contest of 2020 on Weibo posts about the epidemic: GB18030, Excel's ids.

Six columns, and the label -1, 0 or 1 in a seventh in the training files. Pictures and videos are
lists as Python prints them; times have no year (FORMATS 2.0, 2.8).
"""

from __future__ import annotations

from collections.abc import Iterator

from gnn_emotion.ingest.cells import literal_list, plan
from gnn_emotion.ingest.delimited import Convert, header_of, records, same_width
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "datafountain"

_POST = {
    "post_id": "微博id",
    "created_at": "微博发布时间",
    "user_name": "发布人账号",
    "text": "微博中文内容",
    "images": "微博图片",
    "videos": "微博视频",
    "label": "情感倾向",
}
#: The contest's numbers; as positions of the label set they would mean something else.
_LABELS = {"-1": "negative", "0": "neutral", "1": "positive"}


def sniff(source: Source, head: bytes) -> float:
    """Recognise the header by the one column that only this contest has."""
    return 1.0 if "微博中文内容" in header_of(head) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the posts, with their polarity where the file has it."""

    def bind(header: list[str]) -> Convert:
        pick = plan(header, _POST)

        def convert(row: int, cells: list[str]) -> list[Record]:
            values = pick(cells)
            values["images"] = literal_list(values.get("images"))
            values["videos"] = literal_list(values.get("videos"))
            if label := values.get("label"):
                values["label"] = _LABELS.get(label.strip(), label)
                values["label_set"] = "polarity3"
            return [Record("posts", row, values)]

        return same_width(header, convert)

    return records(source, bind)
