"""Columns of any table, once it is known what they are, to tables of raw columns.

A short number (below nine digits) as the id of a post is a row number of somebody's table, not an
id of Weibo: two tables may use it for two posts. Unless the user mapped the column, or reads this
file alone, the name of the file is put before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.arrays import to_lists, to_strings
from gnn_emotion.ingest.fields import words
from gnn_emotion.ingest.records import RAW, Columns, ReadOptions, Source
from gnn_emotion.ingest.synonyms import Resolved

_NO_PARENT = ["0", "-1"]
_SHORT = r"^\s*\d{1,8}\s*$"


def tables(
    source: Source,
    options: ReadOptions,
    found: Resolved,
    first_row: int,
    columns: Mapping[int, pa.Array],
) -> Iterator[Columns]:
    """Turn columns of a source into tables of raw columns.

    Args:
        source: the file.
        options: what the user says of it.
        found: which column is what.
        first_row: number of the first row.
        columns: position in the header -> array ``[N]``; all that ``found`` names.

    Yields:
        The rows; and the profiles of their authors, embedded, where the table has some.
    """
    schema = RAW[found.table]
    data = {raw: _convert(schema.field(raw), columns[i]) for raw, i in found.columns.items()}
    if found.table == "posts":
        _finish_posts(data, source, options, found, first_row)
    yield Columns(found.table, first_row, _table(found.table, data))
    if found.profile:
        profile = {raw: to_strings(columns[i]) for raw, i in found.profile.items()}
        yield Columns("users", first_row, _table("users", profile), embedded=True)


def _convert(field: pa.Field, column: pa.Array) -> pa.Array:
    if pa.types.is_list(field.type):
        return to_lists(column)
    return to_strings(column).cast(field.type)


def _table(name: str, data: dict[str, pa.Array]) -> pa.Table:
    schema = RAW[name]
    return pa.table(data, schema=pa.schema([schema.field(raw) for raw in data]))


def _finish_posts(
    data: dict[str, pa.Array], source: Source, options: ReadOptions, found: Resolved, first_row: int
) -> None:
    """Complete the ids, the links, the kind and the label set, in place."""
    length = len(data["text"])
    if "session" in data and "user_name" in data and "user_id" not in data:
        data["user_id"] = _speakers(data["session"], data["user_name"], source)
    if found.comments and "parent_id" in data:
        top = pc.is_in(data["parent_id"], pa.array(_NO_PARENT))
        data["parent_id"] = pc.if_else(top, None, data["parent_id"])
    for raw in () if source.alone else found.own_ids & data.keys():
        short = pc.match_substring_regex(data[raw], _SHORT)
        named = pc.binary_join_element_wise(source.name, data[raw], ":")
        data[raw] = pc.if_else(short, named, data[raw])
    if "bid" not in data:
        numbers = pa.array(range(first_row, first_row + length)).cast(pa.string())
        by_row = pc.binary_join_element_wise(source.name, numbers, ":")
        data["post_id"] = pc.coalesce(data.get("post_id", _nulls(length)), by_row)
    if found.comments:
        _link_comments(data, options, length)
    elif found.reposts:
        data["root_id"] = data.get("root_id", data["parent_id"])
        data["kind"] = pc.if_else(pc.is_valid(data["parent_id"]), "repost", "original")
    if "label" in data and "label_set" not in data and options.label_set:
        data["label_set"] = pa.repeat(options.label_set, length)


def _link_comments(data: dict[str, pa.Array], options: ReadOptions, length: int) -> None:
    """Hang a comment below its parent comment, else below the post."""
    post = pa.scalar(options.post_id, pa.string())
    parent = data.get("parent_id", _nulls(length))
    data["root_id"] = pc.coalesce(data.get("root_id", _nulls(length)), post)
    data["parent_id"] = pc.coalesce(parent, data["root_id"])
    data["kind"] = pc.if_else(pc.is_valid(parent), "reply", "comment")


def _speakers(session: pa.Array, name: pa.Array, source: Source) -> pa.Array:
    """Return the users of conversations: 客户 of one session is not 客户 of another."""
    # Trimmed as the session itself will be: "7" and "7 " are one.
    session, name = words(session), words(name)
    spoken = pc.binary_join_element_wise(session, name, ":")
    return spoken if source.alone else pc.binary_join_element_wise(source.name, spoken, ":")


def _nulls(length: int) -> pa.Array:
    return pa.nulls(length, pa.string())
