"""Who and what stands on both sides of a split, and edges that come from the future."""

from __future__ import annotations

import numpy as np
from torch_geometric.data import HeteroData

from gnn_emotion.graph.splits import SPLITS
from gnn_emotion.schema.graph import UNKNOWN_TIME
from gnn_emotion.training.audit.report import NOTE, AuditInput, Finding, Ints


def shared(given: AuditInput) -> list[Finding]:
    """Count the threads, and the authors, that have labels in more than one split."""
    found = []
    for name, group in (("threads", given.thread), ("authors", given.user)):
        used = np.flatnonzero((given.split >= 0) & (group >= 0) & (given.label >= 0))
        distinct, inverse = np.unique(group[used], return_inverse=True)
        sides = np.zeros((len(distinct), len(SPLITS)), dtype=bool)
        sides[inverse, given.split[used]] = True
        several = sides.sum(axis=1) > 1
        if several.any():
            share = float(several.mean())
            message = (
                f"{several.sum():,} of {len(distinct):,} {name} ({share:.1%}) have labels in more "
                "than one split"
            )
            at = used[several[inverse]]
            found.append(Finding(f"shared_{name}", NOTE, at, share, message))
    return found


def future_edges(data: HeteroData) -> list[Finding]:
    """Count the edges between posts whose source is known to be later; models leave them out."""
    time = data["post"].time.numpy()
    found = []
    for edge_type in data.edge_types:
        src, dst = data[edge_type].edge_index.numpy()
        # Edges that read backwards (rev_) and forwards are the same: answers come after.
        if edge_type[0] != "post" or edge_type[2] != "post" or not edge_type[1].startswith("rev_"):
            continue
        known = (time[src] != UNKNOWN_TIME) & (time[dst] != UNKNOWN_TIME)
        late = np.flatnonzero(known & (time[src] > time[dst]))
        if len(late):
            share = len(late) / len(src)
            message = (
                f"{len(late):,} of {len(src):,} edges {edge_type[1]} ({share:.1%}) come from "
                "later posts, so that their clocks are wrong; models do not hear them"
            )
            none: Ints = np.empty(0, dtype=np.int64)
            found.append(Finding("future_edges", NOTE, none, share, message))
    return found
