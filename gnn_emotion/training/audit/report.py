"""What an audit is given, and what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.schema.errors import LabelError

Ints = npt.NDArray[np.int64]
#: How bad a finding is: scores are too good, or it is worth knowing.
LEAK, NOTE = "leak", "note"
#: Rows of a finding that are written out.
_SHOWN = 20


@dataclass(frozen=True)
class AuditInput:
    """Labelled posts, M of them, in the order of the dump.

    Attributes:
        texts: their own words ``[M]``; null where there are none.
        label: position of their label ``[M]``; -1 where it is none, or several.
        labels: the K names.
        split: codes into ``SPLITS`` ``[M]``; -1 for posts of no split.
        row: row of each in its dump ``[M]``.
        thread: row of its root ``[M]``.
        user: number of its author ``[M]``; -1 where unknown.
    """

    texts: pa.Array
    label: Ints
    labels: tuple[str, ...]
    split: npt.NDArray[np.int8]
    row: Ints
    thread: Ints
    user: Ints

    def __post_init__(self) -> None:
        for name in ("label", "split", "row", "thread", "user"):
            if len(getattr(self, name)) != len(self.texts):
                count = len(getattr(self, name))
                raise LabelError(f"audit: {count} of {name} for {len(self.texts)} texts")


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes:
        name: what it is called.
        severity: ``LEAK`` or ``NOTE``.
        at: positions among the labels that it concerns, those that are judged alone for a leak.
        share: of the labels that it might have concerned.
        message: one line for people.
    """

    name: str
    severity: str
    at: Ints
    share: float
    message: str


@dataclass(frozen=True)
class AuditReport:
    """All findings of M labels.

    Attributes:
        findings: each with something to say.
        count: M.
    """

    findings: Sequence[Finding]
    count: int

    def leaking(self) -> npt.NDArray[np.bool_]:
        """Mark the labels whose score is too good ``[M]``."""
        marked = np.zeros(self.count, dtype=bool)
        for finding in self.findings:
            if finding.severity == LEAK:
                marked[finding.at] = True
        return marked

    def lines(self) -> list[str]:
        """Return a line a finding, leaks first."""
        ordered = sorted(self.findings, key=lambda finding: finding.severity != LEAK)
        lines = [f"{finding.severity}: {finding.message}" for finding in ordered]
        return lines or [f"nothing found in {self.count:,} labels"]

    def as_json(self) -> list[dict[str, object]]:
        """Return JSON values; of each finding the first rows."""
        return [
            {
                "name": finding.name,
                "severity": finding.severity,
                "count": len(finding.at),
                "share": finding.share,
                "message": finding.message,
                "first": finding.at[:_SHOWN].tolist(),
            }
            for finding in self.findings
        ]
