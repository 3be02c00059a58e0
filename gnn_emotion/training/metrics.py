"""Scores of predictions, macro-F1 first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats
from sklearn import metrics

Probs = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]


def macro_f1(label: Labels, pred: Labels, num_classes: int) -> float:
    """Average the F1 of every class that occurs among the labels.

    A class that nobody has is left out rather than counted as 0 or 1.

    Args:
        label: true classes ``[N]``.
        pred: predicted classes ``[N]``.
        num_classes: K.
    """
    present = np.unique(label)
    if len(present) == 0:
        return float("nan")
    if present[-1] >= num_classes or present[0] < 0:
        raise ValueError(f"labels {present[0]}..{present[-1]}, expected 0..{num_classes - 1}")
    score = metrics.f1_score(label, pred, labels=present, average="macro", zero_division=0)
    return float(score)


def expected_calibration_error(probs: Probs, label: Labels, bins: int = 15) -> float:
    """Compare confidence with accuracy in bins of equal width (Guo et al. 2017).

    Args:
        probs: ``[N, K]``.
        label: true classes ``[N]``.
        bins: how many.

    Returns:
        The mean gap, weighted by the share of a bin; 0 to 1.
    """
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == label
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / max(len(label), 1))


def evaluate(probs: Probs, label: Labels, labels: Sequence[str]) -> dict[str, object]:
    """Judge probabilities.

    Args:
        probs: ``[N, K]``.
        label: true classes ``[N]``.
        labels: the K names.

    Returns:
        macro_f1, accuracy, kappa (Cohen 1960), auc (one against rest, macro, over the classes that
        occur; nan where only one does), ece, support, per_class (precision, recall, f1, support by
        name) and confusion (rows are true, columns are predicted).
    """
    pred, codes = probs.argmax(axis=1), list(range(len(labels)))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        label, pred, labels=codes, zero_division=0
    )
    per_class = {
        name: {
            "precision": float(precision[i]),
            "recall": float(recall[i]),
            "f1": float(f1[i]),
            "support": int(support[i]),
        }
        for i, name in enumerate(labels)
    }
    return {
        "macro_f1": macro_f1(label, pred, len(labels)),
        "accuracy": float((pred == label).mean()) if len(label) else float("nan"),
        "kappa": float(metrics.cohen_kappa_score(label, pred, labels=codes)),
        "auc": _auc(probs, label),
        "ece": expected_calibration_error(probs, label),
        "support": len(label),
        "per_class": per_class,
        "confusion": metrics.confusion_matrix(label, pred, labels=codes).tolist(),
    }


def _auc(probs: Probs, label: Labels) -> float:
    present = np.unique(label)
    if len(present) < 2:
        return float("nan")
    scores = [metrics.roc_auc_score(label == k, probs[:, k]) for k in present]
    return float(np.mean(scores))


def mean_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Average the results of several seeds.

    Args:
        values: one result a seed, two or more.
        level: coverage of the interval.

    Returns:
        The mean, and the half width of its Student t interval.
    """
    if len(values) < 2:
        raise ValueError(f"{len(values)} value; an interval needs two or more seeds")
    spread = stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values)
    return float(np.mean(values)), float(spread)
