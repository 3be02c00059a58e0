"""CSV of dataabc/weibo-search: one file a keyword.

Its columns only ever grew at the end (17, then 18 with ip, then 21), and the header is not
written again after an update: a row is read by its own length, whatever the header says. A
repost has ``retweet_id``; the post that it reposts is a row of its own (FORMATS 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator

from gnn_emotion.ingest.cells import pad, plan, split
from gnn_emotion.ingest.delimited import Convert, header_of, quarantine, records
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-search"

_COLUMNS = [
    "id",
    "bid",
    "user_id",
    "用户昵称",
    "微博正文",
    "头条文章url",
    "发布位置",
    "艾特用户",
    "话题",
    "转发数",
    "评论数",
    "点赞数",
    "发布时间",
    "发布工具",
    "微博图片url",
    "微博视频url",
    *["retweet_id", "ip", "user_authentication", "会员类型", "会员等级"],
]
_WIDTHS = (17, 18, 19, 21)
_POST = {
    "post_id": "id",
    "bid": "bid",
    "user_id": "user_id",
    "user_name": "用户昵称",
    "text": "微博正文",
    "location": "发布位置",
    "mentions": "艾特用户",
    "topics": "话题",
    "repost_count": "转发数",
    "comment_count": "评论数",
    "like_count": "点赞数",
    "created_at": "发布时间",
    "device": "发布工具",
    "images": "微博图片url",
    "videos": "微博视频url",
    "parent_id": "retweet_id",
    "_ip": "ip",
    "_verified": "user_authentication",
}


def sniff(source: Source, head: bytes) -> float:
    """Recognise the header by two columns that no other crawler has together."""
    names = set(header_of(head))
    return 1.0 if {"id", "微博正文", "艾特用户"} <= names else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the posts; where the row says how its author is verified, an embedded user too."""

    def bind(header: list[str]) -> Convert:
        grown = header == _COLUMNS[: len(header)]
        names = _COLUMNS if grown else header
        widths = _WIDTHS if grown else (len(header),)
        pick = plan(names, _POST)

        def convert(row: int, cells: list[str]) -> list[Record]:
            if len(cells) not in widths:
                expected = " or ".join(map(str, widths))
                return [quarantine(row, f"{len(cells)} cells, expected {expected}", cells)]
            return _post(row, pick(pad(cells, len(names))))

        return convert

    return records(source, bind)


def _post(row: int, values: dict) -> list[Record]:
    verified, ip = values.pop("_verified", None), values.pop("_ip", None)
    values["location"] = values.get("location") or ip
    values["root_id"] = values.get("parent_id")
    values["kind"] = "repost" if values["root_id"] else "original"
    for name in ("images", "topics", "mentions"):
        if values.get(name):
            values[name] = split(values[name])
    values["videos"] = split(values.get("videos"), "\n")  # one url, which may hold commas
    post = Record("posts", row, values)
    if not verified:
        return [post]
    user = {"user_id": values["user_id"], "name": values["user_name"], "verified": verified}
    return [post, Record("users", row, user, embedded=True)]
