"""JSON of dataabc/weiboSpider: ``{"user": {...}, "weibo": [...]}``, one file a user.

The posts are those of the program's CSV under English names, reposts as one string included
(FORMATS 2.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest.formats import weibo_spider
from gnn_emotion.ingest.jsonrows import first_object, records
from gnn_emotion.ingest.jsonvalues import child, children, first, pick
from gnn_emotion.ingest.numbered import Row, refused
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-spider-json"

_POST = {
    "post_id": "id",
    "user_id": "user_id",
    "text": "content",
    "images": "original_pictures",
    "_source_images": "retweet_pictures",
    "videos": "video_url",
    "location": "publish_place",
    "created_at": "publish_time",
    "device": "publish_tool",
    "like_count": "up_num",
    "repost_count": "retweet_num",
    "comment_count": "comment_num",
}
_USER = {
    "user_id": "id",
    "name": "nickname",
    "gender": "gender",
    "location": "location",
    "description": "description",
    "follower_count": "followers",
    "following_count": "following",
    "post_count": "weibo_num",
}


def sniff(source: Source, head: bytes) -> float:
    """Recognise a user and a list of posts, by the keys of a post or of a user."""
    found = first_object(head)
    if not isinstance(found.get("weibo"), list):
        return 0.0
    post = next((p for p in found["weibo"] if isinstance(p, dict)), {})
    if {"content", "publish_time"} <= post.keys():
        return 1.0
    return 0.9 if not post and "weibo_num" in child(found, "user") else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the user and the posts; a reposted post is embedded."""
    return records(source, _rows)


def _rows(value: dict[str, Any]) -> Iterator[Row]:
    if not {"user", "weibo"} & value.keys():
        yield refused("neither `user` nor `weibo` in this object", value)
    user = child(value, "user")
    if user:
        yield [("users", pick(user, _USER))]
    for post in children(value, "weibo"):
        if isinstance(post, dict):
            yield _post(post, first(user, "nickname"))
        else:
            yield refused("not a JSON object", post)


def _post(post: dict[str, Any], nickname: str | None) -> Row:
    values = pick(post, _POST) | {"user_name": nickname}
    if "original" in post:
        values["_original"] = str(post["original"]).capitalize()
    return [(record.table, record.values) for record in weibo_spider.post(0, values)]
