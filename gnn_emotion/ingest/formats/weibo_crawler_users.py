"""users.csv of dataabc/weibo-crawler: one profile a row.

The program rewrites its lines by splitting them at every comma, which tears a description that
holds one: such a row is longer than the header and is put together again (FORMATS 2.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from gnn_emotion.ingest.cells import plan
from gnn_emotion.ingest.delimited import Convert, header_of, quarantine, records
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-crawler-users"

_USER: dict[str, str | tuple[str, ...]] = {
    "user_id": "用户id",
    "name": "昵称",
    "gender": "性别",
    "location": ("所在地", "IP属地"),
    "description": "简介",
    "verified": "是否认证",
    "follower_count": "粉丝数",
    "following_count": "关注数",
    "post_count": "微博数",
    "registered_at": "注册时间",
}
_COUNTS = ("微博数", "粉丝数", "关注数")


def sniff(source: Source, head: bytes) -> float:
    """Recognise the header."""
    return 1.0 if {"用户id", "昵称", "阳光信用", "粉丝数"} <= set(header_of(head)) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the users."""

    def bind(header: list[str]) -> Convert:
        pick = plan(header, _USER)

        def convert(row: int, cells: list[str]) -> list[Record]:
            whole = _mend(cells, header)
            if whole is None:
                reason = f"{len(cells)} cells, expected {len(header)}"
                return [quarantine(row, reason, cells)]
            return [Record("users", row, pick(whole))]

        return convert

    return records(source, bind)


def _mend(cells: list[str], header: list[str]) -> list[str] | None:
    """Join a description that was torn at its commas; None if the row does not come out right.

    The check: the counts before the description are numbers, the home page behind it is a URL.
    """
    extra = len(cells) - len(header)
    if extra == 0:
        return cells
    if extra < 0 or not {"简介", "主页", *_COUNTS} <= set(header):
        return None
    torn = header.index("简介")
    whole = [*cells[:torn], ",".join(cells[torn : torn + extra + 1]), *cells[torn + extra + 1 :]]
    numbers = all(whole[header.index(name)][:1].isdigit() for name in _COUNTS)
    return whole if numbers and whole[header.index("主页")].startswith("http") else None
