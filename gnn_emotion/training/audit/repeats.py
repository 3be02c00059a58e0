"""Posts that are judged several times: one text in many posts, and posts with several labels."""

from __future__ import annotations

import numpy as np

from gnn_emotion.training.audit.report import NOTE, AuditInput, Finding
from gnn_emotion.training.task import TRAIN


def repeats(given: AuditInput, bare: list[str]) -> list[Finding]:
    """Find judged posts whose text another post of their split has said before.

    Such a text counts several times, and what looks like many posts is little evidence.
    """
    judged = (given.split > TRAIN) & (given.label >= 0)
    first: dict[tuple[int, str], int] = {}
    at = []
    for place in np.flatnonzero(judged).tolist():
        row = int(given.row[place])
        if bare[place] and first.setdefault((int(given.split[place]), bare[place]), row) != row:
            at.append(place)
    if not at:
        return []
    share = len(at) / int(judged.sum())
    message = (
        f"the texts of {len(at):,} of {judged.sum():,} judged posts ({share:.1%}) repeat another "
        "of their split"
    )
    return [Finding("repeats", NOTE, len(at), share, np.array(at), message)]


def labelled_twice(given: AuditInput) -> list[Finding]:
    """Find posts that have several labels which contradict each other."""
    at = np.flatnonzero(given.label >= 0)
    rows, inverse = np.unique(given.row[at], return_inverse=True)
    lowest = np.full(len(rows), len(given.labels), dtype=np.int64)
    highest = np.full(len(rows), -1, dtype=np.int64)
    np.minimum.at(lowest, inverse, given.label[at])
    np.maximum.at(highest, inverse, given.label[at])
    torn = lowest != highest
    count = int(torn.sum())
    if not count:
        return []
    share = count / len(rows)
    message = f"{count:,} of {len(rows):,} posts ({share:.1%}) have several labels that differ"
    return [Finding("labelled_twice", NOTE, count, share, at[torn[inverse]], message)]
