"""A table of no known crawler: CSV, TSV or Parquet, read by the names of its columns.

``ReadOptions.columns`` says what the names do not. A CSV file whose columns are mapped by number
(1, 2, ...) has no header line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow.parquet as pq

from gnn_emotion.ingest.arrays import from_cells
from gnn_emotion.ingest.delimited import header_of, quarantine, rows
from gnn_emotion.ingest.mapped import tables
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source
from gnn_emotion.ingest.synonyms import resolve
from gnn_emotion.schema.errors import DumpError

NAME = "generic-table"
BATCH_ROWS = 10_000

_TEXT = {".csv": 0.2, ".tsv": 0.2, ".txt": 0.1}


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
            yield from tables(source, options, found, row, columns)
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
        yield from tables(source, options, found, item.first_row, columns)


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
