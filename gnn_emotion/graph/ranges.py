"""Ranges of places in sorted rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def bounds(group: Ints, groups: Ints) -> tuple[Ints, Ints]:
    """Return where the members of each group ``[N]`` start and end among sorted ones ``[M]``."""
    return np.searchsorted(groups, group, "left"), np.searchsorted(groups, group, "right")


def flat_ranges(start: Ints, count: Ints) -> Ints:
    """List so many places from each start ``[N]`` on, one range after the other."""
    offset = np.cumsum(count) - count
    return np.repeat(start - offset, count) + np.arange(count.sum())
