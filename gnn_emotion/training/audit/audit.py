"""All that is looked at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from torch_geometric.data import HeteroData

from gnn_emotion.training.audit.copies import bare_texts, copies, near_copies
from gnn_emotion.training.audit.labels import label_conflicts, order_leak, readable_labels
from gnn_emotion.training.audit.report import AuditInput, AuditReport
from gnn_emotion.training.audit.splits import future_edges, shared
from gnn_emotion.training.task import Task


def audit(given: AuditInput) -> AuditReport:
    """Look at labels: copies, labels that the text gives away, contradictions, order, splits."""
    bare = bare_texts(given.texts)
    findings = [
        *copies(given, bare),
        *near_copies(given, bare),
        *readable_labels(given),
        *label_conflicts(given, bare),
        *order_leak(given),
        *shared(given),
    ]
    return AuditReport(findings, len(given.texts))


def audit_task(
    data: HeteroData,
    task: Task,
    texts: pa.Array,
    labels: tuple[str, ...],
    user: npt.NDArray[np.int64],
) -> AuditReport:
    """Look at what a model is trained on.

    Args:
        data: the graph, with the edges that it listens to.
        task: its labels, split.
        texts: what all posts say, as models get to read it ``[N]``.
        labels: the K names.
        user: number of the author of each post ``[N]``; -1 where unknown.
    """
    single = task.allowed.sum(axis=1) == 1
    given = AuditInput(
        texts=texts.take(pa.array(task.rows)),
        label=np.where(single, task.allowed.argmax(axis=1), -1),
        labels=labels,
        split=task.split,
        row=task.rows,
        thread=data["post"].thread.numpy()[task.rows],
        user=user[task.rows],
    )
    report = audit(given)
    return AuditReport([*report.findings, *future_edges(data)], report.count)
