"""Raw posts to staged posts: the cleaning functions put together, a batch at a time."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.chains import reply_name, split_chain, strip_reply
from gnn_emotion.ingest.fields import devices, places, words
from gnn_emotion.ingest.lists import joined
from gnn_emotion.ingest.marks import mentions, topics
from gnn_emotion.ingest.media import media_items
from gnn_emotion.ingest.numbers import parse_counts
from gnn_emotion.ingest.staged import MEDIA
from gnn_emotion.ingest.staging_ids import linked_ids, post_ids, user_ids
from gnn_emotion.ingest.text import clean_text, has, is_deleted, is_truncated
from gnn_emotion.schema.tables import POST_KINDS, TIME_PRECISIONS
from gnn_emotion.schema.time import parse_times, times_of_mids

_COUNTS = ("like_count", "repost_count", "comment_count")
_RELATIVE = TIME_PRECISIONS.index("relative")


def usable_posts(data: pa.Table) -> pa.Array:
    """Tell which raw posts say anything: have an id, a text or media."""
    found = [pc.not_equal(pc.fill_null(data[name], ""), "") for name in ("post_id", "bid", "text")]
    found += [pc.greater(pc.fill_null(pc.list_value_length(data[n]), 0), 0) for n in _MEDIA]
    usable = found[0]
    for more in found[1:]:
        usable = pc.or_(usable, more)
    return usable


_MEDIA = ("images", "videos")


def clean_posts(data: pa.Table, damage: Counter[str]) -> dict[str, pa.Array]:
    """Clean raw posts.

    Args:
        data: columns of ``RAW["posts"]`` ``[N]``, one chunk each.
        damage: counts what was repaired, refused or could not be read.

    Returns:
        Columns of ``STAGED["posts"]``, those that say where a row came from left out; ``post_id``
        is null where there is none that can be believed.
    """
    raw = {name: data[name].combine_chunks() for name in data.column_names}
    ids = post_ids(raw["post_id"], raw["bid"], damage)
    parent = linked_ids(raw["parent_id"], damage)
    return {
        **ids._asdict(),
        "user_id": user_ids(raw["user_id"], damage),
        "user_name": words(raw["user_name"]),
        **_times(raw, ids.post_id, damage),
        **_text(raw, damage),
        "kind": _kinds(raw["kind"], parent),
        "parent_id": parent,
        "root_id": linked_ids(raw["root_id"], damage),
        "session": words(raw["session"]),
        "turn": _turns(raw["turn"], damage),
        "location": places(raw["location"]),
        "device": devices(raw["device"]),
        **{name: parse_counts(raw[name]) for name in _COUNTS},
        "media": _media(raw["images"], raw["videos"]),
    }


def _times(raw: dict[str, pa.Array], ids: pa.Array, damage: Counter[str]) -> dict[str, pa.Array]:
    """Parse times; one without a year, or relative to nothing, is that of the mid, if any."""
    crawl = parse_times(raw["crawl_time"])[0]
    written = words(raw["created_at"])
    created, precision = parse_times(written)
    vague = pc.and_(pc.is_valid(written), pc.is_null(created))
    if pc.any(vague).as_py():
        by_mid = times_of_mids(pc.if_else(vague, ids, None))
        by_crawl, roughly = parse_times(pc.if_else(vague, written, None), crawl)
        created = pc.coalesce(created, by_mid, by_crawl)
        precision = pc.coalesce(precision, pc.if_else(pc.is_valid(by_mid), _RELATIVE, roughly))
        damage["unread_times"] += pc.sum(pc.and_(vague, pc.is_null(created))).as_py() or 0
    return {
        "created_us": created.cast(pa.int64()),
        "precision": precision.cast(pa.int8()),
        "crawl_us": crawl.cast(pa.int64()),
    }


def _text(raw: dict[str, pa.Array], damage: Counter[str]) -> dict[str, pa.Array]:
    """Clean texts; the words of a chain's other authors, and their names, are not the post's."""
    text = clean_text(raw["text"])
    damage["texts_with_lost_characters"] += pc.sum(has(text, "\ufffd")).as_py() or 0
    chain = split_chain(text)
    own, parent_name, parent_text = (
        chain[name].combine_chunks() for name in ("own_text", "parent_name", "parent_text")
    )
    return {
        "text": text,
        "own_text": pc.fill_null(strip_reply(own), ""),
        "reply_name": words(reply_name(own)),
        "parent_name": pc.coalesce(words(parent_name), words(raw["parent_name"])),
        "parent_text": parent_text,
        "truncated": pc.fill_null(pc.or_(is_truncated(raw["text"]), is_truncated(text)), False),
        "deleted": pc.or_(
            pc.fill_null(raw["deleted"], False), pc.fill_null(is_deleted(text), False)
        ),
        "topics": joined(raw["topics"], topics(text), trim="#"),
        "mentions": joined(raw["mentions"], mentions(own), trim="@"),
    }


def _turns(turns: pa.Array, damage: Counter[str]) -> pa.Array:
    numbers = parse_counts(turns)
    damage["unread_turns"] += pc.sum(pc.and_(pc.is_valid(turns), pc.is_null(numbers))).as_py() or 0
    return numbers


def _kinds(kinds: pa.Array, parent: pa.Array) -> pa.Array:
    """Keep the kinds that are known; an original that has a parent cannot be one."""
    believed = pc.and_(
        pc.is_in(kinds, value_set=pa.array(POST_KINDS)),
        pc.invert(pc.and_(pc.fill_null(pc.equal(kinds, "original"), False), pc.is_valid(parent))),
    )
    return pc.if_else(believed, kinds, None)


def _media(images: pa.Array, videos: pa.Array) -> pa.Array:
    if images.null_count == len(images) and videos.null_count == len(videos):
        return pa.nulls(len(images), MEDIA)
    return media_items(images, videos).cast(MEDIA)
