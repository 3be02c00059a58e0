"""Labels that can be had without reading what a post means."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gnn_emotion.schema.emoticons import EMOTICON_LABELS, emoticon_labels
from gnn_emotion.training.audit.report import LEAK, NOTE, AuditInput, Finding
from gnn_emotion.training.task import TRAIN

#: Labels of other sets that mean what an emoticon says.
_SAME = {
    "joy": ("joy", "happy", "happiness", "positive"),
    "anger": ("anger", "angry", "negative"),
    "disgust": ("disgust", "disgusted", "negative"),
    "fear": ("fear", "feared", "negative"),
    "sadness": ("sadness", "sad", "negative"),
    "surprise": ("surprise", "astonished"),
}
_PERMUTATIONS = 200
#: Standard deviations over chance from which an agreement is no accident.
_SURE = 4.0


def readable_labels(given: AuditInput) -> list[Finding]:
    """Find judged posts whose emoticons name their label."""
    said, _ = emoticon_labels(given.texts.cast(pa.string()))
    judged = (given.split > TRAIN) & (given.label >= 0)
    names = [_SAME[name] for name in EMOTICON_LABELS]
    found = np.zeros(len(said), dtype=bool)
    for at in np.flatnonzero(judged & (said >= 0)):
        found[at] = given.labels[given.label[at]] in names[said[at]]
    if not found.any():
        return []
    share = found.sum() / judged.sum()
    message = (
        f"the emoticons of {found.sum():,} of {judged.sum():,} judged posts ({share:.1%}) name "
        "their label"
    )
    return [Finding("readable_labels", LEAK, np.flatnonzero(found), float(share), message)]


def label_conflicts(given: AuditInput, bare: list[str]) -> list[Finding]:
    """Find texts that stand there with different labels."""
    labels_of: dict[str, set[int]] = {}
    for text, label in zip(bare, given.label.tolist(), strict=True):
        if text and label >= 0:
            labels_of.setdefault(text, set()).add(label)
    found = np.array([len(labels_of.get(text, ())) > 1 for text in bare], dtype=bool)
    found &= given.label >= 0
    if not found.any():
        return []
    texts = sum(len(labels) > 1 for labels in labels_of.values())
    share = float(found.mean())
    message = f"{texts:,} texts have different labels in different posts ({found.sum():,} posts)"
    return [Finding("label_conflicts", NOTE, np.flatnonzero(found), share, message)]


def order_leak(given: AuditInput) -> list[Finding]:
    """Tell whether labels follow the order of the rows, beyond what threads explain.

    Neighbouring labels of different threads are compared with those of 200 random orders.
    """
    at = np.flatnonzero(given.label >= 0)
    at = at[np.argsort(given.row[at], kind="stable")]
    label, thread = given.label[at], given.thread[at]
    apart = thread[1:] != thread[:-1]
    if apart.sum() < len(given.labels):
        return []
    agreement = float((label[1:] == label[:-1])[apart].mean())
    rng = np.random.default_rng(0)
    null = []
    for _ in range(_PERMUTATIONS):
        mixed = rng.permutation(label)
        null.append((mixed[1:] == mixed[:-1])[apart].mean())
    z = (agreement - np.mean(null)) / max(float(np.std(null)), 1e-9)
    if z < _SURE:
        return []
    message = (
        f"neighbouring rows of different threads agree in {agreement:.1%} of cases, "
        f"{np.mean(null):.1%} by chance: the order tells the label"
    )
    return [Finding("order", NOTE, at, agreement, message)]
