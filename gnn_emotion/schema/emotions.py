"""The registry of label sets: reading labels, and converting probabilities without losing mass.

A post keeps the distribution over the set that its model was trained on; another set is a view,
``probs @ matrix``. Only fine -> coarse is a view: what a coarse label hides cannot be brought
back, so coarse -> fine is refused, and training on coarse labels uses ``partial_targets``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.label_mapping import CANONICAL, LabelMapping, mapping, targets_from
from gnn_emotion.schema.label_sets import LabelSet, label_set, label_sets, parse_labels

__all__ = [
    "CANONICAL",
    "VALENCE",
    "VALENCE_LABELS",
    "LabelMapping",
    "LabelSet",
    "SharedLabels",
    "convert",
    "convert_multilabel",
    "is_valence",
    "label_polarity",
    "label_set",
    "label_sets",
    "label_valence",
    "mapping",
    "parse_labels",
    "partial_targets",
    "shared_labels",
    "targets_from",
    "valence",
]

#: Valence of the ekman7 labels, -1 unpleasant to +1 pleasant. A rule, not a measurement: joy is
#: +1, the four negative emotions are -1, neutral and surprise are 0. No published norm (NRC-VAD,
#: ChineseEmoBank) can be shipped or checked here, and surprise must never decide a polarity.
VALENCE: Mapping[str, float] = MappingProxyType(
    {
        "neutral": 0.0,
        "joy": 1.0,
        "anger": -1.0,
        "disgust": -1.0,
        "fear": -1.0,
        "sadness": -1.0,
        "surprise": 0.0,
    }
)


#: What stands in place of a label set where labels are numbers, a valence each.
VALENCE_LABELS = "valence"
_POLARITY_VALENCE: Mapping[str, float] = MappingProxyType(
    {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
)


@dataclass(frozen=True)
class SharedLabels:
    """The classes on which two label sets may be compared.

    Attributes:
        pairs: (label of the first set, label of the second) that mean the same.
        dropped_first: labels of the first set with no equal.
        dropped_second: labels of the second set with no equal.
    """

    pairs: tuple[tuple[str, str], ...]
    dropped_first: tuple[str, ...]
    dropped_second: tuple[str, ...]


def convert(
    probs: npt.ArrayLike, source: str, target: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Sum the probabilities of one label set into another; take the argmax afterwards.

    Args:
        probs: [N, K_source], not negative; each row's sum is kept, whatever it is.
        source: the set of the columns of ``probs``.
        target: the set that is asked for.

    Returns:
        ``probs`` [N, K_target] and ``unmapped`` [N], which together hold all of each row's mass.

    Raises:
        LabelError: unknown or refused conversion, or probabilities that are none.
    """
    table = mapping(source, target)
    checked = _checked(probs, source)
    return checked @ table.matrix, checked @ table.unmapped


def convert_multilabel(scores: npt.ArrayLike, source: str, target: str) -> npt.NDArray[np.float64]:
    """Convert the scores of independent labels (sigmoids), of which several may hold at once.

    Summing would pass 1; the score of a target label is that of at least one of its source
    labels, ``1 - prod(1 - p)``.

    Args:
        scores: [N, K_source] in [0, 1].
        source: the set of the columns of ``scores``.
        target: the set that is asked for.

    Returns:
        [N, K_target] in [0, 1].
    """
    table = mapping(source, target)
    checked = _checked(scores, source)
    if checked.size and checked.max() > 1:
        raise LabelError(f"scores reach {checked.max()}, expected at most 1")
    kept = 1 - checked[:, :, None] * table.matrix[None]
    return np.asarray(1 - kept.prod(axis=1))


