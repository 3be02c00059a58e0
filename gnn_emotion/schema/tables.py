"""The tables of a Dump: one Arrow schema each, and the folder of Parquet files that holds them.

A Dump is what every importer ends in. Ids are strings, times are UTC, and every row that was
read is in a table or in ``quarantine``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gnn_emotion.schema.errors import DumpError

TIME = pa.timestamp("us", tz="UTC")
POST_KINDS = ("original", "repost", "reply", "comment")
#: ok: read from the dump; deleted: the dump says that it is gone; placeholder: only referred to;
#: its own_text is what reposts quote of it.
POST_STATUSES = ("ok", "deleted", "placeholder")
TIME_PRECISIONS = ("second", "minute", "day", "relative")


def _table(*fields: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in fields])


SCHEMAS: dict[str, pa.Schema] = {
    "posts": _table(
        ("post_id", pa.string()),
        ("bid", pa.string()),
        ("user_id", pa.string()),
        ("created_at", TIME),
        ("time_precision", pa.string()),
        ("text", pa.string()),
        ("own_text", pa.string()),
        ("kind", pa.string()),
        ("parent_id", pa.string()),
        ("root_id", pa.string()),
        ("topics", pa.list_(pa.string())),
        ("like_count", pa.int64()),
        ("repost_count", pa.int64()),
        ("comment_count", pa.int64()),
        ("location", pa.string()),
        ("device", pa.string()),
        ("truncated", pa.bool_()),
        ("status", pa.string()),
        ("source", pa.string()),
    ),
    "users": _table(
        ("user_id", pa.string()),
        ("name", pa.string()),
        ("gender", pa.string()),
        ("location", pa.string()),
        ("description", pa.string()),
        ("verified", pa.bool_()),
        ("follower_count", pa.int64()),
        ("following_count", pa.int64()),
        ("post_count", pa.int64()),
        ("registered_at", TIME),
        ("source", pa.string()),
    ),
    "media": _table(
        ("media_id", pa.string()),
        ("kind", pa.string()),
        ("path", pa.string()),
        ("url", pa.string()),
    ),
    "post_media": _table(
        ("post_id", pa.string()), ("media_id", pa.string()), ("position", pa.int32())
    ),
    "follows": _table(("follower_id", pa.string()), ("followed_id", pa.string())),
    "mentions": _table(("post_id", pa.string()), ("name", pa.string()), ("user_id", pa.string())),
    "labels": _table(
        ("post_id", pa.string()),
        ("label_set", pa.string()),
        ("label", pa.string()),
        ("source", pa.string()),
    ),
    "quarantine": _table(
        ("source", pa.string()),
        ("row", pa.int64()),
        ("reason", pa.string()),
        ("raw", pa.string()),
    ),
}

#: The columns that name a row once and once only; checked when a Dump is opened for writing.
KEYS: dict[str, tuple[str, ...]] = {
    "posts": ("post_id",),
    "users": ("user_id",),
    "media": ("media_id",),
    "post_media": ("post_id", "media_id"),
    "follows": ("follower_id", "followed_id"),
}


@dataclass(frozen=True)
class Dump:
    """A folder of Parquet tables, one file a table, with ``summary.json`` beside them.

    Attributes:
        folder: where the tables lie.
    """

    folder: Path

    def __post_init__(self) -> None:
        missing = [name for name in SCHEMAS if not self.path(name).is_file()]
        if missing:
            raise DumpError(
                f"{self.folder} is not a Dump: missing {', '.join(n + '.parquet' for n in missing)}"
                "; expected the folder that `gnn-emotion ingest` writes"
            )
        for name, schema in SCHEMAS.items():
            got = pq.read_schema(self.path(name))
            if got.names != schema.names:
                raise DumpError(
                    f"{self.path(name)}: columns {got.names}, expected {schema.names}; "
                    "the Dump was written by another version: run `gnn-emotion ingest` again"
                )

    def path(self, table: str) -> Path:
        """Return the file of a table."""
        return self.folder / f"{table}.parquet"

    def read(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """Read a table, or some columns of it, into memory."""
        return pq.read_table(self.path(table), columns=columns, memory_map=True)

    def rows(self, table: str) -> int:
        """Count the rows of a table without reading it."""
        return int(pq.read_metadata(self.path(table)).num_rows)

    @property
    def summary(self) -> dict[str, object]:
        """What was read, merged, placed and damaged, as ``ingest`` counted it."""
        return dict(json.loads((self.folder / "summary.json").read_text(encoding="utf-8")))


def is_dump(path: Path) -> bool:
    """Tell whether a path is a folder that ``ingest`` wrote."""
    return path.is_dir() and all((path / f"{name}.parquet").is_file() for name in SCHEMAS)
