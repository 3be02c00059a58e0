"""Scores of training texts by classifiers that never saw them.

A classifier knows the texts that it was fitted on by heart: a model that is trained on its scores
of them would trust them too much (Wolpert 1992, "Stacked Generalization"). So each part of the
texts is scored by one that was fitted on the others.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.encoders.text.load_text import fit_text_encoder
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import LabelError


def out_of_fold(
    name: str,
    texts: pa.Array,
    labels: npt.NDArray[np.int64],
    groups: npt.NDArray[np.generic],
    native: str,
    folds: int = 5,
    seed: int = 0,
) -> npt.NDArray[np.float32]:
    """Score each text by an encoder that was fitted without its group.

    Args:
        name: of a text encoder for which ``scores_labels`` holds.
        texts: N training texts.
        labels: their positions in the label set ``[N]``, -1 where unknown.
        groups: of texts that stay together, such as the threads of posts ``[N]``.
        native: the label set.
        folds: parts; fewer where there are fewer groups.
        seed: says which group is in which part.

    Returns:
        Scores ``[N, K]``, in place of the rows of the features of these texts; zero for those that
        are null or blank.

    Raises:
        LabelError: there is one group only, or what is left of the labels names one class only.
    """
    fold = assign_folds(groups, folds, seed)
    if len(fold) and not fold.any():
        raise LabelError(
            f"the {len(texts)} training texts are of one group (thread): none of them can be "
            "scored by the others; expected two or more"
        )
    found = np.zeros((len(texts), label_set(native).K), dtype=np.float32)
    for part in np.unique(fold):
        rest, left_out = (pa.array(np.flatnonzero(mask)) for mask in (fold != part, fold == part))
        with tempfile.TemporaryDirectory() as folder:
            encoder = fit_text_encoder(
                name, texts.take(rest), labels[rest.to_numpy()], Path(folder), native
            )
        given = encoder.encode(left_out.cast(pa.string()), texts.take(left_out))
        found[left_out.to_numpy()] = given.x
    return found


def assign_folds(groups: npt.NDArray[np.generic], folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Deal groups out to folds ``[N]``, as evenly as whole groups allow, at random otherwise."""
    distinct, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(distinct))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled = np.zeros(min(folds, len(distinct)), dtype=np.int64)
    fold_of = np.empty(len(distinct), dtype=np.int64)
    for place in order:
        fold_of[place] = filled.argmin()
        filled[fold_of[place]] += sizes[place]
    return fold_of[group]
