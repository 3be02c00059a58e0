"""JSON lines of nghuyong/WeiboSpider, one file a spider; what a line is, its keys tell.

The names in follows are the wrong way round in one of the two spiders: ``follower_id`` beside
``fan_info`` is the user who is followed, and ``fan_info`` the one who follows. Comments never
name their post, and the reposts of 2022 and 2023 do not name theirs: ``ReadOptions.post_id`` does
(FORMATS 2.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest.jsonrows import first_object, records
from gnn_emotion.ingest.jsonvalues import Keys, as_texts, child, first, pick
from gnn_emotion.ingest.numbered import Row, refused
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source

NAME = "nghuyong"

_TWEET: Keys = {
    "post_id": "_id",
    "bid": "mblogid",
    "user_id": "user._id",
    "user_name": "user.nick_name",
    "created_at": "created_at",
    "crawl_time": "crawl_time",
    "text": "content",
    "like_count": "attitudes_count",
    "repost_count": "reposts_count",
    "comment_count": "comments_count",
    "location": ("geo.detail.title", "ip_location"),
    "device": "source",
    "parent_id": "retweet_id",
}
_COMMENT: Keys = {
    "post_id": "_id",
    "user_id": "comment_user._id",
    "user_name": "comment_user.nick_name",
    "created_at": "created_at",
    "crawl_time": "crawl_time",
    "text": "content",
    "like_count": ("like_counts", "like_count"),
    "location": "ip_location",
    "parent_id": "reply_comment._id",
}
_ANSWERED: Keys = {
    "post_id": "_id",
    "user_id": "user._id",
    "user_name": "user.nick_name",
    "text": "text",
}
_USER: Keys = {
    "user_id": "_id",
    "name": "nick_name",
    "gender": "gender",
    "location": ("location", "ip_location"),
    "description": "description",
    "verified": "verified",
    "follower_count": "followers_count",
    "following_count": "friends_count",
    "post_count": "statuses_count",
    "registered_at": "created_at",
}
_MARKS = ("mblogid", "fan_info", "follower_info", "comment_user", "nick_name")


def sniff(source: Source, head: bytes) -> float:
    """Recognise an ``_id`` beside a key of one of the spiders."""
    found = first_object(head)
    return 1.0 if "_id" in found and any(mark in found for mark in _MARKS) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield posts, comments, users and follows; their authors are embedded."""
    reposts = source.path.stem.startswith("repost")

    def rows(value: dict[str, Any]) -> Iterator[Row]:
        if "fan_info" in value:
            fan = child(value, "fan_info")
            yield _follow(value, first(fan, "_id"), first(value, "follower_id"), fan)
        elif "follower_info" in value:
            followed = child(value, "follower_info")
            yield _follow(value, first(value, "fan_id"), first(followed, "_id"), followed)
        elif "comment_user" in value:
            yield _comment(value, options.post_id)
        elif "mblogid" in value or "content" in value:
            yield _tweet(value, reposts, options.post_id)
        elif "nick_name" in value:
            yield [_user(value, value)]
        else:
            yield refused("neither a post, a comment, a user nor a follow", value)

    return records(source, rows)


def _tweet(value: dict[str, Any], in_reposts: bool, post_id: str | None) -> Row:
    values = pick(value, _TWEET)
    values["user_id"] = values["user_id"] or _user_of(first(value, "url"))
    values["images"] = as_texts(value.get("pic_urls"))
    video = first(value, "video")
    values["videos"] = [video] if video else None
    if in_reposts:
        values["parent_id"] = values["parent_id"] or post_id
    repost = in_reposts or values["parent_id"] or value.get("is_retweet") is True
    values["root_id"] = values["parent_id"]
    values["kind"] = "repost" if repost else "original"
    return _with_author(values, value, "user")


def _comment(value: dict[str, Any], post_id: str | None) -> Row:
    values = pick(value, _COMMENT)
    values["kind"] = "reply" if values["parent_id"] else "comment"
    values["parent_id"] = values["parent_id"] or post_id
    values["root_id"] = post_id
    row = _with_author(values, value, "comment_user")
    if answered := child(value, "reply_comment"):
        row.append(("posts", pick(answered, _ANSWERED) | {"kind": "comment", "root_id": post_id}))
    return row


def _with_author(values: dict[str, Any], value: dict[str, Any], key: str) -> Row:
    author = child(value, key)
    return [("posts", values), _user(author, value)] if author else [("posts", values)]


def _follow(
    value: dict[str, Any], follower: str | None, followed: str | None, user: dict[str, Any]
) -> Row:
    edge = {"follower_id": follower, "followed_id": followed}
    return [("follows", edge), _user(user, value)]


def _user(user: dict[str, Any], value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "users", pick(user, _USER) | {"crawl_time": first(value, "crawl_time")}


def _user_of(url: str | None) -> str | None:
    """Take the user out of ``https://weibo.com/<uid>/<bid>``: posts by user may have no other."""
    parts = (url or "").split("/")
    return parts[3] if len(parts) > 4 and parts[3].isdigit() else None
