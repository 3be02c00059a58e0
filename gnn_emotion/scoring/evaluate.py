"""Judge a model on the labels of a dump."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from gnn_emotion.schema.emotions import label_set, parse_labels, targets_from
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.predictions import to_label_set
from gnn_emotion.training.labels import stated_labels
from gnn_emotion.training.metrics import evaluate
from gnn_emotion.training.task import single_label


def evaluate_probs(
    dump: Dump, probs: npt.NDArray[np.float64], native: str
) -> dict[str, dict[str, object]]:
    """Compare probabilities with the table ``labels``, label set by label set.

    Labels of a set that the native one can answer are compared in that set. Finer labels count as
    right where the prediction is a native label that they may stand for.

    Args:
        dump: the tables, with labels.
        probs: native probabilities of all posts ``[N, K_native]``.
        native: their label set.

    Returns:
        As ``metrics.evaluate`` gives them, by label set.

    Raises:
        LabelError: the dump has no labels.
    """
    if not dump.rows("labels"):
        raise LabelError(
            f"{dump.folder} has no labels to evaluate against; expected a label column, and "
            "its label set where the format does not say it"
        )
    found = {}
    for labels in stated_labels(dump):
        if labels.source in targets_from(native):
            found[labels.source] = _in_set(dump, probs, native, labels.source)
        else:
            given = probs[labels.rows]
            label = single_label(labels.allowed, given.argmax(axis=1))
            found[labels.source] = evaluate(given, label, label_set(native).labels)
    return found


def _in_set(
    dump: Dump, probs: npt.NDArray[np.float64], native: str, name: str
) -> dict[str, object]:
    table = dump.read("labels", ["post_id", "label_set", "label"])
    here = table.filter(pc.equal(table["label_set"], name))
    ids = dump.read("posts", ["post_id"])["post_id"]
    rows = pc.index_in(here["post_id"], value_set=ids).to_numpy().astype(np.int64)
    label = parse_labels(here["label"], name)
    return evaluate(to_label_set(probs[rows], native, name), label, label_set(name).labels)
