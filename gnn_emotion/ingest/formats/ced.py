"""CED, the rumour cascades of Song et al. 2018: raw JSON files, or the two Parquet tables of them.

Raw, a cascade is two files of one name, ``<n>_<bid>_<uid>.json``: the post in
``original-microblog`` has no id but that name, its reposts lie in a folder ``...-repost``. In the
tables a cascade has a number, and which post it is, ``roots.parquet`` says. Reposts and comments
are not told apart; a post whose ``parent`` is empty answers the root (FORMATS 2.7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gnn_emotion.ingest.arrays import to_strings
from gnn_emotion.ingest.jsonrows import first_object, records
from gnn_emotion.ingest.jsonvalues import Keys, child, pick
from gnn_emotion.ingest.numbered import Row, refused
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source
from gnn_emotion.schema.errors import DumpError

NAME = "ced"

_NAMED = re.compile(r"\d+_(?P<bid>[0-9A-Za-z]+)_(?P<uid>\w+)")
_ORIGINAL: Keys = {
    "created_at": "time",
    "text": "text",
    "like_count": "likes",
    "repost_count": "reposts",
    "comment_count": "comments",
    "device": "source",
}
_REPOST: Keys = {
    "post_id": "mid",
    "user_id": "uid",
    "parent_id": "parent",
    "created_at": "date",
    "text": "text",
}
_USER: Keys = {
    "gender": "gender",
    "location": "location",
    "verified": "verified",
    "follower_count": "followers",
    "following_count": "friends",
    "post_count": "messages",
    "registered_at": "time",
}
_ROOTS_USER = _USER | {"user_id": "uid", "registered_at": "user_created"}
_BATCH_ROWS = 50_000


def sniff(source: Source, head: bytes) -> float:
    """Recognise the name of the file beside its keys, or the columns of one of the tables."""
    if head.startswith(b"PAR1"):
        return 1.0 if {"cascade", "mid", "uid", "text"} <= set(_parquet_names(source)) else 0.0
    keys = first_object(head).keys()
    repost = {"mid", "uid", "parent", "kids"} <= keys
    original = {"text", "source", "reposts", "comments"} <= keys
    return 1.0 if (repost or original) and _NAMED.fullmatch(source.path.stem) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the posts; the author of an original is embedded, where the file has a profile.

    Raises:
        DumpError: the name of a raw file does not say which cascade it is.
    """
    with source.path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return _read_table(source)
    named = _NAMED.fullmatch(source.path.stem)
    if named is None:
        raise DumpError(
            f"{source.name} is not named like a cascade; expected `<number>_<bid>_<uid>.json`"
        )
    bid, uid = named["bid"], named["uid"]

    def rows(value: dict[str, Any]) -> Iterator[Row]:
        if {"parent", "kids"} & value.keys():
            yield _repost(value, bid)
        elif "text" in value:
            yield _original(value, bid, uid)
        else:
            yield refused("neither an original post nor a repost", value)

    return records(source, rows)


def _original(value: dict[str, Any], bid: str, uid: str) -> Row:
    values = pick(value, _ORIGINAL) | {"post_id": bid, "user_id": uid, "kind": "original"}
    if not (user := child(value, "user")):  # some have the word "empty" here
        return [("posts", values)]
    return [("posts", values), ("users", pick(user, _USER) | {"user_id": uid})]


def _repost(value: dict[str, Any], root: str) -> Row:
    values = pick(value, _REPOST)
    values["root_id"] = root
    values["parent_id"] = values["parent_id"] or root
    return [("posts", values)]


def _parquet_names(source: Source) -> list[str]:
    try:
        return list(pq.read_schema(source.path).names)
    except (OSError, pa.ArrowException):
        return []


def _read_table(source: Source) -> Iterator[Columns]:
    with pq.ParquetFile(source.path) as file:
        roots = None if "parent" not in file.schema_arrow.names else _roots_beside(source)
        row = 1
        for batch in file.iter_batches(_BATCH_ROWS):
            yield from (
                _root_columns(row, batch) if roots is None else [_repost_columns(row, batch, roots)]
            )
            row += batch.num_rows


def _roots_beside(source: Source) -> pa.Table:
    """Read which post each cascade is; without that table the number of the cascade stands in."""
    path = source.path.with_name("roots.parquet")
    if path.exists():
        return pq.read_table(path, columns=["cascade", "mid"])
    return pa.table({"cascade": pa.array([], pa.int64()), "mid": pa.array([], pa.string())})


def _repost_columns(row: int, batch: pa.RecordBatch, roots: pa.Table) -> Columns:
    known = pc.index_in(batch["cascade"], value_set=roots["cascade"].combine_chunks())
    mids = roots["mid"].combine_chunks().cast(pa.string())
    unknown = pc.binary_join_element_wise("ced-cascade", batch["cascade"].cast(pa.string()), "-")
    root = pc.coalesce(pc.take(mids, known), unknown)
    data = _columns(batch, _REPOST)
    data["parent_id"] = pc.coalesce(data["parent_id"], root)
    return Columns("posts", row, pa.table({**data, "root_id": root}))


def _root_columns(row: int, batch: pa.RecordBatch) -> Iterator[Columns]:
    data = _columns(batch, {**_ORIGINAL, "post_id": "mid", "user_id": "uid"})
    data["kind"] = pa.repeat("original", batch.num_rows)
    yield Columns("posts", row, pa.table(data))
    yield Columns("users", row, pa.table(_columns(batch, _ROOTS_USER)), embedded=True)


def _columns(batch: pa.RecordBatch, keys: Keys) -> dict[str, pa.Array]:
    names = batch.schema.names
    return {raw: to_strings(batch[str(key)]) for raw, key in keys.items() if key in names}
