"""Probabilities to the table of predictions: emotion, confidence, valence, status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.schema.emotions import convert, label_set, valence
from gnn_emotion.schema.features import STATUSES
from gnn_emotion.schema.tables import TIME, Dump

Probs = npt.NDArray[np.float64]


def prediction_schema(name: str, modalities: Sequence[str] = ("text",)) -> pa.Schema:
    """Return the columns of predictions in a label set, by a model that reads some modalities."""
    columns = [("post_id", pa.string()), ("created_at", TIME), ("emotion", pa.string())]
    columns += [(f"prob_{label}", pa.float32()) for label in label_set(name).labels]
    columns += [(name, pa.float32()) for name in ("valence", "confidence")]
    columns += [("abstained", pa.bool_())]
    columns += [(f"status_{modality}", pa.string()) for modality in modalities]
    columns += [("model_id", pa.string())]
    return pa.schema(columns)


def to_label_set(probs: Probs, native: str, name: str) -> Probs:
    """Answer in another label set.

    Where that set has no place for a label (``ekman6`` has no neutral), the others are given on
    the condition that it is none of those, so that a row always sums to one.

    Args:
        probs: ``[N, K_native]``, rows sum to one.
        native: the label set of the model.
        name: a registered label set.

    Returns:
        ``[N, K]``.

    Raises:
        LabelError: a set that the native one cannot answer.
    """
    converted, _ = convert(probs, native, name)
    return np.asarray(converted / converted.sum(axis=1, keepdims=True))


def predictions(
    dump: Dump,
    statuses: Mapping[str, npt.NDArray[np.uint8]],
    probs: Probs,
    *,
    native: str,
    name: str,
    abstain_below: float,
    model_id: str,
    told_valence: npt.NDArray[np.float32] | None = None,
) -> pa.Table:
    """Lay out the predictions of all posts that were read.

    Placeholders, posts that others only refer to, are left out. A deleted post keeps its row, so
    that a frame gets as many rows back as it had; its label is from its context alone, and it
    abstains.

    Args:
        dump: the tables.
        statuses: by modality, codes of all posts ``[N]``; see ``post_statuses``.
        probs: native probabilities ``[N, K_native]``.
        native: their label set.
        name: the label set to answer in.
        abstain_below: a post with less confidence is marked as abstained.
        model_id: what made them.
        told_valence: of all posts ``[N]``, by a model that was trained to tell it; by default it
            follows from the probabilities (``schema.emotions.valence``).

    Returns:
        A table with the columns of ``prediction_schema``, sorted by ``post_id``.
    """
    table = dump.read("posts", ["post_id", "created_at", "status"])
    kept = pc.not_equal(table["status"], "placeholder").combine_chunks()
    table, rows = table.filter(kept), np.flatnonzero(kept.to_numpy(zero_copy_only=False))
    shown = to_label_set(probs[rows], native, name)
    confidence = shown.max(axis=1) if len(rows) else np.zeros(0)
    deleted = pc.equal(table["status"], "deleted").to_numpy()
    labels = np.array(label_set(name).labels)
    columns = [
        table["post_id"],
        table["created_at"],
        pa.array(labels[shown.argmax(axis=1)] if len(rows) else [], pa.string()),
        *(shown[:, k].astype(np.float32) for k in range(len(labels))),
        _valence(probs, native, told_valence)[rows].astype(np.float32),
        confidence.astype(np.float32),
        (confidence < abstain_below) | deleted,
        *(pa.array(np.array(STATUSES)[codes[rows]], pa.string()) for codes in statuses.values()),
        pa.array([model_id], pa.string()).take(pa.array(np.zeros(len(rows), dtype=np.int64))),
    ]
    return pa.table(columns, schema=prediction_schema(name, tuple(statuses)))


def _valence(
    probs: Probs, native: str, told: npt.NDArray[np.float32] | None
) -> npt.NDArray[np.floating]:
    return valence(probs, native) if told is None else told
