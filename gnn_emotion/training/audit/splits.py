"""Who and what stands on both sides of a split, and edges that come from the future."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gnn_emotion.graph.splits import SPLITS
from gnn_emotion.schema.graph import UNKNOWN_TIME
from gnn_emotion.training.audit.report import NOTE, NOWHERE, AuditInput, Finding, Ints


def shared_threads(given: AuditInput) -> list[Finding]:
    """Count the threads that have labels in more than one split."""
    return _shared("threads", given.thread, given.split)


def shared_users(given: AuditInput) -> list[Finding]:
    """Count the users who have labels in more than one split."""
    return _shared("users", given.user, given.split)


def _shared(name: str, group: Ints, split: npt.NDArray[np.int8]) -> list[Finding]:
    used = np.flatnonzero((split >= 0) & (group >= 0))
    distinct, inverse = np.unique(group[used], return_inverse=True)
    sides = np.zeros((len(distinct), len(SPLITS)), dtype=bool)
    sides[inverse, split[used]] = True
    several = sides.sum(axis=1) > 1
    count = int(several.sum())
    if not count:
        return []
    share = count / len(distinct)
    message = (
        f"{count:,} of {len(distinct):,} {name} ({share:.1%}) have labels in more than one split"
    )
    return [Finding(f"shared_{name}", NOTE, count, share, used[several[inverse]], message)]


def future_edges(given: AuditInput) -> list[Finding]:
    """Count, by edge type, the edges whose source is known to be later than their destination."""
    known, found = given.time != UNKNOWN_TIME, []
    for (_, relation, _), (src, dst) in given.edges.items():
        late = known[src] & known[dst] & (given.time[src] > given.time[dst])
        why = "come from later posts; models do not hear them"
        found += _edges("future_edges", relation, late, why)
    return found


def crossing_edges(given: AuditInput) -> list[Finding]:
    """Count, by edge type, the edges between posts of different splits."""
    code, found = given.post_split, []
    for (_, relation, _), (src, dst) in given.edges.items():
        across = (code[src] >= 0) & (code[dst] >= 0) & (code[src] != code[dst])
        found += _edges("crossing_edges", relation, across, "join posts of different splits")
    return found


def _edges(name: str, relation: str, which: npt.NDArray[np.bool_], what: str) -> list[Finding]:
    count = int(which.sum())
    if not count:
        return []
    share = count / len(which)
    message = f"{count:,} of {len(which):,} edges {relation} ({share:.1%}) {what}"
    return [Finding(name, NOTE, count, share, NOWHERE, message)]
