"""Features that were computed elsewhere, in place of an encoder of any modality."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.encoders.store.cache import rounded
from gnn_emotion.encoders.tables.feature_tables import FeatureTable, read_feature_table
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, FROM_FILE, MISSING, OK, EncoderSpec, Features

_log = logging.getLogger(__name__)

_LARGEST = float(np.finfo(np.float16).max)
#: What is left of an id that was a number on the way: 4.45e15, 1E+15, 4454572602912349.0. Digits
#: around a bare ``e`` are none: the hexadecimal ids that hashing gives look so.
_DAMAGED = r"^\d\.\d*[eE]\+?\d+$|^\d[eE]\+\d+$|^\d+\.0*$"
_EXAMPLES = 3
#: Rows that are brought into order at once.
_PART = 1 << 16


def read_feature_file(
    name: str, path: Path, ids: pa.Array | pa.ChunkedArray, dim: int | None = None
) -> Features:
    """Read the features of the nodes of a dump from a file.

    Rows are found by id, whatever their order. A node without a row is missing; one whose row
    holds NaN, infinity, or a value beyond float16 (65504), is corrupt. Values are rounded to
    float16, as those of every encoder are when they are kept.

    Args:
        name: of the modality, for messages, and for the column ``<name>_id``.
        path: see ``read_feature_table``.
        ids: N node ids of the dump.
        dim: columns that a model expects; None for any number.

    Returns:
        Features ``[N, D]`` in the order of ``ids``. The spec has the encoder ``file``, as revision
        the sha256 of the content, and a hash of the names of the columns.

    Raises:
        ContractError: the file cannot be read, has ids twice or damaged ones, none that the dump
            has, or another number of columns than ``dim``.
    """
    table = read_feature_table(path, name)
    where = f"features {name!r}: {path}"
    if dim is not None and len(table.columns) != dim:
        raise ContractError(f"{where} has {len(table.columns)} columns, expected {dim}")
    known = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    known = known.cast(pa.string())
    _check_ids(table.ids, where)
    _check_match(table.ids, known, where)
    rows = pc.fill_null(pc.index_in(known, value_set=table.ids), -1).to_numpy()
    x, status = _placed(table, rows)
    _say_losses(table, rows, status, where)
    names = json.dumps(table.columns, ensure_ascii=False)
    options = {"columns": hashlib.sha256(names.encode()).hexdigest()[:16]}
    spec = EncoderSpec(FROM_FILE, table.revision, len(table.columns), options)
    return Features(known, x, status == OK, status, spec)


def _check_ids(ids: pa.Array, where: str) -> None:
    blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(ids), ""), True)
    if pc.any(blank).as_py():
        row = pc.index(blank, True).as_py()
        raise ContractError(f"{where}: row {row + 1} of {len(ids)} has no id")
    counts = pc.value_counts(ids)
    twice = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
    if len(twice):
        raise ContractError(
            f"{where}: {len(twice)} ids are there more than once, first {_some(twice)}; expected "
            "one row an id"
        )


def _check_match(ids: pa.Array, known: pa.Array, where: str) -> None:
    """Say which ids the dump does not have; stop where that is the fault of the file."""
    unknown = ids.filter(pc.invert(pc.is_in(ids, value_set=known)))
    damaged = unknown.filter(pc.match_substring_regex(unknown, _DAMAGED))
    if len(damaged):
        raise ContractError(
            f"{where}: {len(damaged)} ids were turned into numbers, first {_some(damaged)}, and "
            f"are not in the dump, which has {_some(known)}; write ids as text"
        )
    if len(unknown) == len(ids) and len(known):
        raise ContractError(
            f"{where}: none of its {len(ids)} ids ({_some(ids)}) is among the {len(known)} of the "
            f"dump ({_some(known)})"
        )
    if len(unknown):
        message = "%s: %d of %d ids are not in the dump, first %s"
        _log.warning(message, where, len(unknown), len(ids), _some(unknown))


def _placed(
    table: FeatureTable, rows: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Bring rows of the file into the order of the dump.

    Args:
        table: the file.
        rows: row of each node in it, -1 for none ``[N]``.

    Returns:
        Features ``[N, D]``, 0 where there are none, and status ``[N]``.
    """
    x = np.zeros((len(rows), len(table.columns)), dtype=np.float32)
    status = np.full(len(rows), MISSING, dtype=np.uint8)
    there = np.flatnonzero(rows >= 0)
    for start in range(0, len(there), _PART):
        at = there[start : start + _PART]
        with np.errstate(over="ignore"):  # beyond float32 is infinite, and found so
            given = np.asarray(table.x[rows[at]], dtype=np.float32)
        sound = (np.abs(given) <= _LARGEST).all(axis=1)
        status[at] = np.where(sound, OK, CORRUPT)
        x[at[sound]] = rounded(given[sound])
    return x, status


def _say_losses(
    table: FeatureTable, rows: npt.NDArray[np.int32], status: npt.NDArray[np.uint8], where: str
) -> None:
    missing = int((status == MISSING).sum())
    if missing:
        _log.warning("%s: %d of %d nodes have no row", where, missing, len(rows))
    corrupt = np.flatnonzero(status == CORRUPT)
    if len(corrupt):
        row = rows[corrupt[0]]
        column = int(np.flatnonzero(~(np.abs(table.x[row]) <= _LARGEST))[0])
        _log.warning(
            "%s: %d rows hold NaN, infinity or more than %g (first: id %r, column %r is %g); "
            "scale such columns to unit variance",
            where,
            len(corrupt),
            _LARGEST,
            table.ids[row].as_py(),
            table.columns[column],
            table.x[row, column],
        )


def _some(ids: pa.Array) -> str:
    return ", ".join(map(repr, ids[:_EXAMPLES].to_pylist()))
