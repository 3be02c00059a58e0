"""Do two groups, or two periods, differ? Differences of shares with intervals and a test.

The interval of a difference is made of those of both shares (MOVER; Zou & Donner 2008), which keeps
their limits at 0 and 1; users who wrote on both sides make the shares go together, and this
correlation is that of what each user adds to both (see ``intervals``). The p-value is that of the
widest interval that leaves out 0, so that both always agree.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtr, stdtrit

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.cells import Floats, UserSums
from gnn_emotion.trends.columns import emotions_of
from gnn_emotion.trends.emotion_trends import summed
from gnn_emotion.trends.intervals import Shares, linearised, shares, wilson

_WIDEST, _HALVINGS = 60.0, 60


def compare(
    predictions: pd.DataFrame,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    max_per_user: float | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare the emotions of two sets of posts.

    Args:
        predictions: as for ``emotion_trends`` ``[N]``.
        first: which posts are on one side, bool ``[N]``: ``frame.region == "..."``, or
            ``within(frame.created_at, period)``.
        second: which are on the other.
        max_per_user: for how many posts a user counts at most on a side.
        level: of the intervals.

    Returns:
        A row an emotion, and one for ``valence`` (if there is): ``emotion``; ``first`` and
        ``second``, the shares; ``difference``, second minus first, with ``low`` and ``high``;
        ``p``; ``p_holm``, corrected for the number of rows (Holm 1979); ``volume_first``,
        ``volume_second``, ``users_first``, ``users_second`` and ``users_both``.

    Raises:
        GnnEmotionError: columns are missing, or a side that holds no posts.
    """
    if not 0 < level < 1:
        raise GnnEmotionError(f"level is {level}; expected between 0 and 1")
    count = len(predictions)
    sides = [_rows(first, count, "first"), _rows(second, count, "second")]
    cell = np.repeat([0, 1], [len(rows) for rows in sides])
    labels = [*emotions_of(predictions), "valence"]
    sums, _ = summed(predictions.iloc[np.concatenate(sides)], cell, max_per_user)
    found = shares(sums)
    together, both = _correlation(sums, found)
    df = _joint_df(found)
    low, high = _ends(found, together, stdtrit(df, 0.5 + level / 2))
    p = 2 * stdtr(df, -_reach(found, together))
    scale = np.where(np.array(labels) == "valence", 2.0, 1.0)
    shift = scale - 1
    columns = {"first": found.share[0] * scale - shift, "second": found.share[1] * scale - shift}
    columns |= {"difference": (found.share[1] - found.share[0]) * scale}
    columns |= {"low": low * scale, "high": high * scale, "p": p}
    table = pd.DataFrame({"emotion": labels} | columns).dropna(subset="p", ignore_index=True)
    table["p_holm"] = holm(table["p"].to_numpy())
    counts = {"volume": sums.posts, "users": sums.users}
    for name, pair in counts.items():
        table[f"{name}_first"], table[f"{name}_second"] = pair.tolist()
    table["users_both"] = both
    return table


def holm(p: Floats) -> Floats:
    """Correct p-values ``[M]`` for their number (Holm 1979)."""
    order = np.argsort(p)
    raised = np.minimum(1, p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.maximum.accumulate(raised)
    return corrected


def _rows(side: npt.ArrayLike, count: int, name: str) -> npt.NDArray[np.int64]:
    chosen = np.asarray(side)
    try:
        # Of objects only bools count, and what is missing is not on that side.
        wanted = pd.array(chosen, dtype="boolean") if chosen.dtype.kind in "bO" else None
    except (TypeError, ValueError):
        wanted = None
    if wanted is None or chosen.shape != (count,):
        raise GnnEmotionError(
            f"{name} is {chosen.dtype} {list(chosen.shape)}; expected bool [{count}], "
            "true for the posts of that side"
        )
    rows = np.flatnonzero(wanted.fillna(False).to_numpy(dtype=bool))
    if not len(rows):
        raise GnnEmotionError(f"{name} holds none of {count:,} posts; nothing to compare")
    return rows


def _correlation(sums: UserSums, found: Shares) -> tuple[Floats, int]:
    """Return the correlation of both shares ``[V]``, and how many users are on both sides."""
    part = linearised(sums, found.share)
    ends = np.searchsorted(sums.cell, [0, 1, 2])
    a, b = slice(ends[0], ends[1]), slice(ends[1], ends[2])
    _, at, there = np.intersect1d(sums.user[a], sums.user[b], return_indices=True)
    shared = (part[a][at] * part[b][there]).sum(axis=0)
    size = (part[a] ** 2).sum(axis=0) * (part[b] ** 2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(np.clip(shared / np.sqrt(size), -1, 1)), len(at)


def _joint_df(found: Shares) -> Floats:
    """Return the degrees of freedom of the difference ``[V]`` (Welch 1947)."""
    spread = np.maximum(found.share * (1 - found.share), 1e-12) / found.size
    return np.asarray(spread.sum(axis=0) ** 2 / (spread**2 / found.df).sum(axis=0))


def _ends(found: Shares, together: Floats, quantile: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the difference ``[V]`` with a quantile ``[V]``."""
    low, high = wilson(found.share, found.size, quantile)
    under, over = found.share - low, high - found.share
    difference = found.share[1] - found.share[0]

    def reach(a: Floats, b: Floats) -> Floats:
        return np.sqrt(np.maximum(a * a + b * b - 2 * together * a * b, 0))

    return difference - reach(under[1], over[0]), difference + reach(over[1], under[0])


def _reach(found: Shares, together: Floats) -> Floats:
    """Return the largest quantile ``[V]`` with which 0 is outside of the interval (bisection)."""
    inside = np.zeros_like(together)
    outside = np.full_like(together, _WIDEST)
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        low, high = _ends(found, together, middle)
        apart = (low > 0) | (high < 0)
        inside, outside = np.where(apart, middle, inside), np.where(apart, outside, middle)
    return np.where(np.isnan(found.share).any(axis=0), np.nan, inside)
