"""Tables to files: Parquet, or CSV that Excel opens as it should, and runs nothing of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError

SUFFIXES = (".parquet", ".csv")
#: A spreadsheet takes text that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def check_suffix(path: Path | str, suffixes: Sequence[str] = SUFFIXES) -> None:
    """Check, before the work begins, that a table, or something else, can be written to a file.

    Args:
        path: of the file.
        suffixes: of the formats that there are; those of tables by default.

    Raises:
        GnnEmotionError: its suffix says no format.
    """
    if Path(path).suffix.lower() not in suffixes:
        raise GnnEmotionError(f"{path} ends in none of {', '.join(suffixes)}")


def write_table(table: pd.DataFrame, path: Path | str) -> None:
    """Write a table as its suffix says; the file is whole from the moment it has its name.

    In CSV, times are ISO 8601 with their zone, and a text that a spreadsheet would run as a formula
    has an apostrophe before it.

    Raises:
        GnnEmotionError: another suffix.
    """
    check_suffix(path)
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.unfinished")
    if path.suffix.lower() == ".csv":
        _as_text(table).to_csv(unfinished, index=False, encoding="utf-8-sig")
    else:
        table.to_parquet(unfinished, index=False)
    unfinished.replace(path)


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for name, column in table.items():
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            columns[name] = column.map(lambda time: time.isoformat(), na_action="ignore")
        elif column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            columns[name] = column.map(_plain).astype(object)
        else:
            columns[name] = column
    return pd.DataFrame(columns)


def _plain(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
