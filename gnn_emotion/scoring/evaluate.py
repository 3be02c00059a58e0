"""Judge a model on the labels of a dump: what it scores, how sure that is, and without leaks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.graph.build import post_threads, post_users
from gnn_emotion.schema.emotions import label_set, parse_labels, targets_from
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.predictions import to_label_set
from gnn_emotion.training.audit.audit import audit
from gnn_emotion.training.audit.report import AuditInput, AuditReport
from gnn_emotion.training.bootstrap import bootstrap_intervals
from gnn_emotion.training.curves import risk_coverage_frame
from gnn_emotion.training.labels import stated_labels
from gnn_emotion.training.metrics import evaluate
from gnn_emotion.training.task import TEST, TRAIN, single_label


@dataclass(frozen=True)
class Judged:
    """A model's answers to the labels of one label set, M of them.

    Attributes:
        label_set: the set in which they are compared.
        rows: the post of each ``[M]``.
        probs: the answers ``[M, K]``.
        label: what is right ``[M]``.
        thread: row of the root of each post ``[M]``.
        audit: what may make the scores too good.
        leaks: labels that do ``[M]``.
    """

    label_set: str
    rows: npt.NDArray[np.int64]
    probs: npt.NDArray[np.float64]
    label: npt.NDArray[np.int64]
    thread: npt.NDArray[np.int64]
    audit: AuditReport
    leaks: npt.NDArray[np.bool_]

    @property
    def labels(self) -> tuple[str, ...]:
        """The K names."""
        return label_set(self.label_set).labels

    def scores(self) -> dict[str, object]:
        """Return what ``metrics.evaluate`` gives, and more.

        Returns:
            Also ``intervals`` (see ``bootstrap_intervals``; threads are drawn), ``without_leaks``
            (the scores of the other labels, where some leak; ``support`` alone where none is
            left), ``risk_coverage`` (see ``risk_coverage_frame``) and ``audit``.
        """
        found = evaluate(self.probs, self.label, self.labels)
        found["intervals"] = bootstrap_intervals(self.probs, self.label, self.labels, self.thread)
        if self.leaks.any():
            kept = ~self.leaks
            rest = evaluate(self.probs[kept], self.label[kept], self.labels) if kept.any() else {}
            found["without_leaks"] = {"support": 0, **rest}
        curve = risk_coverage_frame(self.probs, self.label)
        found["risk_coverage"] = curve.to_dict("list")
        found["audit"] = self.audit.as_json()
        return found


def judge_dump(
    dump: Dump, probs: npt.NDArray[np.float64], native: str, train: Dump | None = None
) -> dict[str, Judged]:
    """Compare probabilities with the table ``labels``, label set by label set.

    Labels of a set that the native one can answer are compared in that set. Finer labels count as
    right where the prediction is a native label that they may stand for.

    Args:
        dump: the tables, with labels.
        probs: native probabilities of all posts ``[N, K_native]``.
        native: their label set.
        train: what the model was trained on: labels whose text stands there leak.

    Returns:
        By label set of the labels.

    Raises:
        LabelError: the dump has no labels, or none that says anything of the emotion of a post.
    """
    if not dump.rows("labels"):
        raise LabelError(
            f"{dump.folder} has no labels to evaluate against; expected a label column, and "
            "its label set where the format does not say it"
        )
    posts, seen = _Posts.of(dump), None if train is None else _Posts.of(train)
    found = {}
    for labels in stated_labels(dump, native):
        if labels.valence is not None:
            continue  # numbers say nothing of the emotion
        if labels.source in targets_from(native):
            name, (rows, label) = labels.source, _labels(dump, labels.source, posts.ids)
            given = to_label_set(probs[rows], native, name)
        else:
            name, rows, given = native, labels.rows, probs[labels.rows]
            label = single_label(labels.allowed, given.argmax(axis=1))
        report = _audit(posts, rows, label, label_set(name).labels, seen)
        leaks = report.leaking()[: len(rows)]
        found[labels.source] = Judged(name, rows, given, label, posts.thread[rows], report, leaks)
    if not found:
        sets = sorted(set(dump.read("labels", ["label_set"])["label_set"].to_pylist()))
        raise LabelError(
            f"none of the {dump.rows('labels'):,} labels of {dump.folder} says an emotion of a "
            f"post in it (label sets: {', '.join(sets)}); expected emotions or polarities: "
            "numbers alone cannot judge them"
        )
    return found


@dataclass(frozen=True)
class _Posts:
    """What an audit asks of all posts of a dump ``[N]``: read once, for all label sets."""

    ids: pa.Array
    texts: pa.Array
    thread: npt.NDArray[np.int64]
    user: npt.NDArray[np.int64]

    @classmethod
    def of(cls, dump: Dump) -> _Posts:
        posts = dump.read("posts", ["post_id", "own_text"])
        ids, texts = (posts[name].combine_chunks() for name in ("post_id", "own_text"))
        return cls(ids, texts, post_threads(dump), post_users(dump))


def _labels(
    dump: Dump, name: str, ids: pa.Array
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Read the labels of a set: rows of posts and positions in the set ``[M]``."""
    table = dump.read("labels", ["post_id", "label_set", "label"])
    here = table.filter(pc.equal(table["label_set"], name))
    here = here.filter(pc.is_in(here["post_id"], value_set=ids))
    rows = pc.index_in(here["post_id"], value_set=ids).to_numpy().astype(np.int64)
    return rows, parse_labels(here["label"], name)


def _audit(
    posts: _Posts,
    rows: npt.NDArray[np.int64],
    label: npt.NDArray[np.int64],
    names: tuple[str, ...],
    seen: _Posts | None,
) -> AuditReport:
    """Audit the labels of a dump, with the posts of the training dump behind them."""
    given = AuditInput(
        texts=posts.texts.take(pa.array(rows)),
        label=label,
        labels=names,
        split=np.full(len(rows), TEST, dtype=np.int8),
        row=rows,
        thread=posts.thread[rows],
        user=posts.user[rows],
        ids=posts.ids.take(pa.array(rows)),
    )
    return audit(given if seen is None else _with_training(given, seen))


def _with_training(given: AuditInput, seen: _Posts) -> AuditInput:
    """Put the posts of the training dump behind the labels, as a split of their own."""
    # Roots are not always labelled, and may stand behind all labels.
    first = int(max(given.row.max(initial=-1), given.thread.max(initial=-1))) + 1
    count = len(seen.texts)
    texts = pa.concat_arrays([given.texts.cast(pa.string()), seen.texts.cast(pa.string())])
    none = np.full(count, -1, dtype=np.int64)
    return replace(
        given,
        texts=texts,
        label=np.r_[given.label, none],
        split=np.r_[given.split, np.full(count, TRAIN, dtype=np.int8)],
        row=np.r_[given.row, first + np.arange(count)],
        thread=np.r_[given.thread, first + seen.thread],
        user=np.r_[given.user, none],
        ids=None,
    )
