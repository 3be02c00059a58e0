"""The tables behind the figures of scores: confusion, ROC, reliability, risk and coverage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import metrics

from gnn_emotion.training.bootstrap import confusion_scores
from gnn_emotion.training.metrics import CALIBRATION_BINS, Labels, Probs, calibration_gaps

#: Steps of a risk-coverage curve, at most.
_STEPS = 100


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

    A threshold answers all posts of a confidence or none of them, so that a model with few
    different confidences has few steps.

    Returns:
        A row a step: ``coverage``, share of posts that are answered; ``threshold``, the least
        confidence among them; ``accuracy`` and ``macro_f1`` on them.
    """
    if not len(label):
        return pd.DataFrame(columns=["coverage", "threshold", "accuracy", "macro_f1"])
    order = np.argsort(-probs.max(axis=1), kind="stable")
    confidence = probs.max(axis=1)[order]
    sizes = _cuts(confidence)
    step = np.searchsorted(sizes, np.arange(len(label)), side="right")
    classes = probs.shape[1]
    flat = (step * classes + label[order]) * classes + probs.argmax(axis=1)[order]
    table = np.bincount(flat, minlength=len(sizes) * classes**2).astype(np.float64)
    scores = confusion_scores(table.reshape(-1, classes, classes).cumsum(axis=0))
    return pd.DataFrame(
        {
            "coverage": sizes / len(label),
            "threshold": confidence[sizes - 1],
            "accuracy": scores["accuracy"],
            "macro_f1": scores["macro_f1"],
        }
    )


def _cuts(confidence: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """Return numbers of posts that a threshold can keep, of confidences that fall ``[N]``."""
    possible = np.append(np.flatnonzero(np.diff(confidence)) + 1, len(confidence))
    wanted = -(-np.arange(1, _STEPS + 1) * len(confidence) // _STEPS)
    return np.unique(possible[np.searchsorted(possible, wanted)])
