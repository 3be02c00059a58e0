"""Labels as they are written, checked against the registry of label sets."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.schema.emotions import VALENCE_LABELS, is_valence, label_set, parse_labels
from gnn_emotion.schema.errors import LabelError


def clean_labels(
    labels: pa.Array, sets: pa.Array, default: str | None, refused: Counter[str]
) -> tuple[pa.Array, pa.Array]:
    """Spell labels as their set does.

    Args:
        labels: labels as read ``[N]``; null for none.
        sets: their label sets ``[N]``; null where the source does not say.
        default: the set of those.
        refused: counts the labels that no set, or not their set, has.

    Returns:
        Labels and sets ``[N]``; both null where there is no label or it was refused.
    """
    sets = pc.fill_null(sets, default) if default else sets
    found = []
    for label, name in zip(labels.to_pylist(), sets.to_pylist(), strict=True):
        found.append(_known(label, name) if label and label.strip() else (None, None))
        if found[-1] is None:
            refused[label] += 1
    spelled, names = zip(*[pair or (None, None) for pair in found], strict=True)
    return pa.array(spelled, pa.string()), pa.array(names, pa.string())


@cache
def _known(label: str, name: str | None) -> tuple[str, str] | None:
    """Return the label as its set spells it, and the set; None if there is no such label."""
    if name == VALENCE_LABELS:
        return (label.strip(), name) if is_valence(label) else None
    try:
        chosen = label_set(name or "")
        return chosen.labels[int(parse_labels([label], chosen.name)[0])], chosen.name
    except LabelError:
        return None
