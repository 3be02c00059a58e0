"""The labels of a dump: those it states, and those its writers' own emoticons give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from gnn_emotion.schema.emoticons import EMOTICON_LABELS, emoticon_labels
from gnn_emotion.schema.emotions import (
    CANONICAL,
    VALENCE_LABELS,
    label_polarity,
    label_set,
    label_valence,
    parse_labels,
    partial_targets,
)
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.task import TRAIN, Task

#: Name of the data source of distant labels.
EMOTICON = "emoticon"


@dataclass(frozen=True)
class PostLabels:
    """Labels of one source, M of them.

    Attributes:
        source: its name; a model learns how often each source gives each label.
        rows: the post of each label ``[M]``.
        allowed: the native labels that each may stand for ``[M, K]``.
        weight: share of each label in the loss.
        written: whether they stand in the text of their posts, so that whoever reads a post knows
            them, in any dump.
        valence: of each, -1 to 1 ``[M]``, where labels are such numbers.
    """

    source: str
    rows: npt.NDArray[np.int64]
    allowed: npt.NDArray[np.bool_]
    weight: float = 1.0
    written: bool = False
    valence: npt.NDArray[np.float32] | None = None


def stated_labels(dump: Dump, native: str = CANONICAL) -> list[PostLabels]:
    """Read the table ``labels``, a source for each label set in it.

    Labels of posts that are not in the dump are left out.

    Args:
        dump: the tables.
        native: the label set that a model answers in.

    Raises:
        LabelError: a label that its set does not know.
    """
    ids = dump.read("posts", ["post_id"])["post_id"]
    table = dump.read("labels", ["post_id", "label_set", "label"])
    table = table.filter(pc.is_in(table["post_id"], value_set=ids))
    found = []
    for name in sorted(pc.unique(table["label_set"]).to_pylist()):
        here = table.filter(pc.equal(table["label_set"], name))
        rows = pc.index_in(here["post_id"], value_set=ids).to_numpy().astype(np.int64)
        if name == VALENCE_LABELS:
            found.append(_valence_labels(rows, here["label"].to_pylist(), native))
            continue
        allowed = partial_targets(parse_labels(here["label"], name), name, native)
        found.append(PostLabels(name, rows, allowed))
    return found


def _valence_labels(rows: npt.NDArray[np.int64], labels: Sequence[str], native: str) -> PostLabels:
    """Read numbers: they say nothing of the emotion, so that every label is allowed."""
    allowed = np.ones((len(rows), label_set(native).K), dtype=bool)
    valence = np.array([float(label) for label in labels], dtype=np.float32)
    return PostLabels(VALENCE_LABELS, rows, allowed, valence=valence)


def emoticon_post_labels(
    dump: Dump, ignore: frozenset[str] = frozenset(), native: str = CANONICAL
) -> PostLabels:
    """Read a distant label off the writer's own emoticons.

    A model must not see the emoticons that label it: encode the posts without them.

    Args:
        dump: the tables.
        ignore: emoticons that give no label.
        native: the label set that a model answers in.
    """
    own_text = dump.read("posts", ["own_text"])["own_text"].combine_chunks()
    label = emoticon_labels(own_text, ignore)
    rows = np.flatnonzero(label >= 0)
    return PostLabels(EMOTICON, rows, emoticon_targets(label[rows], native), written=True)


def emoticon_targets(
    label: npt.NDArray[np.int64], native: str = CANONICAL
) -> npt.NDArray[np.bool_]:
    """Turn positions in ``EMOTICON_LABELS`` ``[M]`` into native targets ``[M, K]``."""
    names = label_set(CANONICAL).labels
    canonical = np.array([names.index(name) for name in EMOTICON_LABELS])
    return partial_targets(canonical[label], CANONICAL, native)


def make_task(
    sources: Sequence[PostLabels], split: npt.NDArray[np.int8], native: str = CANONICAL
) -> Task:
    """Join the labels of several sources; source i of the task is ``sources[i]``.

    Args:
        sources: labels by source.
        split: codes into ``SPLITS`` of every post ``[N]``.
        native: the label set of their targets.

    Raises:
        LabelError: no labels at all.
    """
    if not sum(len(labels.rows) for labels in sources):
        raise LabelError(
            "the dump has no labels to learn from; expected a label column with its label set, "
            "or the use of emoticons as labels"
        )
    rows = np.concatenate([labels.rows for labels in sources])
    counts = [len(labels.rows) for labels in sources]
    weights = np.array([labels.weight for labels in sources], dtype=np.float32)
    allowed = np.concatenate([labels.allowed for labels in sources])
    return Task(
        rows=rows,
        allowed=allowed,
        source=np.repeat(np.arange(len(sources)), counts),
        weight=np.repeat(weights, counts),
        split=split[rows],
        heard=(split[rows] == TRAIN) | np.repeat([labels.written for labels in sources], counts),
        polarity=_polarity(allowed, native),
        valence=np.concatenate(
            [
                _valence(labels.allowed, native) if labels.valence is None else labels.valence
                for labels in sources
            ]
        ),
    )


def _polarity(allowed: npt.NDArray[np.bool_], native: str) -> npt.NDArray[np.bool_] | None:
    """Tell what the labels ``[M, K]`` say of polarity ``[M, 3]``."""
    of_label = label_polarity(native) if native != "polarity3" else None
    if of_label is None:
        return None
    return np.asarray((allowed[:, :, None] & of_label).any(axis=1))


def _valence(allowed: npt.NDArray[np.bool_], native: str) -> npt.NDArray[np.float32]:
    """Return the valence ``[M]`` on which all allowed labels ``[M, K]`` agree; nan elsewhere."""
    of_label = label_valence(native)
    low = np.where(allowed, of_label, np.inf).min(axis=1)
    high = np.where(allowed, of_label, -np.inf).max(axis=1)
    return np.where(low == high, low, np.nan).astype(np.float32)
