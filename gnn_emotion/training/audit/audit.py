"""All that is looked at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from torch_geometric.data import HeteroData

from gnn_emotion.graph.splits import UNSPLIT
from gnn_emotion.training.audit.copies import bare_texts, copies
from gnn_emotion.training.audit.labels import label_conflicts, readable_labels
from gnn_emotion.training.audit.near_copies import near_copies
from gnn_emotion.training.audit.order import order_leak
from gnn_emotion.training.audit.repeats import labelled_twice, repeats
from gnn_emotion.training.audit.report import AuditInput, AuditReport
from gnn_emotion.training.audit.splits import (
    crossing_edges,
    future_edges,
    shared_threads,
    shared_users,
)
from gnn_emotion.training.audit.telling_words import telling_words
from gnn_emotion.training.task import Task


def audit(given: AuditInput) -> AuditReport:
    """Look at labels: copies, labels that the text gives away, contradictions, order, splits."""
    bare = bare_texts(given.texts)
    findings = [
        *copies(given, bare),
        *near_copies(given, bare),
        *readable_labels(given),
        *telling_words(given),
        *label_conflicts(given, bare),
        *labelled_twice(given),
        *repeats(given, bare),
        *order_leak(given),
        *shared_threads(given),
        *shared_users(given),
        *future_edges(given),
        *crossing_edges(given),
    ]
    return AuditReport(findings, len(given.texts))


def audit_task(
    data: HeteroData,
    task: Task,
    texts: pa.Array,
    labels: tuple[str, ...],
    user: npt.NDArray[np.int64] | None = None,
    ids: pa.Array | None = None,
) -> AuditReport:
    """Look at what a model is trained on.

    Args:
        data: the graph, with the edges that it listens to.
        task: its labels, split.
        texts: what all posts say, as models get to read it ``[N]``.
        labels: the K names.
        user: number of the author of each post ``[N]``; -1 where unknown. None where all are.
        ids: of all posts ``[N]``; None where labels are not compared with them.
    """
    posts, rows = data["post"], task.rows
    user = np.full(len(texts), -1, dtype=np.int64) if user is None else user
    post_split = np.full(len(texts), UNSPLIT, dtype=np.int8)
    post_split[rows] = task.split
    single = task.allowed.sum(axis=1) == 1
    given = AuditInput(
        texts=texts.take(pa.array(rows)),
        label=np.where(single, task.allowed.argmax(axis=1), -1),
        labels=labels,
        split=task.split,
        row=rows,
        thread=posts.thread.numpy()[rows],
        user=user[rows],
        edges={
            edge_type: data[edge_type].edge_index.numpy()
            for edge_type in data.edge_types
            if edge_type[0] == edge_type[2] == "post"
        },
        time=posts.time.numpy(),
        post_split=post_split,
        ids=None if ids is None else ids.take(pa.array(rows)),
    )
    return audit(given)
