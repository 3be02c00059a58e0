"""Rows of sources whose rows have no numbers of their own: objects, and tables of a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gnn_emotion.ingest.delimited import RAW_CHARACTERS
from gnn_emotion.ingest.records import Record

#: Tables and raw columns: the first is the row itself, the others are embedded in it.
Row = list[tuple[str, dict[str, Any]]]
#: Turns an object into the rows that it holds.
Convert = Callable[[dict[str, Any]], Iterable[Row]]


def numbered(rows: Iterable[Row]) -> Iterator[Record]:
    """Number rows from 1, in the order in which they come."""
    for number, row in enumerate(rows, 1):
        for place, (table, values) in enumerate(row):
            yield Record(table, number, values, embedded=place > 0)


def refused(reason: str, value: Any) -> Row:
    """Make the row of a value that cannot be used.

    Args:
        reason: what is wrong with it, for the user.
        value: text, or what JSON made of it; cut at 500 characters.
    """
    raw = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    raw = raw[:RAW_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
    return [("quarantine", {"reason": reason, "raw": raw})]
