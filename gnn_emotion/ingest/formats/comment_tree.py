"""Comment trees as the Bilibili crawlers write them: ``评论树_<video>_<comment>.csv``.

Every row names its parent comment; 0 is the video itself. Ids may be negative: the crawler cut
them to 32 bits, signed (FORMATS 2.7).
"""

from __future__ import annotations

from collections.abc import Iterator

from gnn_emotion.ingest.cells import plan, row_id
from gnn_emotion.ingest.delimited import Convert, header_of, records, same_width
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "comment-tree"

_COMMENT: dict[str, str | tuple[str, ...]] = {
    "post_id": "评论ID",
    "parent_id": "上级评论ID",
    "root_id": ("视频BV号", "微博ID", "微博id", "帖子ID"),
    "user_id": "用户ID",
    "user_name": "用户名",
    "text": "评论内容",
    "created_at": "评论时间",
    "like_count": "点赞数",
    "comment_count": "回复数",
    "location": ("IP属地", "IP"),
    "_followers": "用户粉丝数",
    "_published": "视频发布日期",
}


def sniff(source: Source, head: bytes) -> float:
    """Recognise a comment with an id, a parent and a text."""
    return 0.95 if {"上级评论ID", "评论ID", "评论内容"} <= set(header_of(head)) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the comments; their authors, and once in a run of rows the video, are embedded.

    Where a file has no column for the post, ``options.post_id`` names it.
    """

    def bind(header: list[str]) -> Convert:
        pick = plan(header, _COMMENT)
        last_root = ""

        def convert(row: int, cells: list[str]) -> list[Record]:
            nonlocal last_root
            values = pick(cells)
            followers, published = values.pop("_followers", None), values.pop("_published", None)
            root = values["root_id"] = values.get("root_id") or options.post_id
            top = (values["parent_id"] or "0").strip() == "0"
            values["parent_id"] = root if top else values["parent_id"]
            values["kind"] = "comment" if top else "reply"
            values["post_id"] = values["post_id"] or row_id(source, row)
            found = [Record("posts", row, values)]
            if values.get("user_id") and followers:
                user = {"user_id": values["user_id"], "name": values.get("user_name")}
                user["follower_count"] = followers
                found.append(Record("users", row, user, embedded=True))
            if root and published and root != last_root:
                last_root = root
                video = {"post_id": root, "created_at": published, "kind": "original"}
                found.append(Record("posts", row, video, embedded=True))
            return found

        return same_width(header, convert)

    return records(source, bind)
