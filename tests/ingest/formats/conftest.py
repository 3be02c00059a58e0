"""Shared by the tests of the readers: write a dump, read it, check the rules."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from types import ModuleType

import pytest

from gnn_emotion.ingest.records import RAW, Columns, ReadOptions, Record, Source


def rows_of(found: list) -> list[Record]:
    """Spell batches out as records, so that all readers are checked alike."""
    spelt = []
    for item in found:
        if isinstance(item, Columns):
            for i, values in enumerate(item.data.to_pylist()):
                spelt.append(Record(item.table, item.first_row + i, values, item.embedded))
        else:
            spelt.append(item)
    return spelt


def check_rules(records: list[Record]) -> None:
    """Known columns of the right types; no source row twice."""
    for record in records:
        schema = RAW[record.table]
        for name, value in record.values.items():
            kind = str(schema.field(name).type)
            wanted = {"string": str, "bool": bool}.get(kind, list)
            assert value is None or isinstance(value, wanted), (name, value)
    own = [record.row for record in records if not record.embedded]
    assert len(own) == len(set(own))


@pytest.fixture
def read_table(tmp_path):
    """Write lists of cells as a CSV file and read it with a format."""

    def run(
        reader: ModuleType,
        table: list[list[str]],
        name: str = "dump.csv",
        encoding: str = "utf-8-sig",
        delimiter: str = ",",
        **options,
    ) -> list[Record]:
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(table)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.getvalue().encode(encoding))
        return read_path(reader, Source(path, name, tmp_path), **options)

    return run


@pytest.fixture
def read_json(tmp_path):
    """Write objects as a JSON array, or as lines for a name in .jsonl, and read them."""

    def run(reader: ModuleType, value: object, name: str = "dump.json", **options) -> list[Record]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = name.endswith(".jsonl")
        values = value if lines and isinstance(value, list) else [value]
        text = "".join(json.dumps(v, ensure_ascii=False) + "\n" for v in values)
        path.write_text(text, encoding="utf-8")
        return read_path(reader, Source(path, name, tmp_path), **options)

    return run


@pytest.fixture
def read_sqlite(tmp_path):
    """Write tables, each a list of rows by column, as an SQLite file and read it."""

    def run(reader: ModuleType, tables: dict[str, list[dict]], **options) -> list[Record]:
        path = tmp_path / "dump.db"
        with closing(sqlite3.connect(path)) as database:
            for table, rows in tables.items():
                database.execute(f"CREATE TABLE {table} ({', '.join(rows[0])})")
                marks = ", ".join("?" * len(rows[0]))
                database.executemany(
                    f"INSERT INTO {table} VALUES ({marks})", [list(row.values()) for row in rows]
                )
            database.commit()
        return read_path(reader, Source(path, "dump.db", tmp_path), **options)

    return run


@pytest.fixture(name="read_path")
def _read_path():
    return read_path


def read_path(reader: ModuleType, source: Source, **options) -> list[Record]:
    """Read a file with a format, and check the rules that hold for all formats."""
    assert reader.sniff(source, source.path.read_bytes()[: 1 << 16]) > 0
    found = rows_of(list(reader.read(source, ReadOptions(**options))))
    check_rules(found)
    return found


@pytest.fixture
def sample(real_data):
    """Return a function: path below the crawler samples -> its Source."""

    def locate(name: str) -> Source:
        root = real_data("crawler_samples")
        return Source(root / name, name, root)

    return locate
