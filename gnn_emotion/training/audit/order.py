"""Labels that follow the order of the rows, as where a file was sorted by label."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.training.audit.report import LEAK, NOWHERE, AuditInput, Finding, Ints

_PERMUTATIONS = 200
#: Standard deviations over chance from which an agreement is no accident.
_SURE = 4.0


def order_leak(given: AuditInput) -> list[Finding]:
    """Tell whether labels follow the order of the rows, or of their ids, beyond threads.

    Neighbours of one split and of different threads are compared, and their agreement with that
    of 200 random orders of each split. It says nothing of single labels, so that it marks none.
    """
    by_row = _follows(given, given.row, "order", "rows")
    # Where rows are sorted by id, one line is enough.
    if by_row or given.ids is None:
        return by_row
    return _follows(given, _places(given.ids), "id_order", "ids")


def _places(ids: pa.Array) -> Ints:
    """Return the place of each id ``[M]`` in their order, numbers by their size."""
    texts = ids.to_pylist()
    order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), texts[at]))
    places = np.empty(len(texts), dtype=np.int64)
    places[order] = np.arange(len(texts))
    return places


def _follows(given: AuditInput, place: Ints, name: str, what: str) -> list[Finding]:
    used = np.flatnonzero((given.label >= 0) & (given.split >= 0))
    used = used[np.lexsort((place[used], given.split[used]))]
    label, split = given.label[used], given.split[used]
    pairs = _neighbours(split, given.thread[used])
    if not len(pairs):
        return []
    agreeing = _agreeing(label, pairs)
    chance = _by_chance(label, split, pairs)
    z = (agreeing - chance.mean()) / max(float(chance.std()), 1e-9)
    if z <= _SURE:
        return []
    share = agreeing / len(pairs)
    message = (
        f"neighbouring {what} of different threads agree in {share:.1%} of {len(pairs):,} cases, "
        f"in {chance.mean() / len(pairs):.1%} by chance (z = {z:.1f}): the order tells the label"
    )
    return [Finding(name, LEAK, agreeing, share, NOWHERE, message)]


def _neighbours(split: npt.NDArray[np.int8], thread: Ints) -> Ints:
    """Return the places whose next is of the same split and of another thread.

    Each two threads once: where they take turns, their moods are compared once, not at every turn.
    """
    first = np.flatnonzero((split[1:] == split[:-1]) & (thread[1:] != thread[:-1]))
    threads = np.sort(np.stack([thread[first], thread[first + 1]], axis=1))
    keys = np.column_stack([split[first], threads])
    return np.sort(first[np.unique(keys, axis=0, return_index=True)[1]])


def _agreeing(label: Ints, pairs: Ints) -> int:
    return int((label[pairs] == label[pairs + 1]).sum())


def _by_chance(label: Ints, split: npt.NDArray[np.int8], pairs: Ints) -> npt.NDArray[np.float64]:
    """Count agreeing pairs in random orders ``[200]``; labels stay in their split."""
    rng = np.random.default_rng(0)
    parts = np.split(label, np.flatnonzero(np.diff(split)) + 1)
    orders = (
        np.concatenate([rng.permutation(part) for part in parts]) for _ in range(_PERMUTATIONS)
    )
    return np.array([_agreeing(mixed, pairs) for mixed in orders], dtype=np.float64)
