"""Scores of predictions, macro-F1 first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats
from sklearn import metrics

Probs = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]
#: Bins of equal width in which confidence is compared with accuracy.
CALIBRATION_BINS = 15


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


def expected_calibration_error(probs: Probs, label: Labels) -> float:
    """Compare confidence with accuracy in bins of equal width (Guo et al. 2017).

    Args:
        probs: ``[N, K]``.
        label: true classes ``[N]``.

    Returns:
        The mean gap, weighted by the share of a bin; 0 to 1.
    """
    place, gap = calibration_gaps(probs, label)
    gaps = np.bincount(place, weights=gap, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / max(len(label), 1))


def calibration_gaps(
    probs: Probs, label: Labels
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the confidence bin of each post ``[N]``, and confidence minus rightness ``[N]``."""
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == label
    place = np.minimum((confidence * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    return place, confidence - right


def evaluate(probs: Probs, label: Labels, labels: Sequence[str]) -> dict[str, object]:
    """Judge probabilities.

    Args:
        probs: ``[N, K]``.
        label: true classes ``[N]``.
        labels: the K names.

    Returns:
        macro_f1, micro_f1, weighted_f1, macro_precision, macro_recall, accuracy, kappa (Cohen
        1960), auc (one against rest, macro), ece, support, per_class (precision, recall, f1, auc,
        support by name) and confusion (rows are true, columns are predicted). Macro averages are
        over the classes that occur among the labels; an AUC is nan where only one does.
    """
    pred, codes = probs.argmax(axis=1), list(range(len(labels)))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        label, pred, labels=codes, zero_division=0
    )
    present, auc = support > 0, _auc(probs, label)
    per_class = {
        name: {
            "precision": float(precision[i]),
            "recall": float(recall[i]),
            "f1": float(f1[i]),
            "auc": float(auc[i]),
            "support": int(support[i]),
        }
        for i, name in enumerate(labels)
    }
    return {
        "macro_f1": macro_f1(label, pred, len(labels)),
        "micro_f1": _f1(label, pred, codes, "micro"),
        "weighted_f1": _f1(label, pred, codes, "weighted"),
        "macro_precision": _mean(precision[present]),
        "macro_recall": _mean(recall[present]),
        "accuracy": float((pred == label).mean()) if len(label) else float("nan"),
        "kappa": float(metrics.cohen_kappa_score(label, pred, labels=codes)),
        "auc": _mean(auc[present]),
        "ece": expected_calibration_error(probs, label),
        "support": len(label),
        "per_class": per_class,
        "confusion": metrics.confusion_matrix(label, pred, labels=codes).tolist(),
    }


def _auc(probs: Probs, label: Labels) -> npt.NDArray[np.float64]:
    """Return the AUC of each class against the rest ``[K]``; nan where it is all or none."""
    auc = np.full(probs.shape[1], np.nan)
    present = np.unique(label)
    for k in present if len(present) > 1 else ():
        auc[k] = metrics.roc_auc_score(label == k, probs[:, k])
    return auc


def _f1(label: Labels, pred: Labels, codes: Sequence[int], average: str) -> float:
    if not len(label):
        return float("nan")
    return float(metrics.f1_score(label, pred, labels=codes, average=average, zero_division=0))


def _mean(values: npt.NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")


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
