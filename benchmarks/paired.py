"""How sure is it that one model beats another: intervals for repeated folds and for posts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

Codes = npt.NDArray[np.int64]


def corrected_interval(values: npt.NDArray[np.float64], folds: int) -> tuple[float, float]:
    """Average results of repeated folds, with a 95 % interval.

    Training sets overlap, so that the results are not independent: the variance of their mean is
    (1/J + test/train) times theirs (Nadeau & Bengio 2003), with J results and
    test/train = 1 / (folds - 1).

    Args:
        values: one result a seed and fold ``[J]``.
        folds: of a partition.

    Returns:
        The mean, and the half width of its Student t interval.
    """
    scale = np.sqrt(1 / len(values) + 1 / (folds - 1))
    half = stats.t.ppf(0.975, len(values) - 1) * scale * values.std(ddof=1)
    return float(values.mean()), float(half)


def bootstrap_gain(
    label: Codes, group: Codes, one: Codes, other: Codes, num_classes: int, draws: int = 2_000
) -> tuple[float, float]:
    """Draw groups of posts with replacement: a 95 % interval of the gain in macro-F1.

    The gain is that over all posts of a partition, averaged over the partitions.

    Args:
        label: true classes ``[N]``.
        group: posts that are drawn together share a number ``[N]``.
        one: predictions of the first model in each partition ``[S, N]``.
        other: those of the second.
        num_classes: K.
        draws: how often.

    Returns:
        The 2.5 % and the 97.5 % quantile.
    """
    rng, place = np.random.default_rng(0), np.unique(group, return_inverse=True)[1]
    count, gains = place.max() + 1, []
    for _ in range(draws):
        weight = rng.multinomial(count, np.full(count, 1 / count))[place].astype(np.float64)
        first, second = (
            np.mean([_macro_f1(label, pred, weight, num_classes) for pred in preds])
            for preds in (one, other)
        )
        gains.append(first - second)
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), float(high)


def _macro_f1(
    label: Codes, pred: Codes, weight: npt.NDArray[np.float64], num_classes: int
) -> float:
    cells = np.bincount(label * num_classes + pred, weight, num_classes**2)
    cells = cells.reshape(num_classes, num_classes)
    both = cells.sum(axis=0) + cells.sum(axis=1)
    return float(np.mean(2 * np.diag(cells) / np.maximum(both, 1e-12)))
