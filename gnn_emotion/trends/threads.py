"""Who answered whom among the posts of a table: edges from parent to child, depth, delay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.trends.columns import need, need_once

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Threads:
    """Edges between the rows of a table ``[N]``.

    Attributes:
        parent: row of the post that was answered or reposted ``[E]``.
        child: row of the post that did it ``[E]``; a row is the child of one edge at most.
        thread: number of the thread of each row ``[N]``.
        depth: steps of each row from the first known post above it ``[N]``; -1 for posts of which
            each is, in a damaged dump, above the other.
    """

    parent: Ints
    child: Ints
    thread: Ints
    depth: Ints

    def delay_hours(self, created_at: pd.Series) -> npt.NDArray[np.float64]:
        """Return how many hours after its parent each child was written ``[E]``; nan if unknown.

        Args:
            created_at: of each row ``[N]``.
        """
        time = pd.Series(pd.to_datetime(created_at, utc=True)).reset_index(drop=True)
        gap = time.iloc[self.child].to_numpy() - time.iloc[self.parent].to_numpy()
        return np.asarray(pd.Series(gap).dt.total_seconds() / 3600)


def threads(frame: pd.DataFrame) -> Threads:
    """Find the edges between the posts of a table; parents that it does not hold make none.

    Args:
        frame: ``post_id`` and ``parent_id`` of each post, and ``root_id`` where there is one; see
            ``attach``.

    Raises:
        GnnEmotionError: columns are missing, or a post is there twice.
    """
    need(frame, ["post_id", "parent_id"], "attach(predictions, dump) adds parent_id")
    need_once(frame, hint=", not one for each of its topics")
    row = pd.Index(frame["post_id"]).get_indexer(pd.Index(frame["parent_id"]))
    above = np.where(row == np.arange(len(row)), -1, row).astype(np.int64)
    child = np.flatnonzero(above >= 0)
    depth = _depths(above)
    if "root_id" in frame:
        root = frame["root_id"].where(frame["root_id"].notna(), frame["post_id"])
    else:
        root = pd.Series(_tops(above, int(depth.max(initial=0))))
    return Threads(above[child], child, pd.factorize(root)[0].astype(np.int64), depth)


def _depths(above: Ints) -> Ints:
    """Count steps ``[N]`` to the top, level by level; what no top leads to stays -1."""
    depth = np.where(above < 0, 0, -1)
    level = 0
    while True:
        known = np.where(above >= 0, depth[above], -1) == level
        if not known.any():
            return depth
        level += 1
        depth[known] = level


def _tops(above: Ints, deepest: int) -> Ints:
    top = np.arange(len(above))
    for _ in range(deepest):
        top = np.where(above[top] >= 0, above[top], top)
    return top
