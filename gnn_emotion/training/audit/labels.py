"""Labels that can be had without reading what a post means, and labels that contradict."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.schema.emoticons import EMOTICON_LABELS, emoticon_labels
from gnn_emotion.schema.emotions import label_set, label_sets, partial_targets
from gnn_emotion.training.audit.report import LEAK, NOTE, AuditInput, Finding
from gnn_emotion.training.task import TRAIN

#: The label set of the labels that emoticons give, in their order.
_EMOTICON_SET = "ekman6"


def readable_labels(given: AuditInput) -> list[Finding]:
    """Find judged posts whose emoticons name their label.

    A label that may stand for several (-1) is not looked at.
    """
    said = emoticon_labels(given.texts.cast(pa.string()))
    judged = (given.split > TRAIN) & (given.label >= 0)
    at = np.flatnonzero(judged & (said >= 0))
    at = at[named_by_emoticons(given.labels)[said[at], given.label[at]]]
    if not len(at):
        return []
    share = len(at) / int(judged.sum())
    message = (
        f"the emoticons of {len(at):,} of {judged.sum():,} judged posts ({share:.1%}) name "
        "their label"
    )
    return [Finding("readable_labels", LEAK, len(at), share, at, message)]


def named_by_emoticons(labels: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Tell which labels each of ``EMOTICON_LABELS`` names ``[6, K]``.

    Those of the same name; and, for the labels of a registered set, those that it may stand for
    (SMP2020's angry is disgust too). What may stand for any label (surprise, where labels say
    whether something is good) names none.
    """
    named = np.array([[name == label for label in labels] for name in EMOTICON_LABELS])
    named = named.reshape(len(EMOTICON_LABELS), len(labels))
    for name in label_sets():
        known = label_set(name).labels
        if set(known) == set(labels):
            stands = partial_targets(np.arange(len(EMOTICON_LABELS)), _EMOTICON_SET, name)
            stands[stands.all(axis=1)] = False
            named |= stands[:, [known.index(label) for label in labels]]
    return named


def label_conflicts(given: AuditInput, bare: list[str]) -> list[Finding]:
    """Find texts that stand there with different labels; empty ones are no texts."""
    labels_of: dict[str, set[int]] = {}
    for text, label in zip(bare, given.label.tolist(), strict=True):
        if text and label >= 0:
            labels_of.setdefault(text, set()).add(label)
    torn = {text for text, labels in labels_of.items() if len(labels) > 1}
    found = np.array([text in torn for text in bare], dtype=bool) & (given.label >= 0)
    if not torn:
        return []
    count = int(found.sum())
    share = count / int((given.label >= 0).sum())
    message = f"{len(torn):,} texts have different labels in different posts ({count:,} posts)"
    return [Finding("label_conflicts", NOTE, count, share, np.flatnonzero(found), message)]
