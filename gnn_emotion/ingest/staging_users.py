"""Raw profiles and follows to staged ones."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.fields import flags, genders, places, words
from gnn_emotion.ingest.numbers import parse_counts
from gnn_emotion.ingest.staging_ids import user_ids
from gnn_emotion.ingest.text import clean_text
from gnn_emotion.schema.time import parse_times

_COUNTS = ("follower_count", "following_count", "post_count")


def clean_users(data: pa.Table, damage: Counter[str]) -> dict[str, pa.Array]:
    """Clean raw profiles.

    Args:
        data: columns of ``RAW["users"]`` ``[N]``, one chunk each.
        damage: counts what was refused.

    Returns:
        Columns of ``STAGED["users"]``, those that say where a row came from left out.
    """
    raw = {name: data[name].combine_chunks() for name in data.column_names}
    return {
        "user_id": user_ids(raw["user_id"], damage),
        "name": words(raw["name"]),
        "gender": genders(raw["gender"]),
        "location": places(raw["location"]),
        "description": words(clean_text(raw["description"])),
        "verified": flags(raw["verified"]),
        **{name: parse_counts(raw[name]) for name in _COUNTS},
        "registered_us": parse_times(raw["registered_at"])[0].cast(pa.int64()),
        "crawl_us": parse_times(raw["crawl_time"])[0].cast(pa.int64()),
    }


def clean_follows(data: pa.Table, damage: Counter[str]) -> dict[str, pa.Array]:
    """Clean raw follows: a user who follows a user."""
    return {
        name: user_ids(data[name].combine_chunks(), damage)
        for name in ("follower_id", "followed_id")
    }


def usable_users(columns: dict[str, pa.Array]) -> pa.Array:
    """Tell which cleaned profiles are somebody's: have an id or a name."""
    return pc.or_(pc.is_valid(columns["user_id"]), pc.is_valid(columns["name"]))


def usable_follows(columns: dict[str, pa.Array]) -> pa.Array:
    """Tell which cleaned follows have two ends that differ."""
    follower, followed = columns["follower_id"], columns["followed_id"]
    return pc.fill_null(pc.not_equal(follower, followed), False)
