"""Intervals of scores: how far they may be off because the test posts are the ones they are.

Posts, or whole groups of them (threads, users), are drawn with replacement (Efron & Tibshirani
1993); the percentiles of the scores of those samples are the interval. All scores but calibration
follow from the confusion counts, so that a sample costs one sum over groups.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gnn_emotion.training.metrics import CALIBRATION_BINS, Labels, Probs, calibration_gaps

Interval = tuple[float, float]
#: Groups times samples that are laid out at a time.
_CELLS = 20_000_000


def bootstrap_intervals(
    probs: Probs,
    label: Labels,
    labels: Sequence[str],
    group: npt.NDArray[np.int64] | None = None,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Return the intervals of scores.

    Args:
        probs: ``[N, K]``.
        label: true classes ``[N]``.
        labels: the K names.
        group: what is drawn whole ``[N]``, such as the thread of each post: posts of a thread are
            not independent. By default posts are drawn one by one.
        resamples: how many samples are drawn.
        seed: of the draws.
        level: coverage.

    Returns:
        Low and high end, by ``macro_f1``, ``accuracy``, ``weighted_f1``, ``kappa``, ``ece`` and
        ``f1_<label>``. Those of a class are over the samples in which it occurs; nan where none is.

    Raises:
        ValueError: a level, a number of samples or groups that cannot be.
    """
    if not 0 < level < 1 or resamples < 1:
        raise ValueError(
            f"level {level} and {resamples} samples; expected 0 < level < 1, 1 or more"
        )
    if group is not None and len(group) != len(label):
        raise ValueError(f"{len(group)} groups of {len(label)} posts; expected as many")
    if not len(label):
        names = ("macro_f1", "accuracy", "weighted_f1", "kappa", "ece")
        return dict.fromkeys((*names, *(f"f1_{name}" for name in labels)), (np.nan, np.nan))
    cluster = _clusters(group, len(label))
    counts = _counts(cluster, label, probs.argmax(axis=1), len(labels))
    gaps = _gaps(cluster, probs, label)
    tail = (1 - level) / 2
    drawn = _drawn(counts, gaps, labels, resamples, np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        return {name: _percentiles(values, tail) for name, values in drawn.items()}


def _clusters(group: npt.NDArray[np.int64] | None, count: int) -> npt.NDArray[np.int64]:
    if group is None:
        return np.arange(count)
    return np.asarray(np.unique(group, return_inverse=True)[1])


def _counts(
    cluster: npt.NDArray[np.int64], label: Labels, pred: Labels, classes: int
) -> npt.NDArray[np.float64]:
    """Count true and predicted classes by group ``[C, K * K]``."""
    flat = (cluster * classes + label) * classes + pred
    size = (int(cluster.max()) + 1) * classes**2
    return np.bincount(flat, minlength=size).reshape(-1, classes**2).astype(np.float64)


def _gaps(cluster: npt.NDArray[np.int64], probs: Probs, label: Labels) -> npt.NDArray[np.float64]:
    """Sum confidence minus rightness by group and confidence bin ``[C, bins]``."""
    place, gap = calibration_gaps(probs, label)
    flat = cluster * CALIBRATION_BINS + place
    size = (int(cluster.max()) + 1) * CALIBRATION_BINS
    found = np.bincount(flat, weights=gap, minlength=size)
    return found.reshape(-1, CALIBRATION_BINS).astype(np.float64)


def _drawn(
    counts: npt.NDArray[np.float64],
    gaps: npt.NDArray[np.float64],
    labels: Sequence[str],
    resamples: int,
    rng: np.random.Generator,
) -> dict[str, npt.NDArray[np.float64]]:
    """Compute the scores of every sample ``[R]``, by name."""
    groups, part = len(counts), max(1, _CELLS // len(counts))
    tables, sums = [], []
    for start in range(0, resamples, part):
        size = min(part, resamples - start)
        times = rng.multinomial(groups, np.full(groups, 1 / groups), size=size)
        tables.append(times @ counts)
        sums.append(times @ gaps)
    classes = len(labels)
    table = np.concatenate(tables).reshape(-1, classes, classes)
    found = confusion_scores(table)
    ece = np.abs(np.concatenate(sums)).sum(axis=1) / table.sum(axis=(1, 2))
    f1 = found.pop("f1")
    return found | {"ece": ece} | {f"f1_{name}": f1[:, k] for k, name in enumerate(labels)}


def confusion_scores(table: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    """Compute scores from confusion counts.

    Args:
        table: rows are true, columns are predicted ``[R, K, K]``.

    Returns:
        ``macro_f1``, ``accuracy``, ``weighted_f1`` and ``kappa`` ``[R]``; ``f1`` ``[R, K]``, nan
        for classes that do not occur.
    """
    right = np.einsum("rkk->rk", table)
    true, named, total = table.sum(axis=2), table.sum(axis=1), table.sum(axis=(1, 2))
    f1 = 2 * right / np.maximum(true + named, 1e-12)
    occurs = true > 0
    accuracy = right.sum(axis=1) / total
    chance = (true * named).sum(axis=1) / total**2
    return {
        "macro_f1": (f1 * occurs).sum(axis=1) / np.maximum(occurs.sum(axis=1), 1),
        "accuracy": accuracy,
        "weighted_f1": (f1 * true).sum(axis=1) / total,
        "kappa": np.where(chance < 1, (accuracy - chance) / np.maximum(1 - chance, 1e-12), np.nan),
        "f1": np.where(occurs, f1, np.nan),
    }


def _percentiles(values: npt.NDArray[np.float64], tail: float) -> Interval:
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
