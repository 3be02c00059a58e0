"""The Scrapy and Mongo generation of crawlers, its collections exported to CSV.

Tweets, Information, Comments and Relationships (FORMATS 2.4, end); which one a file holds is told
by its columns. Exports often drop ``_id``; ``null`` stands for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest.cells import plan, row_id
from gnn_emotion.ingest.delimited import Convert, header_of, records, same_width
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "old-weibo-spider"

_TWEET: dict[str, str | tuple[str, ...]] = {
    "post_id": ("_id", "id"),
    "user_id": "user_id",
    "text": "content",
    "created_at": "created_at",
    "crawl_time": "crawl_time",
    "like_count": "like_num",
    "repost_count": "repost_num",
    "comment_count": "comment_num",
    "device": "tool",
    "images": "image_url",
    "videos": "video_url",
    "location": "location_map_info",
    "parent_id": "origin_weibo",
    "label": "manually_label",
}
_COMMENT: dict[str, str | tuple[str, ...]] = {
    "post_id": "_id",
    "user_id": "comment_user_id",
    "parent_id": "weibo_url",
    "text": "content",
    "created_at": "created_at",
    "crawl_time": "crawl_time",
    "like_count": "like_num",
}
_USER: dict[str, str | tuple[str, ...]] = {
    "user_id": "_id",
    "name": "nick_name",
    "gender": "gender",
    "_province": "province",
    "_city": "city",
    "description": "brief_introduction",
    "verified": "authentication",
    "follower_count": "fans_num",
    "following_count": "follows_num",
    "post_count": "tweets_num",
    "crawl_time": "crawl_time",
}
#: In this generation ``fan_id`` is the one who follows.
_FOLLOW: dict[str, str | tuple[str, ...]] = {"follower_id": "fan_id", "followed_id": "follower_id"}
_LABELS = {"-1": "negative", "0": "neutral", "1": "positive"}


def _kind(names: set[str]) -> str | None:
    if {"comment_user_id", "content"} <= names:
        return "comment"
    if {"user_id", "content", "created_at"} <= names and {"repost_num", "like_num"} & names:
        return "tweet"
    if {"_id", "nick_name"} <= names and {"fans_num", "tweets_num"} & names:
        return "user"
    return "follow" if {"fan_id", "follower_id"} <= names else None


def sniff(source: Source, head: bytes) -> float:
    """Recognise the columns of one of the four collections."""
    return 0.9 if _kind(set(header_of(head))) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the posts, comments, users or follows of an exported collection."""

    def bind(header: list[str]) -> Convert:
        kind = _kind(set(header))
        columns = {"tweet": _TWEET, "comment": _COMMENT, "user": _USER}.get(kind or "", _FOLLOW)
        pick = plan(header, columns)
        finish = _FINISH[kind or "follow"]

        def convert(row: int, cells: list[str]) -> list[Record]:
            values = pick([cell if cell != "null" else "" for cell in cells])
            return [finish(source, row, values)]

        return same_width(header, convert)

    return records(source, bind)


def _tweet(source: Source, row: int, values: dict[str, Any]) -> Record:
    values["post_id"] = values.get("post_id") or row_id(source, row)
    values["parent_id"] = values["root_id"] = _last_part(values.get("parent_id"))
    values["kind"] = "repost" if values["parent_id"] else None
    for name in ("images", "videos"):
        values[name] = [values[name]] if values.get(name) else None
    if label := values.get("label"):
        values["label"] = _LABELS.get(label.strip(), label)
        values["label_set"] = "polarity3"
    return Record("posts", row, values)


def _comment(source: Source, row: int, values: dict[str, Any]) -> Record:
    values["post_id"] = values.get("post_id") or row_id(source, row)
    values["parent_id"] = values["root_id"] = _last_part(values.get("parent_id"))
    values["kind"] = "comment"
    return Record("posts", row, values)


def _user(source: Source, row: int, values: dict[str, Any]) -> Record:
    place = [values.pop(name, None) for name in ("_province", "_city")]
    values["location"] = " ".join(filter(None, place)) or None
    return Record("users", row, values)


def _follow(source: Source, row: int, values: dict[str, Any]) -> Record:
    return Record("follows", row, values)


_FINISH = {"tweet": _tweet, "comment": _comment, "user": _user, "follow": _follow}


def _last_part(url: str | None) -> str | None:
    """Take the bid out of ``https://weibo.com/<uid>/<bid>?...``."""
    return url.split("?")[0].rstrip("/").rsplit("/", 1)[-1] or None if url else None
