"""JSON of dataabc/weibo-crawler: ``{"user": {...}, "weibo": [...]}``, one file a user.

Keys came with the versions of the program and may be missing; a repost holds the post that it
reposts (FORMATS 2.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest.cells import split
from gnn_emotion.ingest.jsonrows import first_object, records
from gnn_emotion.ingest.jsonvalues import Keys, child, children, pick
from gnn_emotion.ingest.numbered import Row, refused
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "weibo-crawler-json"

POST: Keys = {
    "post_id": "id",
    "bid": "bid",
    "user_id": "user_id",
    "user_name": "screen_name",
    "created_at": ("full_created_at", "created_at"),
    "text": "text",
    "like_count": "attitudes_count",
    "repost_count": "reposts_count",
    "comment_count": "comments_count",
    "location": "location",
    "device": "source",
    "images": "pics",
    "videos": "video_url",
    "_live": "live_photo_url",
    "topics": "topics",
    "mentions": "at_users",
}
_USER: Keys = {
    "user_id": "id",
    "name": "screen_name",
    "gender": "gender",
    "location": ("location", "ip_location"),
    "description": "description",
    "verified": "verified",
    "follower_count": "followers_count",
    "following_count": "follow_count",
    "post_count": "statuses_count",
    "registered_at": "registration_time",
}


def sniff(source: Source, head: bytes) -> float:
    """Recognise a user and a list of posts, by keys that weiboSpider does not have."""
    found = first_object(head)
    if not isinstance(found.get("weibo"), list):
        return 0.0
    post = next((p for p in found["weibo"] if isinstance(p, dict)), {})
    if {"id", "text"} <= post.keys():
        return 1.0
    return 0.9 if not post and "screen_name" in child(found, "user") else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the user and the posts; a reposted post is embedded."""
    return records(source, _rows)


def _rows(value: dict[str, Any]) -> Iterator[Row]:
    if not {"user", "weibo"} & value.keys():
        yield refused("neither `user` nor `weibo` in this object", value)
    if user := child(value, "user"):
        yield [("users", pick(user, _USER))]
    for post in children(value, "weibo"):
        yield _post(post) if isinstance(post, dict) else refused("not a JSON object", post)


def _post(post: dict[str, Any]) -> Row:
    values = finish(pick(post, POST))
    original = child(post, "retweet")
    values["kind"] = "repost" if original else "original"
    if not original:
        return [("posts", values)]
    source = finish(pick(original, POST))
    source["kind"] = "original"
    # The site hides the author of a post that is gone, and of nothing else.
    source["deleted"] = not source["user_id"]
    values["parent_id"] = values["root_id"] = source["post_id"] or source["bid"]
    return [("posts", values), ("posts", source)]


def finish(values: dict[str, Any]) -> dict[str, Any]:
    """Split the lists of a post, which the program joins; videos and live photos are one list."""
    for name in ("images", "topics", "mentions"):
        values[name] = split(values[name])
    values["videos"] = split(";".join(filter(None, (values["videos"], values.pop("_live")))), ";")
    return values
