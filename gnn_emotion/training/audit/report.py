"""What an audit is given, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.graph.splits import SPLITS, UNSPLIT
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.graph import EdgeType

Ints = npt.NDArray[np.int64]
#: How bad a finding is: scores are too good, or it is worth knowing.
LEAK, NOTE = "leak", "note"
#: A finding that concerns no single label.
NOWHERE: Ints = np.empty(0, dtype=np.int64)
#: Labels of a finding that are written out.
_SHOWN = 20


@dataclass(frozen=True)
class AuditInput:
    """Labelled posts, M of them, in the order of the dump, and the N posts of that dump.

    Attributes:
        texts: their own words ``[M]``; null where there are none.
        label: position of their label ``[M]``; -1 where it is none, or several.
        labels: the K names.
        split: codes into ``SPLITS`` ``[M]``; -1 for posts of no split.
        row: row of each in its dump ``[M]``.
        thread: row of its root ``[M]``.
        user: number of its author ``[M]``; -1 where unknown.
        edges: source and destination ``[2, E]`` of edges between posts, by edge type.
        time: seconds, or ``UNKNOWN_TIME``, of all posts ``[N]``; needed where there are edges.
        post_split: codes into ``SPLITS``, or -1, of all posts ``[N]``; needed likewise.
        ids: of the post of each label ``[M]``; None where they are not known.
    """

    texts: pa.Array
    label: Ints
    labels: tuple[str, ...]
    split: npt.NDArray[np.int8]
    row: Ints
    thread: Ints
    user: Ints
    edges: Mapping[EdgeType, Ints] = field(default_factory=dict)
    time: Ints = field(default_factory=lambda: NOWHERE)
    post_split: npt.NDArray[np.int8] = field(default_factory=lambda: np.empty(0, dtype=np.int8))
    ids: pa.Array | None = None

    def __post_init__(self) -> None:
        names = ["label", "split", "row", "thread", "user"]
        for name in names if self.ids is None else [*names, "ids"]:
            if len(getattr(self, name)) != len(self.texts):
                count = len(getattr(self, name))
                raise LabelError(f"audit: {count} of {name} for {len(self.texts)} texts")
        _check_codes("label", self.label, len(self.labels))
        _check_codes("split", self.split, len(SPLITS))
        _check_codes("post_split", self.post_split, len(SPLITS))
        if len(self.time) != len(self.post_split):
            raise LabelError(
                f"audit: {len(self.time)} of time for {len(self.post_split)} of post_split; "
                "expected one each for every post"
            )
        for edge_type, pairs in self.edges.items():
            _check_edges(edge_type, pairs, len(self.time))


def _check_codes(name: str, codes: npt.NDArray[np.signedinteger], count: int) -> None:
    wrong = codes[(codes < UNSPLIT) | (codes >= count)]
    if len(wrong):
        raise LabelError(f"audit: {name} {wrong[0]}, expected -1 to {count - 1}")


def _check_edges(edge_type: EdgeType, pairs: Ints, posts: int) -> None:
    if pairs.ndim != 2 or len(pairs) != 2:
        raise LabelError(f"audit: edges {edge_type[1]} have shape {pairs.shape}, expected [2, E]")
    if pairs.size and not 0 <= pairs.min() <= pairs.max() < posts:
        raise LabelError(
            f"audit: edges {edge_type[1]} join posts {pairs.min()} to {pairs.max()}, but time and "
            f"post_split are of {posts} posts"
        )


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes:
        name: what it is called.
        severity: ``LEAK`` or ``NOTE``.
        count: how often: labels, threads, users, edges or pairs of neighbours.
        share: of those that might have been.
        at: positions among the labels that it concerns ``[<= M]``; of a leak, judged labels alone;
            empty where it concerns no single label.
        message: one line for people.
    """

    name: str
    severity: str
    count: int
    share: float
    at: Ints
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
        """Mark the labels of the val and test split whose score is too good ``[M]``."""
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
        """Return JSON values; of each finding the first positions."""
        return [
            {
                "name": finding.name,
                "severity": finding.severity,
                "count": finding.count,
                "share": finding.share,
                "message": finding.message,
                "first": finding.at[:_SHOWN].tolist(),
            }
            for finding in self.findings
        ]
