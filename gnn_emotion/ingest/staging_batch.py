"""One raw batch to staged rows and to those that quarantine keeps; nothing here writes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.media_files import MediaFiles
from gnn_emotion.ingest.staged import MEDIA
from gnn_emotion.ingest.staging_ids import named_rows
from gnn_emotion.ingest.staging_labels import clean_labels
from gnn_emotion.ingest.staging_posts import clean_posts, usable_posts
from gnn_emotion.ingest.staging_users import (
    clean_follows,
    clean_users,
    usable_follows,
    usable_users,
)

#: Characters of a row that quarantine keeps.
RAW_CHARACTERS = 500
_UNUSABLE = {
    "posts": "no id, no text and no media; expected one of them",
    "users": "no id and no name; expected one of them",
    "follows": "expected the ids of two users that differ",
}
_PEOPLE = {
    "users": (clean_users, usable_users),
    "follows": (clean_follows, usable_follows),
}


@dataclass(frozen=True)
class Origin:
    """What is the same for all rows of a source.

    Attributes:
        number: of the source.
        name: of the source.
        start: rank of its first row over all sources.
        files: the media files beside it, if any.
        label_set: the set of labels that do not say theirs.
    """

    number: int
    name: str
    start: int
    files: MediaFiles | None = None
    label_set: str | None = None


@dataclass(frozen=True)
class Rows:
    """Raw rows of one table, and where each of them came from.

    Attributes:
        origin: their source.
        data: columns of ``RAW[table]`` ``[N]``.
        row: numbers in the source ``[N]``.
        embedded: whether a row lay inside another one ``[N]``.
        seq: ranks over all sources ``[N]``.
    """

    origin: Origin
    data: pa.Table
    row: pa.Array
    embedded: pa.Array
    seq: pa.Array

    def filter(self, keep: pa.Array) -> Rows:
        """Keep some of the rows."""
        parts = (part.filter(keep) for part in (self.data, self.row, self.embedded, self.seq))
        return Rows(self.origin, *parts)

    def table(self, columns: Mapping[str, pa.Array]) -> pa.Table:
        """Put cleaned columns beside where the rows came from."""
        source = pa.array(np.full(len(self.row), self.origin.number, np.int32))
        origin = {"seq": self.seq, "source": source, "embedded": self.embedded}
        return pa.table({**origin, **columns})


@dataclass
class Cleaned:
    """What became of a batch.

    Attributes:
        tables: rows by table of ``STAGED``.
        damage: what was repaired, refused or could not be read -> how often.
        refused_labels: label as written -> how often.
    """

    tables: dict[str, pa.Table] = field(default_factory=dict)
    damage: Counter[str] = field(default_factory=Counter)
    refused_labels: Counter[str] = field(default_factory=Counter)


def clean_batch(table: str, rows: Rows) -> Cleaned:
    """Clean a batch.

    Args:
        table: a key of ``RAW``.
        rows: its raw rows.

    Returns:
        The staged rows. A row that says nothing usable is in ``quarantine``, or, where it lay
        inside another one, nowhere.
    """
    cleaned = Cleaned()
    if table == "quarantine":
        cleaned.tables[table] = _quarantined(rows)
    elif table == "posts":
        _clean_posts(rows, cleaned)
    else:
        clean, usable = _PEOPLE[table]
        columns = clean(rows.data, cleaned.damage)
        keep = usable(columns)
        _refuse(table, rows, keep, cleaned)
        cleaned.tables[table] = rows.table(columns).filter(keep)
    return cleaned


def _clean_posts(rows: Rows, cleaned: Cleaned) -> None:
    keep = usable_posts(rows.data)
    _refuse("posts", rows, keep, cleaned)
    rows = rows.filter(keep)
    columns = clean_posts(rows.data, cleaned.damage)
    place = pc.subtract(rows.seq, rows.origin.start)
    ids = named_rows(columns["post_id"], rows.origin.name, rows.row, rows.embedded, place)
    columns |= {"post_id": ids, "media": _with_files(columns, rows.origin.files)}
    cleaned.tables["posts"] = rows.table(columns)
    written = rows.data["label"].combine_chunks()
    if written.null_count < len(written):
        sets = rows.data["label_set"].combine_chunks()
        label, name = clean_labels(written, sets, rows.origin.label_set, cleaned.refused_labels)
        labelled = rows.table({"post_id": ids, "label_set": name, "label": label})
        cleaned.tables["labels"] = labelled.filter(pc.is_valid(label))


def _refuse(table: str, rows: Rows, keep: pa.Array, cleaned: Cleaned) -> None:
    """Quarantine the rows that are not kept; those inside other rows are only dropped."""
    if pc.all(keep).as_py():
        return
    refused = rows.filter(pc.and_(pc.invert(keep), pc.invert(rows.embedded)))
    raw = [_written(row) for row in refused.data.to_pylist()]
    reasons = pa.array([_UNUSABLE[table]] * len(raw), pa.string())
    data = pa.table({"reason": reasons, "raw": pa.array(raw, pa.string())})
    parts = refused.row, refused.embedded, refused.seq
    cleaned.tables["quarantine"] = _quarantined(Rows(rows.origin, data, *parts))


def _quarantined(rows: Rows) -> pa.Table:
    return rows.table({"row": rows.row, "reason": rows.data["reason"], "raw": rows.data["raw"]})


def _written(row: dict[str, object]) -> str:
    known = {name: value for name, value in row.items() if value not in (None, "", [])}
    return json.dumps(known, ensure_ascii=False)[:RAW_CHARACTERS]


def _with_files(columns: Mapping[str, pa.Array], files: MediaFiles | None) -> pa.Array:
    """Add the files that a crawler saved for each post."""
    if not files:
        return columns["media"]
    names = zip(columns["post_id"].to_pylist(), columns["bid"].to_pylist(), strict=True)
    media = zip(names, columns["media"].to_pylist(), strict=True)
    return pa.array([files.attach(name, items or []) or None for name, items in media], MEDIA)
