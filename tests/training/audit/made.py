"""Labels made by hand for the audit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from gnn_emotion.training.audit.report import AuditInput, AuditReport

LABELS = ("neutral", "joy", "anger", "disgust", "fear", "sadness", "surprise")


def made(
    texts: Sequence[str | None],
    split: Sequence[int],
    label: Sequence[int] | None = None,
    thread: Sequence[int] | None = None,
    user: Sequence[int] | None = None,
    labels: tuple[str, ...] = LABELS,
    **more,
) -> AuditInput:
    """Labels of M texts; where nothing is said, each is its own thread, all of the label 1."""
    count = len(texts)
    return AuditInput(
        texts=pa.array(texts, pa.string()),
        label=np.ones(count, dtype=np.int64) if label is None else np.array(label, dtype=np.int64),
        labels=labels,
        split=np.array(split, dtype=np.int8),
        row=np.arange(count),
        thread=np.arange(count) if thread is None else np.array(thread, dtype=np.int64),
        user=np.full(count, -1) if user is None else np.array(user, dtype=np.int64),
        **more,
    )


def found(report: AuditReport) -> dict[str, list[int]]:
    """Where each finding points."""
    return {finding.name: finding.at.tolist() for finding in report.findings}
