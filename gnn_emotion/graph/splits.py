"""Splits that leak nothing: by cascade, or by time; and those that a data set comes with.

A split is a vector of codes into ``SPLITS``. Sampling single posts is not offered: a repost and
the post that it copies would then lie on both sides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.schema.graph import UNKNOWN_TIME

SPLITS = ("train", "val", "test")
Codes = npt.NDArray[np.int8]
#: Code of a post in no split, whose label is not used.
UNSPLIT = -1
#: What tables of splits call the splits -> code.
_NAMES = {"train": 0, "val": 1, "valid": 1, "dev": 1, "test": 2, "none": UNSPLIT}


def split_by_cascade(
    thread: npt.NDArray[np.int64],
    root_ids: Sequence[str],
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2),
) -> Codes:
    """Put each thread, whole, into one split.

    The side depends on the id of the root alone (sha256), so that a post stays where it is when
    the dump grows, and across machines.

    Args:
        thread: row of the root of each post ``[N]``.
        root_ids: the post id of each row ``[N]``.
        fractions: shares of train, val and test.

    Returns:
        Codes into ``SPLITS`` ``[N]``.

    Raises:
        ValueError: when the fractions are negative or do not sum to 1.
    """
    bounds = _bounds(fractions)
    roots, inverse = np.unique(thread, return_inverse=True)
    draws = np.array([unit(root_ids[row]) for row in roots])
    return np.searchsorted(bounds, draws, side="right").astype(np.int8)[inverse]


def split_by_time(
    time: npt.NDArray[np.int64], fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
) -> Codes:
    """Train on the past, test on the future; posts of one second stay together.

    Args:
        time: seconds ``[N]``; posts of unknown time go to train.
        fractions: shares of train, val and test among the dated posts.

    Returns:
        Codes into ``SPLITS`` ``[N]``.

    Raises:
        ValueError: when the fractions are negative or do not sum to 1.
    """
    bounds = _bounds(fractions)
    dated = time[time != UNKNOWN_TIME]
    if not len(dated):
        return np.zeros(len(time), dtype=np.int8)
    # Rounded, for 0.7 + 0.1 is a little less than 0.8; a bound of 1 lies past the last post.
    moments = np.append(np.sort(dated), np.iinfo(np.int64).max)
    cuts = moments[np.rint(bounds * len(dated)).astype(np.int64)]
    return np.searchsorted(cuts, time, side="right").astype(np.int8)


def split_from_table(
    ids: Sequence[str] | pa.ChunkedArray, table: pa.Table, labelled: npt.NDArray[np.int64]
) -> Codes:
    """Split as a table says.

    Args:
        ids: post ids of a dump ``[N]``.
        table: columns ``post_id`` and ``split``: train, val (or valid, dev), test, or none for a
            post that is left out. Further columns do no harm.
        labelled: rows of the posts whose labels are used; the table must name all of them.

    Returns:
        Codes into ``SPLITS`` ``[N]``; ``UNSPLIT`` for a post that the table does not name.

    Raises:
        GnnEmotionError: a column is missing, a split has another name, a post is not in the dump
            or stands twice, or a labelled post is not named. Rows count from 1, without a header.
    """
    names, given = _column(table, "split"), _column(table, "post_id")
    known = ids if isinstance(ids, pa.ChunkedArray) else pa.array(ids, pa.string())
    code = _places(pc.utf8_lower(names), pa.array(list(_NAMES), pa.string()))
    _refuse(code < 0, names, "unknown split {!r}; {}", _NAMES)
    rows = _places(given, known)
    _refuse(rows < 0, given, "post {!r} is not in the dump; expected ids of its posts")
    first = np.unique(rows, return_index=True)[1]
    again = np.ones(len(rows), dtype=bool)
    again[first] = False
    _refuse(again, given, "post {!r} stands in an earlier row already; expected each post once")
    unnamed = np.setdiff1d(labelled, rows)
    if len(unnamed):
        raise GnnEmotionError(
            f"splits: {len(unnamed):,} of {len(np.unique(labelled)):,} labelled posts are in no "
            f"row, the first is {known[int(unnamed[0])].as_py()!r}; expected train, val or test "
            "for each, or none for one that is left out"
        )
    codes = np.full(len(known), UNSPLIT, dtype=np.int8)
    codes[rows] = np.array(list(_NAMES.values()), dtype=np.int8)[code]
    return codes


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise GnnEmotionError(
            f"splits: no column {name!r}; expected post_id and split, there are "
            f"{', '.join(map(repr, table.column_names)) or 'none'}"
        )
    return pc.utf8_trim_whitespace(pc.fill_null(table[name].cast(pa.string()), ""))


def _places(values: pa.ChunkedArray, known: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return the place of each value among those that are known; -1 where it is not."""
    return pc.fill_null(pc.index_in(values, value_set=known), -1).to_numpy().astype(np.int64)


def _refuse(
    wrong: npt.NDArray[np.bool_],
    values: pa.ChunkedArray,
    problem: str,
    known: Iterable[str] = (),
) -> None:
    """Raise where rows are wrong, for the first of them."""
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return
    value = values[int(rows[0])].as_py()
    more = f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
    said = problem.format(value, closest(value, known))
    raise GnnEmotionError(f"splits, row {rows[0] + 1}{more}: {said}")


def _bounds(fractions: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(f"fractions are {fractions}; expected three shares that sum to 1")
    return np.cumsum(fractions)[:2]


def unit(text: str) -> float:
    """Draw a number from 0 to 1 that depends on a text alone (sha256)."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
