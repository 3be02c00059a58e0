"""Splits that leak nothing: by cascade, or by time.

A split is a vector of codes into ``SPLITS``. Sampling single posts is not offered: a repost and
the post that it copies would then lie on both sides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.graph import UNKNOWN_TIME

SPLITS = ("train", "val", "test")
Codes = npt.NDArray[np.int8]


def split_by_cascade(
    thread: npt.NDArray[np.int64],
    root_ids: Sequence[str],
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2),
) -> Codes:
    """Put each thread, whole, into one split.

    The side depends on the id of the root alone (sha256), so that a post stays where it is when
    the dump grows, and across machines.

    Args:
        thread: row of the root of each post ``[N]``.
        root_ids: the post id of each row ``[N]``.
        fractions: shares of train, val and test.

    Returns:
        Codes into ``SPLITS`` ``[N]``.

    Raises:
        ValueError: when the fractions are negative or do not sum to 1.
    """
    bounds = _bounds(fractions)
    roots, inverse = np.unique(thread, return_inverse=True)
    draws = np.array([_unit(root_ids[row]) for row in roots])
    return np.searchsorted(bounds, draws, side="right").astype(np.int8)[inverse]


def split_by_time(
    time: npt.NDArray[np.int64], fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
) -> Codes:
    """Train on the past, test on the future; posts of one second stay together.

    Args:
        time: seconds ``[N]``; posts of unknown time go to train.
        fractions: shares of train, val and test among the dated posts.

    Returns:
        Codes into ``SPLITS`` ``[N]``.

    Raises:
        ValueError: when the fractions are negative or do not sum to 1.
    """
    bounds = _bounds(fractions)
    dated = time[time != UNKNOWN_TIME]
    if not len(dated):
        return np.zeros(len(time), dtype=np.int8)
    # Rounded, for 0.7 + 0.1 is a little less than 0.8; a bound of 1 lies past the last post.
    moments = np.append(np.sort(dated), np.iinfo(np.int64).max)
    cuts = moments[np.rint(bounds * len(dated)).astype(np.int64)]
    return np.searchsorted(cuts, time, side="right").astype(np.int8)


def _bounds(fractions: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(f"fractions are {fractions}; expected three shares that sum to 1")
    return np.cumsum(fractions)[:2]


def _unit(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
