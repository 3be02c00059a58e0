"""Who answers whom: parents that cannot be are cut, roots are found by pointer doubling."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
NONE = -1


class Threads(NamedTuple):
    """The forest of a dump, by row.

    Attributes:
        parent: row of the parent ``[N]``, -1 where there is none.
        root: row of the post that started the thread ``[N]``, its own row for a start.
        own_parents: how many posts were their own parent.
        in_cycles: how many posts lay on a cycle of parents.
    """

    parent: Rows
    root: Rows
    own_parents: int
    in_cycles: int


def build_threads(parent: Rows, stated_root: Rows, known: npt.NDArray[np.bool_]) -> Threads:
    """Settle the parent and the root of every post.

    A post whose parent is not known hangs on its stated root. Where parents form a cycle, all of
    its edges are cut, for none of them can be believed.

    Args:
        parent: row of the stated parent ``[N]``, -1 where there is none.
        stated_root: row of the stated root ``[N]``, -1 where there is none.
        known: false for placeholders ``[N]``; those belong to the thread of their stated root,
            but what they answer is not known.

    Returns:
        The forest.
    """
    here = np.arange(len(parent), dtype=np.int64)
    own = parent == here
    parent = np.where(own, NONE, parent)
    up = np.where((parent < 0) & (stated_root != here), stated_root, parent)
    cycle = cycle_rows(up)
    up[cycle] = NONE
    root = follow(np.where(up < 0, here, up))
    return Threads(np.where(known, up, NONE), root, int(own.sum()), len(cycle))


def cycle_rows(up: Rows) -> Rows:
    """Return the rows that lie on a cycle, ascending.

    Args:
        up: row of the next post on the way to the root ``[N]``, -1 at the end.
    """
    reached = follow(np.where(up < 0, np.arange(len(up), dtype=np.int64), up))
    # After at least N steps, whoever is not at an end is on a cycle; and every row of a cycle is
    # reached by one of its own.
    return np.unique(reached[up[reached] >= 0])


def follow(step: Rows) -> Rows:
    """Follow pointers for at least N steps, doubling them: log2(N) gathers.

    Args:
        step: row to go to from each row ``[N]``; an end points to itself.

    Returns:
        The row where each row ends up ``[N]``.
    """
    for _ in range(max(len(step), 1).bit_length()):
        further = step[step]
        if np.array_equal(further, step):
            break
        step = further
    return step
