"""What a model is trained on: which posts, which labels each may have, from which source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.graph.splits import SPLITS
from gnn_emotion.schema.errors import LabelError

TRAIN, VAL, TEST = range(len(SPLITS))


@dataclass(frozen=True)
class Task:
    """Labelled posts of a graph, M of them.

    Attributes:
        rows: the post of each label ``[M]``.
        allowed: the native labels that it may stand for ``[M, K]``: one, or several for a coarse
            label (SMP2020's angry is anger or disgust).
        source: index of the data source ``[M]``.
        weight: share of the label in the loss ``[M]``.
        split: codes into ``SPLITS`` ``[M]``; -1 for a label that is not used.
        heard: labels that posts may hear of each other ``[M]``; by default those of the train
            split.
        polarity: which of negative, neutral and positive each may be ``[M, 3]``; None where the
            labels do not say.
        valence: of each, -1 to 1, nan where it is not known ``[M]``; None where none is.
    """

    rows: npt.NDArray[np.int64]
    allowed: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]
    split: npt.NDArray[np.int8]
    heard: npt.NDArray[np.bool_] | None = None
    polarity: npt.NDArray[np.bool_] | None = None
    valence: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        count = len(self.rows)
        for name in ("source", "weight", "split"):
            if getattr(self, name).shape != (count,):
                shape = getattr(self, name).shape
                raise LabelError(f"task.{name} has shape {shape}, expected ({count},)")
        if self.allowed.ndim != 2 or len(self.allowed) != count:
            raise LabelError(f"task.allowed has shape {self.allowed.shape}, expected ({count}, K)")
        if not self.allowed.any(axis=1).all():
            raise LabelError("task.allowed has a row without any label; leave the post out")

    @property
    def stated_polarity(self) -> npt.NDArray[np.bool_]:
        """The polarities.

        Raises:
            LabelError: the labels say nothing of it.
        """
        if self.polarity is None:
            raise LabelError(
                "the labels say nothing of polarity beside what the model answers anyway; expected "
                "a label set of emotions"
            )
        return self.polarity

    @property
    def stated_valence(self) -> npt.NDArray[np.float32]:
        """The valences.

        Raises:
            LabelError: there are none.
        """
        if self.valence is None or np.isnan(self.valence).all():
            raise LabelError(
                "no label has a valence; expected emotions, or numbers from -1 to 1 as 'valence'"
            )
        return self.valence

    @property
    def telling(self) -> npt.NDArray[np.bool_]:
        """Labels that say anything of the emotion ``[M]``; the others, such as numbers, allow all.

        Whatever a model answers is right by the others: it must not be judged by them.
        """
        return np.asarray(~self.allowed.all(axis=1))

    def at(self, split: int) -> npt.NDArray[np.int64]:
        """Return the positions of a split."""
        return np.flatnonzero(self.split == split)

    def judged(self, split: int) -> npt.NDArray[np.int64]:
        """Return the positions of those labels of a split by which a model can be judged."""
        return np.flatnonzero((self.split == split) & self.telling)


def named_labels(task: Task, num_sources: int) -> npt.NDArray[np.bool_]:
    """Tell which labels the train split of each source may name ``[S, K]``; all, where it is empty.

    Args:
        task: the labels.
        num_sources: S.
    """
    named = np.ones((num_sources, task.allowed.shape[1]), dtype=bool)
    for code in range(num_sources):
        here = (task.source == code) & (task.split == TRAIN)
        if here.any():
            named[code] = task.allowed[here].any(axis=0)
    return named


def known_labels(task: Task, count: int) -> npt.NDArray[np.float32]:
    """Lay the labels that posts may hear of each other out as inputs.

    Args:
        task: the labels.
        count: posts of the graph, N.

    Returns:
        A distribution over the labels of each post ``[N, K]``: equal parts of those that its label
        may stand for, and the mean where it has several labels. Zero where none is known, or all
        are allowed.
    """
    heard = task.split == TRAIN if task.heard is None else task.heard
    at = np.flatnonzero(heard & task.telling)
    shares = task.allowed[at] / task.allowed[at].sum(axis=1, keepdims=True)
    total = np.zeros((count, task.allowed.shape[1]))
    np.add.at(total, task.rows[at], shares)
    return (total / np.maximum(total.sum(axis=1, keepdims=True), 1e-12)).astype(np.float32)


def balanced(task: Task, power: float) -> npt.NDArray[np.float32]:
    """Weigh the labels of rare classes up, source by source.

    A class of frequency f weighs f ** -power; the weights of the train split of a source keep
    their sum. Coarse labels count as equal parts of their native labels.

    Args:
        task: the labels.
        power: 0 leaves the weights as they are, 1 gives every class the same say.

    Returns:
        Weights ``[M]``.
    """
    weight = task.weight.copy()
    shares = task.allowed / task.allowed.sum(axis=1, keepdims=True)
    for source in np.unique(task.source):
        here = np.flatnonzero((task.source == source) & (task.split == TRAIN))
        if not len(here):
            continue
        frequency = shares[here].mean(axis=0).clip(min=1e-6)
        scale = (shares[here] * frequency**-power).sum(axis=1)
        scaled = weight[here] * scale
        weight[here] = scaled * (weight[here].sum() / scaled.sum())
    return weight


def single_label(
    allowed: npt.NDArray[np.bool_], pred: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Name one true label a row: the predicted one where it is allowed, else the first allowed.

    Args:
        allowed: ``[M, K]``.
        pred: predicted labels ``[M]``.

    Returns:
        True labels ``[M]``, which agree with ``pred`` exactly where the prediction is right.
    """
    right = allowed[np.arange(len(pred)), pred]
    return np.where(right, pred, allowed.argmax(axis=1))
