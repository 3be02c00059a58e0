"""Predictions to a file: Parquet, JSON lines, or CSV that Excel opens as it should."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from gnn_emotion.schema.errors import GnnEmotionError, closest

#: Rows a row group of Parquet, and rows turned into JSON at once.
_ROWS = 131_072
_BOM = b"\xef\xbb\xbf"


def output_format(path: Path, chosen: str | None = None) -> str:
    """Choose the format of a file: the one that was asked for, else by its suffix, else Parquet.

    Raises:
        GnnEmotionError: no such format.
    """
    if chosen is None:
        return path.suffix[1:].lower() if path.suffix[1:].lower() in WRITERS else "parquet"
    if chosen not in WRITERS:
        raise GnnEmotionError(f"unknown output format {chosen!r}; {closest(chosen, WRITERS)}")
    return chosen


def write_predictions(table: pa.Table, path: Path, format: str) -> None:  # noqa: A002
    """Write predictions to a file that is whole from the moment it has its name.

    Args:
        table: the predictions.
        path: the file; one that is there is replaced.
        format: a key of ``WRITERS``.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    WRITERS[format](table, unfinished)
    unfinished.replace(path)


def _write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", row_group_size=_ROWS)


def _write_jsonl(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for batch in _times_as_text(table).to_batches(_ROWS):
            for row in batch.to_pylist():
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_csv(table: pa.Table, path: Path) -> None:
    with path.open("wb") as out:
        out.write(_BOM)
        csv.write_csv(_times_as_text(table), out, csv.WriteOptions(quoting_style="needed"))


def _times_as_text(table: pa.Table) -> pa.Table:
    """Write times as ISO 8601 in UTC, and floats with as many digits as they have."""
    place = table.schema.get_field_index("created_at")
    seconds = table["created_at"].cast(pa.timestamp("s", "UTC"), safe=False)
    table = table.set_column(place, "created_at", pc.strftime(seconds, "%Y-%m-%dT%H:%M:%SZ"))
    for i, column in enumerate(table.schema):
        if pa.types.is_float32(column.type):
            rounded = pc.round(table[column.name].cast(pa.float64()), 6)
            table = table.set_column(i, column.name, rounded)
    return table


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    "parquet": _write_parquet,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
}
