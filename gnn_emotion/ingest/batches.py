"""Records to Arrow tables of bounded size: one path for readers that give rows and columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.records import RAW, Columns, Record

BATCH_ROWS = 50_000
#: A batch also ends when its texts reach this many characters, or its columns so many bytes.
BATCH_CHARACTERS = 32_000_000


@dataclass(frozen=True)
class Batch:
    """Raw rows of one table.

    Attributes:
        table: a key of ``RAW``.
        data: all columns of ``RAW[table]`` ``[N]``, in one chunk each.
        row: numbers of the rows in their source, int64 ``[N]``.
        embedded: whether a row lay inside another one, bool ``[N]``.
    """

    table: str
    data: pa.Table
    row: pa.Array
    embedded: pa.Array

    @property
    def own_rows(self) -> int:
        """How many rows of the source these are: the embedded ones do not count."""
        return len(self.row) - int(pc.sum(self.embedded).as_py() or 0)


def batches(items: Iterable[Record | Columns], rows: int = BATCH_ROWS) -> Iterator[Batch]:
    """Collect what a reader yields; the rows of each table keep their order.

    Args:
        items: records and columns of one source.
        rows: how many records to hold at most, over all tables.

    Yields:
        Batches, none of them empty.

    Raises:
        ValueError: a reader gave a table or a column that does not exist.
    """
    waiting: dict[str, list[Record]] = {}
    held = characters = 0
    for item in items:
        if isinstance(item, Columns):
            yield from _of_columns(item, rows)
            continue
        waiting.setdefault(item.table, []).append(item)
        held += 1
        text = item.values.get("text")
        characters += len(text) if isinstance(text, str) else 0
        if held >= rows or characters >= BATCH_CHARACTERS:
            yield from (_of_records(name, found) for name, found in waiting.items())
            waiting, held, characters = {}, 0, 0
    yield from (_of_records(name, found) for name, found in waiting.items())


def _of_records(table: str, found: list[Record]) -> Batch:
    schema = _schema(table, {name for record in found for name in record.values})
    columns = [
        _column([record.values.get(field.name) for record in found], field.type) for field in schema
    ]
    return Batch(
        table,
        pa.Table.from_arrays(columns, schema=schema),
        pa.array([record.row for record in found], pa.int64()),
        pa.array([record.embedded for record in found], pa.bool_()),
    )


def _of_columns(item: Columns, rows: int) -> Iterator[Batch]:
    schema = _schema(item.table, set(item.data.column_names))
    rows = min(rows, max(BATCH_CHARACTERS * item.data.num_rows // (item.data.nbytes or 1), 1))
    for start in range(0, item.data.num_rows, rows):
        part = item.data.slice(start, rows)
        count = part.num_rows
        columns = [
            part[field.name].cast(field.type).combine_chunks()
            if field.name in part.column_names
            else pa.nulls(count, field.type)
            for field in schema
        ]
        first = item.first_row + start
        yield Batch(
            item.table,
            pa.Table.from_arrays(columns, schema=schema),
            pa.array(np.arange(first, first + count)),
            pa.array(np.full(count, item.embedded)),
        )


def _schema(table: str, given: set[str]) -> pa.Schema:
    if table not in RAW or not given <= set(RAW[table].names):
        unknown = sorted(given - set(RAW[table].names)) if table in RAW else []
        raise ValueError(f"a reader gave table {table!r}, columns {unknown}; expected {list(RAW)}")
    return RAW[table]


def strings(values: list[Any]) -> pa.Array:
    """Make a column of strings; what no string can hold (lone surrogates, NUL) is repaired."""
    return _column(values, pa.string())


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Make an Arrow column; what no text can hold (lone surrogates, NUL) is repaired."""
    if pa.types.is_list(kind) and any(isinstance(value, str) for value in values):
        values = [_fitting(value, kind) for value in values]  # Arrow would list the letters
    try:
        made = pa.array(values, kind)
    except (UnicodeEncodeError, pa.ArrowInvalid, pa.ArrowTypeError):
        made = pa.array([_fitting(value, kind) for value in values], kind)
    if kind == pa.string() and pc.any(pc.match_substring(made, "\0")).as_py():
        return pc.replace_substring(made, "\0", "")
    return made


def _fitting(value: Any, kind: pa.DataType) -> Any:
    """Turn a value of the wrong kind (a number, a list where text belongs) into the right one."""
    if value is None or pa.types.is_boolean(kind):
        return None if value is None else bool(value)
    if pa.types.is_list(kind):
        items = value if isinstance(value, list | tuple) else [value]
        return [_text(item) for item in items if item is not None]
    return _text(value)


def _text(value: Any) -> str:
    """Write a value as text; halves of surrogate pairs are joined, or else replaced."""
    written = (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    )
    return written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
