"""Shared by the tests of the readers of delimited text: write a dump, read it, check the rules."""

from __future__ import annotations

import csv
import io
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
