"""What a reader yields: one ``Record`` a row of the source, or whole ``Columns`` at once.

A reader turns one file of one format into records of raw strings. It does not clean, join or
count: ``staging`` does that for all formats alike. Every row of the source gives exactly one
record that is not ``embedded`` (a post, a user, a follow, or a quarantined row), so that the
accounts add up; what else the row carries (the reposted original, the author's profile) comes
as further records marked ``embedded``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

_STRINGS = pa.list_(pa.string())


def _raw(*names: str, lists: tuple[str, ...] = (), flags: tuple[str, ...] = ()) -> pa.Schema:
    fields = [pa.field(n, pa.string()) for n in names]
    fields += [pa.field(n, _STRINGS) for n in lists]
    fields += [pa.field(n, pa.bool_()) for n in flags]
    return pa.schema(fields)


#: Raw columns by table. All strings as the source has them; a missing value is null.
RAW: dict[str, pa.Schema] = {
    "posts": _raw(
        "post_id",  # mid, or whatever names the post in its source; null when only bid is known
        "bid",  # the 9-character base-62 id
        "user_id",
        "user_name",
        "created_at",  # any form; staging parses it
        "crawl_time",  # any form, or epoch seconds / milliseconds; anchors relative times
        "text",  # as stored, HTML included, `//@` chain included
        "kind",  # original, repost, reply, comment, or null: derived from the links
        "parent_id",  # mid or bid of the post that this one replies to or reposts directly
        "root_id",  # mid or bid of the post that started the thread
        "session",  # conversation whose rows answer each other in their order
        "turn",  # place in the session; else time, else the order of the rows
        "parent_name",  # nickname of the parent's author where no id is known
        "like_count",
        "repost_count",
        "comment_count",
        "location",
        "device",
        "label",
        "label_set",
        lists=("images", "videos", "topics", "mentions"),  # urls or paths; names without # and @
        flags=("deleted",),
    ),
    "users": _raw(
        "user_id",
        "name",
        "gender",
        "location",
        "description",
        "verified",
        "follower_count",
        "following_count",
        "post_count",
        "registered_at",
        "crawl_time",
    ),
    "follows": _raw("follower_id", "followed_id"),
    "quarantine": _raw("reason", "raw"),
}


@dataclass(slots=True)
class Record:
    """One raw row.

    Attributes:
        table: a key of ``RAW``.
        row: 1-based number of the row in its source: of a CSV file the record, with the header as
            row 1; else the place in the order of reading (of a JSON file its values, or the posts,
            comments and users in them; of an SQLite file the rows of all its tables).
        values: raw columns by name; unknown names are a programming error, missing ones are null.
        embedded: true when the record came inside another row and is not a row of its own.
    """

    table: str
    row: int
    values: dict[str, Any]
    embedded: bool = False


@dataclass(slots=True)
class Columns:
    """Many raw rows of one table at once, for sources that are columnar already.

    Attributes:
        table: a key of ``RAW``.
        first_row: 1-based number of the first row in its source.
        data: a table with the columns of ``RAW[table]`` (a subset will do).
    """

    table: str
    first_row: int
    data: pa.Table
    embedded: bool = False


@dataclass(frozen=True)
class Source:
    """A file to read.

    Attributes:
        path: the file on disk.
        name: how messages, ``quarantine.source`` and ``posts.source`` call it: the path relative
            to the folder that the user named.
        root: that folder (media paths are looked up below it).
        alone: whether no other file is read: its ids, however short, are then told apart.
    """

    path: Path
    name: str
    root: Path
    alone: bool = False


@dataclass(frozen=True)
class ReadOptions:
    """What the user may say about how to read.

    Attributes:
        columns: ``--map``: column of the source -> canonical raw column (generic formats).
        post_id: ``--post-id``: the post that the comments of a file belong to, where the format
            does not say it.
        label_set: the label set that a label column is in, where the format does not say it.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    post_id: str | None = None
    label_set: str | None = None


class Reader(Protocol):
    """A module of ``ingest.formats`` has these two functions and a ``NAME``."""

    NAME: str

    def sniff(self, source: Source, head: bytes) -> float:
        """Say how sure the format is that the file is its own, 0 (no) to 1 (certain).

        Args:
            source: the file.
            head: its first 64 KiB.
        """
        ...

    def read(self, source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
        """Yield the rows of a file, in order, without holding the file in memory."""
        ...
