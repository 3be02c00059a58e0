"""CSV of dataabc/weibo-crawler: one file a user, read through every version of its header.

The program writes its header once and its rows as the version at hand has them, so that rows of
a newer version stand below an older header; from 2022-04 to 2024-01 it wrote one value more than
its header names (FORMATS 2.1). Every row is therefore laid out by itself: first as the header
says, else as the known version that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gnn_emotion.ingest.cells import Plan, file_author, pad, plan, split
from gnn_emotion.ingest.delimited import Convert, header_of, quarantine, records
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-crawler-csv"

_FLAG = "是否原创"
_TRUE = frozenset({"True", "TRUE"})
_FLAGS = _TRUE | {"False", "FALSE"}
_EDIT = ("是否编辑过", "编辑次数")
_START = ["id", "bid", "正文", "头条文章url", "原始图片url", "视频url"]
_END = ["位置", "日期", "工具", "点赞数", "评论数", "转发数", "话题", "@用户"]
_LIVE = "Live Photo视频url"
#: Columns of a post by version, newest first: 2025-12, 2025-11, 2022-04 or 2024-01, 2020-06, 2019.
_VERSIONS = (
    [*_START, _LIVE, *_END, "完整日期", *_EDIT],
    [*_START, _LIVE, *_END, "完整日期"],
    [*_START, *_END, "完整日期"],
    [*_START, *_END],
    [name for name in _START + _END if name != "头条文章url"],
)
_POST: dict[str, str | tuple[str, ...]] = {
    "post_id": "id",
    "bid": "bid",
    "text": "正文",
    "location": "位置",
    "created_at": "日期",
    "device": "工具",
    "like_count": "点赞数",
    "comment_count": "评论数",
    "repost_count": "转发数",
    "images": "原始图片url",
    "videos": "视频url",
    "_live": _LIVE,
    "_full_date": "完整日期",
    "topics": "话题",
    "mentions": "@用户",
}
_DATE = re.compile(r"\s*\d{4}[-/]\d")
_COUNT = re.compile(r"\s*\d|\s*$")


@dataclass(frozen=True)
class _Layout:
    """Where the values of a row are.

    Attributes:
        names: the columns, in the order of the cells.
        flag: the cell that says whether the post is an original; None where there is none.
        widths: how many cells a row may have.
        own, source: pick the values of the post and of the post that it reposts.
    """

    names: list[str]
    flag: int | None = field(init=False)
    widths: frozenset[int] = field(init=False)
    own: Plan = field(init=False)
    source: Plan = field(init=False)

    def __post_init__(self) -> None:
        flag = self.names.index(_FLAG) if _FLAG in self.names else None
        full, edits = len(self.names), sum("源微博" + name in self.names for name in _EDIT)
        short = full if flag is None else flag + 1
        source = {raw: f"源微博{name}" for raw, name in _POST.items() if isinstance(name, str)} | {
            "user_id": "源用户id",
            "user_name": "源用户昵称",
        }
        object.__setattr__(self, "flag", flag)
        object.__setattr__(self, "widths", frozenset({short, full, full - edits}))
        object.__setattr__(self, "own", plan(self.names[:flag], _POST))
        object.__setattr__(self, "source", plan(self.names, source))

    def fits(self, cells: list[str]) -> bool:
        """Tell by the number of cells and by the flag whether a row is laid out like this."""
        if len(cells) not in self.widths:
            return False
        return self.flag is None or cells[self.flag] in _FLAGS

    def plausible(self, cells: list[str]) -> bool:
        """Tell by its dates and counts whether a row that fits is what it seems."""
        dates = [cells[self.names.index(n)] for n in ("日期", "完整日期") if n in self.names]
        counts = [cells[self.names.index(n)] for n in ("点赞数", "评论数", "转发数")]
        return all(map(_DATE.match, dates)) and all(map(_COUNT.match, counts))


def _with_source(names: list[str]) -> list[str]:
    block = [f"源微博{name}" for name in names if name not in _EDIT]
    return [*names, _FLAG, "源用户id", "源用户昵称", *block]


_KNOWN = [_Layout(_with_source(names)) for names in _VERSIONS] + [_Layout(n) for n in _VERSIONS]


def sniff(source: Source, head: bytes) -> float:
    """Recognise the header, with or without the columns of the reposted post."""
    names = set(header_of(head))
    if not {"id", "正文", "点赞数"} <= names:
        return 0.0
    return 1.0 if {"bid", "@用户"} & names or "源微博id" in names else 0.6


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the posts of a file, and the posts that they repost as embedded records.

    The author is in the file name and the nickname in the folder name.
    """
    author, nickname = file_author(source)

    def bind(header: list[str]) -> Convert:
        layout = _Layout(header)

        def convert(row: int, cells: list[str]) -> list[Record]:
            if layout.fits(cells):
                found = _post(row, layout, cells)
            elif laid := _lay_out(cells):
                found = _post(row, *laid)
            else:
                return [quarantine(row, _reason(cells, header), cells)]
            found[0].values.update(user_id=author, user_name=nickname)
            return found

        return convert

    return records(source, bind)


def _reason(cells: list[str], header: list[str]) -> str:
    return f"{len(cells)} cells; neither the header ({len(header)}) nor a known version fits"


def _lay_out(cells: list[str]) -> tuple[_Layout, list[str]] | None:
    """Find the version that a row was written by, with its analysis by a language model cut out."""
    for layout in _KNOWN:
        if layout.fits(cells) and layout.plausible(cells):
            return layout, cells
    kept = [c for c in cells if not (c.startswith("{'") and c.endswith("}"))]
    return _lay_out(kept) if len(kept) < len(cells) else None


def _post(row: int, layout: _Layout, cells: list[str]) -> list[Record]:
    cells = pad(cells, len(layout.names))
    own = _finish(layout.own(cells))
    post = Record("posts", row, own)
    if layout.flag is None or cells[layout.flag] in _TRUE:
        own["kind"] = "original"
        return [post]
    original = _finish(layout.source(cells))
    own["kind"] = "repost"
    own["parent_id"] = own["root_id"] = original.get("post_id") or original.get("bid")
    if not own["parent_id"]:
        return [post]
    original["kind"] = "original"
    # The site hides the author of a post that is gone, and of nothing else.
    original["deleted"] = not original.get("user_id")
    return [post, Record("posts", row, original, embedded=True)]


def _finish(values: dict[str, Any]) -> dict[str, Any]:
    """Split the lists, and take the exact time where there is one."""
    full, live = values.pop("_full_date", None), values.pop("_live", None)
    if full:
        values["created_at"] = full
    for name in ("images", "topics", "mentions"):
        if values.get(name):
            values[name] = split(values[name])
    if live or values.get("videos"):
        values["videos"] = split(";".join(filter(None, (values.get("videos"), live))), ";")
    return values
