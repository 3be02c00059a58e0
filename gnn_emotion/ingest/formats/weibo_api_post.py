"""One post, comment or user as Weibo's own interfaces describe it, to raw columns (FORMATS 2.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gnn_emotion.ingest.jsonvalues import Keys, as_text, child, children, first, pick

_POST: Keys = {
    "bid": ("mblogid", "bid"),
    "user_id": ("user.idstr", "user.id", "user"),
    "user_name": ("user.screen_name", "user.name"),
    "created_at": "created_at",
    "text": ("longText.longTextContent", "longTextContent", "text_raw", "raw_text", "text"),
    "like_count": ("attitudes_count", "like_counts", "like_count"),
    "repost_count": "reposts_count",
    "comment_count": ("comments_count", "total_number"),
    "location": ("geo.detail.title", "region_name"),
    "device": "source",
}
_USER: Keys = {
    "user_id": ("idstr", "id"),
    "name": ("screen_name", "name"),
    "gender": "gender",
    "location": "location",
    "description": "description",
    "verified": "verified",
    "follower_count": "followers_count",
    "following_count": ("friends_count", "follow_count"),
    "post_count": "statuses_count",
    "registered_at": "created_at",
}
#: Sizes of a picture, the best first.
_SIZES = ("largest", "original", "large", "mw2000", "bmiddle", "thumbnail")
_FILMS = ("mp4_720p_mp4", "mp4_hd_mp4", "mp4_ld_mp4", "mp4_hd_url", "mp4_sd_url")
_STREAMS = ("stream_url_hd", "stream_url")
_LEGACY_PICTURES = ("original_pic", "bmiddle_pic", "thumbnail_pic")
#: Shorter numbers are no ids of Weibo; ``id`` and ``mid`` differ in some samples of the API.
ID_DIGITS = 9


def post(value: dict[str, Any]) -> dict[str, Any]:
    """Return the raw columns of a post or comment, its links left out.

    The text is the one with the fewest losses: the long one, the plain one, the one in HTML. A
    post without a user is one that is gone.
    """
    values = pick(value, _POST)
    values["post_id"] = post_id(value)
    values["images"] = list(dict.fromkeys(_images(value))) or None
    values["videos"] = list(dict.fromkeys(_videos(value))) or None
    topics = (first(t, "topic_title") for t in _objects(value, "topic_struct"))
    values["topics"] = [topic for topic in topics if topic] or None
    values["deleted"] = as_text(value.get("deleted")) in ("1", "true") or not values["user_id"]
    return values


def post_id(value: dict[str, Any]) -> str | None:
    """Return the id of a post: ``idstr`` or ``id``, ``mid`` where those are too short."""
    found = first(value, "idstr", "id")
    return found if found and len(found) >= ID_DIGITS else first(value, "mid") or found


def user(value: dict[str, Any]) -> dict[str, Any]:
    """Return the raw columns of a user."""
    return pick(value, _USER)


def _images(value: dict[str, Any]) -> Iterator[str]:
    """Yield the URLs of the pictures, or their names where there is no URL."""
    infos = child(value, "pic_infos")
    for pid in children(value, "pic_ids"):
        yield from _urls(_best(infos.get(pid) or {}) or as_text(pid))
    pictures = value.get("pics")
    for picture in pictures.values() if isinstance(pictures, dict) else children(value, "pics"):
        yield from _urls(_best(picture) if isinstance(picture, dict) else as_text(picture))
    for picture in children(value, "pic_urls"):
        yield from _urls(_best(picture) if isinstance(picture, dict) else as_text(picture))
    for item in _objects(child(value, "mix_media_info"), "items"):
        if item.get("type") == "pic":
            yield from _urls(_best(child(item, "data")))
    yield from _urls(_best(child(value, "pic")))
    if not (value.get("pic_urls") or value.get("pics") or value.get("pic_ids")):
        yield from _urls(first(value, *_LEGACY_PICTURES))


def _best(picture: dict[str, Any]) -> str | None:
    """Return the URL of the largest size of a picture."""
    return first(picture, *(f"{size}.url" for size in _SIZES), "url", *_LEGACY_PICTURES)


def _videos(value: dict[str, Any]) -> Iterator[str]:
    """Yield the URLs of the videos and of the films in live photos."""
    pages = [child(value, "page_info")]
    for item in _objects(child(value, "mix_media_info"), "items"):
        if item.get("type") == "video":
            pages.append(child(item, "data"))
    for page in pages:
        media = child(page, "media_info")
        if as_text(page.get("type")) == "video" or page.get("object_type") == "video" or media:
            best = first(child(page, "urls"), *_FILMS)
            yield from _urls(best or first(media, *_FILMS, *_STREAMS))
    for picture in _objects(value, "pics"):
        yield from _urls(first(picture, "videoSrc"))
    for picture in child(value, "pic_infos").values():
        yield from _urls(first(picture, "video") if isinstance(picture, dict) else None)
    for film in children(value, "live_photo"):
        yield from _urls(as_text(film))


def _objects(value: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    return (item for item in children(value, key) if isinstance(item, dict))


def _urls(url: str | None) -> Iterator[str]:
    if url:
        yield url
