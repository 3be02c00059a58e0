"""CSV of dataabc/weiboSpider: one file a user; the header comes again at every run.

A repost is one string, ``reason / 原始用户: name / 转发内容: text``; the id of the reposted post
is not kept, so it is named by its author and text here. ``无`` stands for nothing (FORMATS 2.2).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest.cells import file_author, plan, split
from gnn_emotion.ingest.delimited import Convert, header_of, records, same_width
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-spider"

_POST = {
    "post_id": "微博id",
    "text": "微博正文",
    "images": "原始图片url",
    "_source_images": "被转发微博原始图片url",
    "_original": "是否为原创微博",
    "videos": "微博视频url",
    "location": "发布位置",
    "created_at": "发布时间",
    "device": "发布工具",
    "like_count": "点赞数",
    "repost_count": "转发数",
    "comment_count": "评论数",
}
_NOTHING = "无"
_REPOST = re.compile(
    r"(?:转发理由[:：])?(?P<own>.*?)\n(?:原始用户[:：] ?(?P<name>[^\n]*)\n)?"
    r"转发内容[:：] ?(?P<text>.*)",
    re.DOTALL,
)


def sniff(source: Source, head: bytes) -> float:
    """Recognise the header."""
    names = set(header_of(head))
    return 1.0 if {"微博id", "微博正文", "原始图片url"} <= names else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the posts, and the posts that they repost as embedded records.

    The author is in the file name and the nickname in the folder name.
    """
    author, nickname = file_author(source)

    def bind(header: list[str]) -> Convert:
        pick = plan(header, _POST)

        def convert(row: int, cells: list[str]) -> list[Record]:
            values = pick(cells)
            values.update(user_id=author, user_name=nickname)
            return post(row, values)

        return same_width(header, convert)

    return records(source, bind)


def post(row: int, values: dict[str, Any]) -> list[Record]:
    """Make the records of a post from its cells; those of a repost are taken apart.

    Args:
        row: number of the row.
        values: cells by raw column, and ``_original`` ("True", "False") and ``_source_images``
            where the file has them.
    """
    values = {name: None if cell == _NOTHING else cell for name, cell in values.items()}
    source_images = split(values.pop("_source_images", None))
    values["images"] = split(values.get("images"))
    values["videos"] = split(values.get("videos"), ";")
    if not (values["post_id"] or "").isdigit():
        values["bid"], values["post_id"] = values["post_id"], None
    original = values.pop("_original", None)
    found = _REPOST.match(values["text"] or "") if original != "True" else None
    values["kind"] = "original" if found is None and original != "False" else "repost"
    own = Record("posts", row, values)
    if found is None:
        return [own]
    values["text"] = found["own"].strip()
    source = _source_post(found, values.get("bid") or values["post_id"] or "")
    values["parent_id"] = values["root_id"] = source["post_id"]
    source["images"] = source_images
    return [own, Record("posts", row, source, embedded=True)]


def _source_post(found: re.Match[str], reposted_by: str) -> dict[str, Any]:
    """Make the reposted post; its id is a hash, since the file has none.

    All deleted posts have the same text, so one of them is told from the others by the post
    that reposts it.
    """
    name, text = (found["name"] or "").strip() or None, found["text"].strip()
    key = f"{name}\n{text}" if name else f"deleted\n{reposted_by}"
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return {
        "post_id": f"source-{digest[:16]}",
        "user_name": name,
        "text": text,
        "kind": "original",
        "deleted": name is None,
    }
