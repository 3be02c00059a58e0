"""Dumps made by hand: a few rows a table, everything else null. Synthetic, all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gnn_emotion.schema.tables import SCHEMAS, Dump

Row = Mapping[str, object]
#: What every post that an importer writes has.
_DEFAULTS: dict[str, Row] = {"posts": {"kind": "original", "status": "ok"}}


def write_dump(folder: Path, **tables: Sequence[Row]) -> Dump:
    """Write a Dump.

    Args:
        folder: made when it is not there.
        tables: rows by table; a missing column is null, a missing table empty. A time is a
            datetime, or a number of seconds since 1970 (UTC).

    Raises:
        KeyError: a table or column that a Dump does not have.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stray = set(tables) - set(SCHEMAS)
    if stray:
        raise KeyError(f"no tables {sorted(stray)}; a Dump has {sorted(SCHEMAS)}")
    for name, schema in SCHEMAS.items():
        rows = [{**_DEFAULTS.get(name, {}), **row} for row in tables.get(name, ())]
        pq.write_table(_table(rows, schema), folder / f"{name}.parquet")
    (folder / "summary.json").write_text(json.dumps({"sources": []}), encoding="utf-8")
    return Dump(folder)


def _table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    stray = {column for row in rows for column in row} - set(schema.names)
    if stray:
        raise KeyError(f"no columns {sorted(stray)}; the table has {schema.names}")
    columns = [[_value(row.get(field.name), field.type) for row in rows] for field in schema]
    arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _value(value: object, kind: pa.DataType) -> object:
    return value * 1_000_000 if pa.types.is_timestamp(kind) and isinstance(value, int) else value
