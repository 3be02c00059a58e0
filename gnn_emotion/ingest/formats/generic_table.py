"""A table of no known crawler: CSV, TSV or Parquet, read by the names of its columns.

``ReadOptions.columns`` says what the names do not. A CSV file whose columns are mapped by number
(1, 2, ...) has no header line. A short number (below nine digits) as the id of a post is a row
number of somebody's table, not an id of Weibo: two tables may use it for two posts. Unless the
user mapped the column, the name of the file is put before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gnn_emotion.ingest.arrays import from_cells, to_lists, to_strings
from gnn_emotion.ingest.delimited import header_of, quarantine, rows
from gnn_emotion.ingest.records import RAW, Columns, ReadOptions, Record, Source
from gnn_emotion.ingest.synonyms import Resolved, resolve
from gnn_emotion.schema.errors import DumpError

NAME = "generic-table"
BATCH_ROWS = 10_000

_TEXT = {".csv": 0.2, ".tsv": 0.2, ".txt": 0.1}
_NO_PARENT = ["0", "-1"]
_SHORT = r"^\s*\d{1,8}\s*$"


def sniff(source: Source, head: bytes) -> float:
    """Take any CSV, TSV, TXT or Parquet file, but leave it to every format that knows it."""
    if head.startswith(b"PAR1"):
        return 0.3
    base = _TEXT.get(source.path.suffix.lower(), 0.0)
    names = header_of(head) if base else []
    if not names or names[0][:1] in ("{", "["):
        return 0.0
    try:
        resolve(names, {}, source.name)
    except DumpError:
        return base
    return base + 0.1


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the table in batches of rows.

    Raises:
        DumpError: a mapped column does not exist, or no column looks like text.
    """
    with source.path.open("rb") as file:
        head = file.read(1 << 16)
    if head.startswith(b"PAR1"):
        return _read_parquet(source, options)
    return _read_delimited(source, options, header_of(head))


def _read_parquet(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    with pq.ParquetFile(source.path) as file:
        names = file.schema_arrow.names
        found = resolve(names, options.columns, source.name)
        wanted = {names[i] for i in (*found.columns.values(), *found.profile.values())}
        row = 1
        for batch in file.iter_batches(BATCH_ROWS, columns=[n for n in names if n in wanted]):
            columns = {i: batch.column(names[i]) for i in range(len(names)) if names[i] in wanted}
            yield from _tables(source, options, found, row, columns)
            row += batch.num_rows


def _read_delimited(
    source: Source, options: ReadOptions, first: list[str]
) -> Iterator[Record | Columns]:
    keys = options.columns.keys()
    numbered = bool(keys) and not keys & set(first) and all(key.isdigit() for key in keys)
    names = [str(i + 1) for i in range(len(first))] if numbered else None
    known = names or first
    found = resolve(known, options.columns, source.name)
    for item in _runs(source, names):
        if isinstance(item, Record):
            yield item
            continue
        if item.names != known:
            known, found = item.names, resolve(item.names, options.columns, source.name)
        wanted = {*found.columns.values(), *found.profile.values()}
        columns = {i: from_cells([row[i] for row in item.cells]) for i in wanted}
        yield from _tables(source, options, found, item.first_row, columns)


class _Run(NamedTuple):
    """Rows that follow each other without a gap, under one header."""

    names: list[str]
    first_row: int
    cells: list[list[str]]


def _runs(source: Source, given: list[str] | None) -> Iterator[_Run | Record]:
    """Gather rows into runs; rows of another width than the header are quarantined."""
    run = _Run(given or [], 0, [])
    for item in rows(source, header=given is None):
        if isinstance(item, Record):
            yield item
            continue
        number, cells = item
        another_header = given is None and cells[:2] == run.names[:2]
        if len(run.cells) == BATCH_ROWS or another_header or number != _next_row(run):
            if run.cells:
                yield run
            run = _Run(run.names, number, [])
        if another_header or not run.names:
            run = _Run(cells, number + 1, [])
        elif len(cells) == len(run.names) or _only_commas_more(cells, len(run.names)):
            run.cells.append(cells)
        else:
            yield quarantine(number, f"{len(cells)} cells, expected {len(run.names)}", cells)
    if run.cells:
        yield run


def _next_row(run: _Run) -> int:
    return run.first_row + len(run.cells)


def _only_commas_more(cells: list[str], width: int) -> bool:
    return len(cells) > width and not any(cells[width:])


def _tables(
    source: Source,
    options: ReadOptions,
    found: Resolved,
    first_row: int,
    columns: Mapping[int, pa.Array],
) -> Iterator[Columns]:
    """Turn columns of the source into tables of raw columns."""
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
    if found.comments and "parent_id" in data:
        top = pc.is_in(data["parent_id"], pa.array(_NO_PARENT))
        data["parent_id"] = pc.if_else(top, None, data["parent_id"])
    for raw in found.own_ids & data.keys():
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


def _nulls(length: int) -> pa.Array:
    return pa.nulls(length, pa.string())
