"""Cleaned rows on their way to the Dump: their columns, and the temporary Parquet they wait in."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

MEDIA = pa.list_(
    pa.struct(
        [(name, pa.string()) for name in ("media_id", "kind", "path", "url")],
    )
)
_STRINGS = pa.list_(pa.string())
#: Where a row came from: its rank over all sources, the number of its source, whether it lay
#: inside another row.
_ORIGIN = [("seq", pa.int64()), ("source", pa.int32()), ("embedded", pa.bool_())]


def _strings(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.string()) for name in names]


def _numbers(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.int64()) for name in names]


#: Times are microseconds since 1970, UTC; ``precision`` is a position in ``TIME_PRECISIONS``.
STAGED: dict[str, pa.Schema] = {
    "posts": pa.schema(
        _ORIGIN
        + _strings("post_id", "bid", "user_id", "user_name")
        + [("created_us", pa.int64()), ("precision", pa.int8()), ("crawl_us", pa.int64())]
        + _strings("text", "own_text", "reply_name", "parent_name", "parent_text")
        + _strings("kind", "parent_id", "root_id", "session", "location", "device")
        + _numbers("turn", "like_count", "repost_count", "comment_count")
        + [("truncated", pa.bool_()), ("deleted", pa.bool_())]
        + [("topics", _STRINGS), ("mentions", _STRINGS), ("media", MEDIA)]
    ),
    "users": pa.schema(
        _ORIGIN
        + _strings("user_id", "name", "gender", "location", "description")
        + [("verified", pa.bool_())]
        + _numbers("follower_count", "following_count", "post_count", "registered_us", "crawl_us")
    ),
    "follows": pa.schema(_ORIGIN + _strings("follower_id", "followed_id")),
    "labels": pa.schema([*_ORIGIN, *_strings("post_id", "label_set", "label")]),
    "quarantine": pa.schema([*_ORIGIN, ("row", pa.int64()), *_strings("reason", "raw")]),
}


class Spill:
    """One Parquet file a table in a folder, written batch by batch.

    Args:
        folder: an existing folder; ``<table>.parquet`` is made for every table of ``schemas``.
        schemas: the tables.
    """

    def __init__(self, folder: Path, schemas: dict[str, pa.Schema] | None = None) -> None:
        self.folder = folder
        self.rows = dict.fromkeys(schemas or STAGED, 0)
        self._writers = {
            name: pq.ParquetWriter(self.path(name), schema, compression="lz4")
            for name, schema in (schemas or STAGED).items()
        }

    def path(self, table: str) -> Path:
        """Return the file of a table."""
        return self.folder / f"{table}.parquet"

    def write(self, table: str, rows: pa.Table) -> None:
        """Append rows, with their columns in the order of the schema."""
        writer = self._writers[table]
        if rows.num_rows:
            writer.write_table(rows.select(writer.schema.names).cast(writer.schema))
            self.rows[table] += rows.num_rows

    def close(self) -> None:
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()

    def __enter__(self) -> Spill:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
