"""JSON of no known crawler: flat objects in any layout, read by the names of their keys.

Objects in an object are flattened (``{"user": {"id": 1}}`` has the column ``user_id``); an object
around lists of objects, such as the ``RECORDS`` of a database tool, is a wrapper (FORMATS 2.8).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from gnn_emotion.ingest.arrays import from_cells
from gnn_emotion.ingest.delimited import quarantine
from gnn_emotion.ingest.jsonrows import Broken, first_object, values
from gnn_emotion.ingest.jsonvalues import as_text
from gnn_emotion.ingest.mapped import tables
from gnn_emotion.ingest.numbered import refused
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source
from gnn_emotion.ingest.synonyms import POSTS, resolve
from gnn_emotion.schema.errors import DumpError

NAME = "generic-json"

_BATCH_ROWS = 5_000
_SUFFIXES = (".json", ".jsonl", ".ndjson")


def sniff(source: Source, head: bytes) -> float:
    """Take any JSON, but leave it to every format that knows it."""
    first: dict[str, Any] = next(_objects(first_object(head)), {})
    if not first:
        return 0.0
    try:
        resolve(list(_flat(first)), {}, source.name)
    except DumpError:
        return 0.1 if source.path.suffix.lower() in _SUFFIXES else 0.0
    return 0.3


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the objects in batches.

    Raises:
        DumpError: no object has a mapped key, or no key looks like text.
    """
    names: dict[str, None] = {}
    row, batch = 1, []
    for value in values(source):
        for item in _objects(value) if isinstance(value, dict) else [value]:
            if isinstance(item, dict):
                batch.append(_flat(item))
            if batch and (len(batch) == _BATCH_ROWS or not isinstance(item, dict)):
                yield from _tables(source, options, names, row, batch)
                row, batch = row + len(batch), []
            if not isinstance(item, dict):
                yield _bad(row, item)
                row += 1
    if batch:
        yield from _tables(source, options, names, row, batch)


def _bad(row: int, item: Any) -> Record:
    if isinstance(item, Broken):
        return quarantine(row, item.reason, item.raw)
    ((table, raw),) = refused("not a JSON object", item)
    return Record(table, row, raw)


def _objects(value: dict[str, Any]) -> Iterator[Any]:
    """Yield the object, or what is in its lists of objects if it has no text of its own."""
    lists = [inner for inner in value.values() if isinstance(inner, list) and inner]
    lists = [inner for inner in lists if isinstance(inner[0], dict)]
    texts = (inner for key, inner in value.items() if key.casefold() in POSTS["text"])
    if not lists or any(isinstance(text, str) for text in texts):
        yield value
    else:
        for inner in lists:
            yield from inner


def _flat(value: dict[str, Any]) -> dict[str, str | None]:
    """Write all values as strings; those of inner objects get both names."""
    flat: dict[str, str | None] = {}
    for key, inner in value.items():
        text = as_text(inner)
        if isinstance(inner, dict) and text is None:
            for name, leaf in inner.items():
                flat.setdefault(f"{key}_{name}", _written(leaf))
        else:
            flat[key] = text or _written(inner)
    return flat


def _written(value: Any) -> str | None:
    if isinstance(value, list | dict) and value:
        return as_text(json.dumps(value, ensure_ascii=False))
    return as_text(value)


def _tables(
    source: Source,
    options: ReadOptions,
    names: dict[str, None],
    row: int,
    batch: list[dict[str, str | None]],
) -> Iterator[Columns]:
    for item in batch:
        names.update(dict.fromkeys(item))
    found = resolve(list(names), options.columns, source.name)
    listed = list(names)
    wanted = {*found.columns.values(), *found.profile.values()}
    columns: dict[int, pa.Array] = {
        i: from_cells([item.get(listed[i]) for item in batch]) for i in wanted
    }
    yield from tables(source, options, found, row, columns)
