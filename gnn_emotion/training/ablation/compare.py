"""Is one model better than another on the same posts? Differences with intervals and a test.

Two things vary: the seed of the training, and which threads the test split happens to hold. The
difference is the mean over seeds of the difference in macro-F1; its interval and p-value come from
drawing test threads anew (cluster bootstrap; Efron & Tibshirani 1993), with the same draw for both
models and all seeds. Posts of a thread are not independent, so threads are drawn whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.training.bootstrap import confusion_scores

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """What a trained model said of the test posts.

    Attributes:
        label: true classes ``[M]``.
        pred: predicted classes ``[M]``.
        thread: what is drawn whole ``[M]``.
        num_classes: K.
    """

    label: Ints
    pred: Ints
    thread: Ints
    num_classes: int

    def confusions(self) -> Floats:
        """Count, by thread, true and predicted classes ``[C, K * K]``."""
        _, cluster = np.unique(self.thread, return_inverse=True)
        size = self.num_classes**2
        flat = cluster * size + self.label * self.num_classes + self.pred
        count = np.bincount(flat, minlength=(cluster.max(initial=-1) + 1) * size)
        return count.reshape(-1, size).astype(np.float64)


@dataclass(frozen=True)
class Difference:
    """By how much a model is better than another.

    Attributes:
        mean: difference in macro-F1, the mean over seeds.
        low, high: 95 % of the differences of drawn test splits lie between.
        p: two-sided; twice the share of draws on the other side of zero.
    """

    mean: float
    low: float
    high: float
    p: float


def compare(
    first: Sequence[Answers], second: Sequence[Answers], draws: int = 5000, seed: int = 0
) -> Difference:
    """Compare two models, seed by seed, on the same test posts.

    Args:
        first: answers of one, a seed each.
        second: answers of the other, of the same seeds.
        draws: how many test splits are drawn.
        seed: of the draws.

    Raises:
        ValueError: the answers are not of the same seeds or posts.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"{len(first)} and {len(second)} seeds; expected as many of each")
    for a, b in zip(first, second, strict=True):
        if not (np.array_equal(a.thread, b.thread) and len(a.label) == len(b.label)):
            raise ValueError("the answers are not of the same posts in the same order")
    counts = [a.confusions() for a in first], [b.confusions() for b in second]
    clusters = len(counts[0][0])
    rng = np.random.default_rng(seed)
    times = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws)
    weights = np.concatenate([np.ones((1, clusters)), times.astype(np.float64)])
    scores = [
        np.mean([macro_f1_of(weights @ count) for count in model], axis=0) for model in counts
    ]
    difference = scores[0] - scores[1]
    drawn = difference[1:]
    low, high = np.quantile(drawn, [0.025, 0.975])
    tail = min((drawn <= 0).mean(), (drawn >= 0).mean())
    p = min(1.0, 2 * max(float(tail), 1 / (draws + 1)))
    return Difference(float(difference[0]), float(low), float(high), p)


def macro_f1_of(confusion: Floats) -> Floats:
    """Compute macro-F1 ``[R]`` from confusion counts ``[R, K * K]``, over classes that occur."""
    size = int(np.sqrt(confusion.shape[1]))
    return confusion_scores(confusion.reshape(-1, size, size))["macro_f1"]


def holm(p: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979)."""
    order = np.argsort(p)
    adjusted, largest = np.empty(len(p)), 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, p[at] * (len(p) - rank)))
        adjusted[at] = largest
    return adjusted.tolist()