def _checked(probs: npt.ArrayLike, source: str) -> npt.NDArray[np.float64]:
    array, k = np.asarray(probs, dtype=np.float64), label_set(source).K
    if array.ndim != 2 or array.shape[1] != k:
        raise LabelError(f"probabilities have shape {array.shape}, expected [N, {k}] ({source!r})")
    bad = ~(np.isfinite(array) & (array >= 0)).all(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise LabelError(f"row {row}: probabilities {array[row]}, expected finite and >= 0")
    return array


def partial_targets(
    labels: npt.ArrayLike, set_name: str, native: str = CANONICAL
) -> npt.NDArray[np.bool_]:
    """Return the native labels that each coarse label may stand for.

    For a partial-label loss, ``-log(sum of probs where the mask is true)``: SMP2020's angry is
    {anger, disgust}. A label without counterpart stands for the native labels of its polarity
    (CPED's negative-other), or else, as -1 for unlabelled does, for all: its loss is then 0.

    Args:
        labels: int [N], positions in ``set_name``, -1 for unlabelled.
        set_name: the set of the labels.
        native: the set that the model predicts.

    Returns:
        bool [N, K_native], at least one true in each row.

    Raises:
        LabelError: positions out of range, or sets that neither way maps.
    """
    index = np.asarray(labels, dtype=np.int64)
    k = label_set(set_name).K
    if index.ndim != 1 or (index.size and (index.min() < -1 or index.max() >= k)):
        raise LabelError(f"labels of {set_name!r} must be int [N] from -1 to {k - 1}")
    rows = _stands_for(set_name, native)
    rows = np.vstack([rows, np.ones_like(rows[:1])])  # the last row serves -1
    return rows[index]


@cache
def _stands_for(coarse: str, native: str) -> npt.NDArray[np.bool_]:
    """Return bool [K_coarse, K_native]: which native labels are summed into each coarse label."""
    if coarse in targets_from(native):
        rows = mapping(native, coarse).matrix.T > 0
    else:
        rows = mapping(coarse, native).matrix > 0
    empty = ~rows.any(axis=1)
    rows[empty] = _same_polarity(coarse, native)[empty]
    return rows


def _same_polarity(coarse: str, native: str) -> npt.NDArray[np.bool_]:
    """Return bool [K_coarse, K_native] for labels with no counterpart (CPED's negative-other)."""
    a, b = label_set(coarse), label_set(native)
    shared = "polarity3" in targets_from(coarse) and "polarity3" in targets_from(native)
    if not shared:
        return np.ones((a.K, b.K), dtype=bool)
    same = mapping(coarse, "polarity3").matrix @ mapping(native, "polarity3").matrix.T > 0
    same[~same.any(axis=1)] = True
    return same


def shared_labels(first: str, second: str) -> SharedLabels:
    """Return the labels on which scores for two sets may be compared.

    Two labels are shared when one alone is summed into the other, whole and without loss: joy
    and happy are, anger and SMP2020's angry (which also holds disgust) are not.

    Raises:
        LabelError: neither set can be converted to the other.
    """
    if second not in targets_from(first):
        other = shared_labels(second, first) if first in targets_from(second) else None
        if other is None:
            mapping(first, second)  # raises, and says what can be answered
            raise AssertionError("unreachable")
        swapped = tuple((b, a) for a, b in other.pairs)
        return SharedLabels(swapped, other.dropped_second, other.dropped_first)
    table, a, b = mapping(first, second), label_set(first).labels, label_set(second).labels
    alone = (table.matrix > 0).sum(axis=0) == 1
    same = (table.matrix == 1) & alone & ~table.lossy[:, None]
    pairs = tuple((a[i], b[j]) for i, j in np.argwhere(same))
    return SharedLabels(
        pairs,
        tuple(label for i, label in enumerate(a) if not same[i].any()),
        tuple(label for j, label in enumerate(b) if not same[:, j].any()),
    )


def label_valence(set_name: str) -> npt.NDArray[np.float64]:
    """Return the valence of each label of a set ``[K]``; nan where none follows from ``VALENCE``.

    Labels are read as those of ``ekman7`` that they are summed into; those of a set that only says
    whether something is good or bad, as that.
    """
    reached = targets_from(set_name)
    if CANONICAL in reached:
        known = np.array([VALENCE[label] for label in label_set(CANONICAL).labels])
    elif "polarity3" in reached:
        known = np.array([_POLARITY_VALENCE[label] for label in label_set("polarity3").labels])
    else:
        return np.full(label_set(set_name).K, np.nan)
    table = mapping(set_name, CANONICAL if CANONICAL in reached else "polarity3")
    return np.where(table.unmapped > 0, np.nan, table.matrix @ known)


def is_valence(text: str) -> bool:
    """Tell whether a label is a number from -1 to 1."""
    try:
        return -1 <= float(text) <= 1
    except ValueError:
        return False


def label_polarity(set_name: str) -> npt.NDArray[np.bool_] | None:
    """Return which of ``polarity3`` each label may be ``[K, 3]``; None for a set that has none.

    A label that is neither good nor bad by itself (surprise) may be any.
    """
    if "polarity3" not in targets_from(set_name):
        return None
    table = mapping(set_name, "polarity3")
    return (table.matrix > 0) | (table.unmapped > 0)[:, None]


def valence(probs: npt.ArrayLike, set_name: str = CANONICAL) -> npt.NDArray[np.float64]:
    """Return the expected valence of probabilities.

    Args:
        probs: ``[N, K]``, columns in the order of the set.
        set_name: the label set of the columns.

    Returns:
        float64 ``[N]`` in [-1, 1], nan where the set has no valence; see ``VALENCE`` for where the
        numbers come from. A label without a valence counts as 0.
    """
    weights = label_valence(set_name)
    checked = _checked(probs, set_name)
    if np.isnan(weights).all():
        return np.full(len(checked), np.nan)
    return np.asarray(checked @ np.nan_to_num(weights))
