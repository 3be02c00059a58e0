"""Columns of any kind to the string columns of ``RAW``, many rows at once."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.cells import literal_list, split

STRINGS = pa.list_(pa.string())


def from_cells(cells: Sequence[str | None]) -> pa.Array:
    """Make a string array of cells; an empty one is null."""
    return pa.array([cell or None for cell in cells], pa.string())


def to_strings(column: pa.Array) -> pa.Array:
    """Write any column as strings: whole floats without a point, times without a fraction.

    Args:
        column: an array of any type.

    Returns:
        A string array; empty strings and NaN are null.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return to_strings(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_timestamp(kind):
        return pc.strftime(column.cast(pa.timestamp("s", kind.tz), safe=False), _time_format(kind))
    if pa.types.is_nested(kind):
        values = (json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist())
        return pa.array([None if v == "null" else v for v in values], pa.string())
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), None, text)


def to_lists(column: pa.Array) -> pa.Array:
    """Write a column as lists of strings: real lists, Python or JSON lists, or joined cells."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return column.cast(STRINGS)
    return pa.array([_list(cell) for cell in to_strings(column).to_pylist()], STRINGS)


def _list(cell: str | None) -> list[str] | None:
    if cell and cell.lstrip().startswith("["):
        return literal_list(cell)
    return split(cell, ";" if cell and ";" in cell and "," not in cell else ",")


def _floats(column: pa.Array) -> pa.Array:
    column = pc.if_else(pc.is_nan(column), None, column)
    whole = pc.equal(pc.floor(column), column)
    small = pc.less(pc.abs(column), 2.0**63)
    exact = pc.if_else(pc.and_(whole, small), column, None).cast(pa.int64(), safe=False)
    return pc.coalesce(exact.cast(pa.string()), column.cast(pa.string()))


def _time_format(kind: pa.TimestampType) -> str:
    return "%Y-%m-%d %H:%M:%S" + ("%z" if kind.tz else "")
