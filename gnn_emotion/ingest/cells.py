"""From the cells of a row to the raw columns of a record, and what a file's name says."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gnn_emotion.ingest.records import Source

Plan = Callable[[list[str]], dict[str, Any]]


def plan(header: Sequence[str], columns: Mapping[str, str | tuple[str, ...]]) -> Plan:
    """Find the columns of a header once; return what picks them from a row.

    Args:
        header: the names of the columns.
        columns: raw column -> name in the header, or names in order of preference.

    Returns:
        A function from cells (as many as the header has) to raw values. An empty cell is None;
        where several names are given, the first one that the header has is taken.
    """
    index = {name: i for i, name in reversed(list(enumerate(header)))}
    chosen: list[tuple[str, int]] = []
    for raw, names in columns.items():
        for name in (names,) if isinstance(names, str) else names:
            if name in index:
                chosen.append((raw, index[name]))
                break

    def pick(cells: list[str]) -> dict[str, Any]:
        return {raw: cells[i] or None for raw, i in chosen}

    return pick


def pad(cells: list[str], width: int) -> list[str]:
    """Return the cells of a row that ends early, with empty cells up to the width."""
    return cells if len(cells) >= width else cells + [""] * (width - len(cells))


def split(cell: str | None, separator: str = ",") -> list[str] | None:
    """Split a cell that holds a list; None if there is nothing in it."""
    if not cell:
        return None
    parts = cell.split(separator)
    return parts if all(parts) else [part for part in parts if part] or None


def literal_list(cell: str | None) -> list[str] | None:
    """Read a list that Python printed, such as ``['a', 'b']``; cut or damaged ones by quotes."""
    if not cell or cell == "[]":
        return None
    try:
        value = ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return [part for part in cell.split("'")[1::2] if part] or None
    return [str(part) for part in value] or None if isinstance(value, list | tuple) else None


def file_author(source: Source) -> tuple[str | None, str | None]:
    """Read the author from ``<nickname>/<uid>.csv``, as the crawlers by user name their files.

    Returns:
        (user id, nickname): None where the file is not named by a number, and where the folder
        is the one that the user gave, or a number too.
    """
    if not source.path.stem.isdigit():
        return None, None
    folder = source.path.parent
    named = folder != source.root and not folder.name.isdigit()
    return source.path.stem, (folder.name or None) if named else None


def row_id(source: Source, row: int) -> str:
    """Name a post of a source that gives its posts no id."""
    return f"{source.name}:{row}"
