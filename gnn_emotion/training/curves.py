"""The tables behind the figures of scores: confusion, ROC, reliability, risk and coverage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn import metrics

from gnn_emotion.training.metrics import (
    CALIBRATION_BINS,
    Labels,
    Probs,
    calibration_gaps,
    macro_f1,
)

#: Points of a risk-coverage curve.
_STEPS = 101


def confusion_frame(probs: Probs, label: Labels, labels: Sequence[str]) -> pd.DataFrame:
    """Count true and predicted classes.

    Args:
        probs: ``[N, K]``.
        label: true classes ``[N]``.
        labels: the K names.

    Returns:
        A row a cell: ``true``, ``pred``, ``count``, and ``share`` of the posts of that true class.
    """
    codes = list(range(len(labels)))
    table = metrics.confusion_matrix(label, probs.argmax(axis=1), labels=codes)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    names = np.array(labels)
    return pd.DataFrame(
        {
            "true": np.repeat(names, len(labels)),
            "pred": np.tile(names, len(labels)),
            "count": table.ravel(),
            "share": share.ravel(),
        }
    )


def roc_frame(probs: Probs, label: Labels, labels: Sequence[str]) -> pd.DataFrame:
    """Draw each class against the rest; classes that all or no posts have are left out.

    Returns:
        A row a point: ``label``, ``fpr``, ``tpr``, and the ``auc`` of the class.
    """
    parts = [pd.DataFrame(columns=["label", "fpr", "tpr", "auc"])]
    for k, name in enumerate(labels):
        truth = label == k
        if 0 < truth.sum() < len(truth):
            fpr, tpr, _ = metrics.roc_curve(truth, probs[:, k])
            area = float(metrics.auc(fpr, tpr))
            parts.append(pd.DataFrame({"label": name, "fpr": fpr, "tpr": tpr, "auc": area}))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def reliability_frame(probs: Probs, label: Labels) -> pd.DataFrame:
    """Compare confidence with accuracy, bin by bin (Guo et al. 2017).

    Returns:
        A row a bin that holds posts: ``low`` and ``high`` end, mean ``confidence``, ``accuracy``,
        ``count``.
    """
    place, _ = calibration_gaps(probs, label)
    frame = pd.DataFrame(
        {
            "bin": place,
            "confidence": probs.max(axis=1),
            "accuracy": (probs.argmax(axis=1) == label).astype(np.float64),
        }
    )
    found = frame.groupby("bin").agg(
        confidence=("confidence", "mean"), accuracy=("accuracy", "mean"), count=("bin", "size")
    )
    found = found.reset_index()
    low = found.pop("bin") / CALIBRATION_BINS
    found.insert(0, "low", low)
    found.insert(1, "high", low + 1 / CALIBRATION_BINS)
    return found


def risk_coverage_frame(probs: Probs, label: Labels) -> pd.DataFrame:
    """Tell how good the answers are when the least sure posts are left unanswered.

    Returns:
        A row a step: ``coverage``, share of posts that are answered; ``threshold``, the least
        confidence among them; ``accuracy`` and ``macro_f1`` on them.
    """
    confidence, pred = probs.max(axis=1), probs.argmax(axis=1)
    order = np.argsort(-confidence, kind="stable")
    sizes = np.unique(np.ceil(np.linspace(0, 1, _STEPS)[1:] * len(label)).astype(np.int64))
    rows = []
    for size in sizes[sizes > 0]:
        kept = order[:size]
        rows.append(
            {
                "coverage": size / len(label),
                "threshold": float(confidence[kept[-1]]),
                "accuracy": float((pred[kept] == label[kept]).mean()),
                "macro_f1": macro_f1(label[kept], pred[kept], probs.shape[1]),
            }
        )
    return pd.DataFrame(rows, columns=["coverage", "threshold", "accuracy", "macro_f1"])


def threshold_for(curve: pd.DataFrame, accuracy: float) -> float:
    """Choose the confidence below which to abstain, for a wanted accuracy.

    Args:
        curve: what ``risk_coverage_frame`` gave of validation posts.
        accuracy: wanted of the answered posts.

    Returns:
        The threshold of the largest coverage that reaches it; infinity where none does.
    """
    good = curve[curve.accuracy >= accuracy]
    return float(good.threshold.iloc[-1]) if len(good) else float("inf")
