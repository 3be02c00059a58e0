"""Shares of emotions by group and time, each with an interval: what was felt about what, when."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.attach import by_topic
from gnn_emotion.trends.bins import CHINA, Period, time_bins
from gnn_emotion.trends.cells import Floats, Ints, UserSums, user_sums
from gnn_emotion.trends.columns import emotions_of, groups_of, need, probabilities, users_of
from gnn_emotion.trends.intervals import shares

_MOST_ROWS = 10_000_000
#: What the columns of a table of trends say, beside those that make its groups.
_MEASURES = (
    "start", "emotion", "share", "low", "high", "valence", "valence_low", "valence_high",
    "volume", "users", "effective", "valence_effective", "shown",
)  # fmt: skip


def emotion_trends(
    predictions: pd.DataFrame,
    by: Iterable[str] = ("topic",),
    freq: str = "1h",
    *,
    tz: str = CHINA,
    period: Period | None = None,
    max_per_user: float | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate the share of each emotion by group and time.

    A share is the mean of calibrated probabilities, not a count of the likeliest labels, which
    would hide the rarer emotions; posts of which the model is unsure count, with all that they may
    be. Intervals are about the users who might have written, not about those posts alone: users
    count as drawn, with all their posts (see ``intervals``). They hold the error of sampling, not
    that of a model that is wrong of a topic.

    Args:
        predictions: a row a post: ``created_at``, ``user_id``, ``prob_<label>``, the columns of
            ``by``, and ``valence`` where there is one; see ``attach``. Posts without a time are in
            no bin; ``coverage`` counts them.
        by: columns that make the groups, none for one group of all. ``topic`` is made from
            ``topics`` where there is no such column; see ``by_topic``.
        freq: width of a bin, as pandas writes it.
        tz: days begin, and starts are told, in this zone.
        period: bins from here to there; by default from the first post to the last.
        max_per_user: for how many posts a user counts at most in a bin of a group.
        level: of the intervals.

    Returns:
        A row for each group, bin and emotion, in this order: the columns of ``by``; ``start``,
        with its zone; ``emotion``; ``share``, ``low``, ``high``; ``valence``, ``valence_low``,
        ``valence_high``, the same in all rows of a bin; ``volume`` (posts, each whole); ``users``;
        and ``effective`` and ``valence_effective``, the numbers of independent posts that would
        tell the share, and valence, as well. Bins without posts are there with volume 0, and nan
        for the rest.

    Raises:
        GnnEmotionError: columns are missing, or options that cannot be.
    """
    by = group_columns(by)
    need(predictions, ["created_at"], "expected the table that `gnn-emotion score` writes")
    if "topic" in by and "topic" not in predictions:
        predictions = by_topic(predictions)
    place, starts = time_bins(predictions["created_at"], freq, tz, period)
    group, groups = groups_of(predictions, by)
    labels = emotions_of(predictions)
    rows = len(groups) * len(starts) * len(labels)
    if rows > _MOST_ROWS:
        raise GnnEmotionError(
            f"{len(groups):,} groups of {len(starts):,} bins make {rows:,} rows, more than "
            f"{_MOST_ROWS:,}; choose wider bins, a period, or fewer groups"
        )
    cell = np.where(place < 0, -1, group * len(starts) + place)
    sums, taken = summed(predictions, cell, max_per_user)
    table = estimates(sums, taken, labels, len(groups) * len(starts), level)
    keys = groups.loc[np.repeat(groups.index, len(starts) * len(labels))].reset_index(drop=True)
    start = starts.repeat(len(labels))
    keys["start"] = start[np.tile(np.arange(len(start)), len(groups))]
    return pd.concat([keys, table], axis=1)


def group_columns(by: Iterable[str]) -> list[str]:
    """Return the columns that make the groups of a table of trends, which has others of its own.

    Raises:
        GnnEmotionError: one that the table itself has, one twice, or a name in place of a list.
    """
    if isinstance(by, str):
        raise GnnEmotionError(f"by is {by!r}; expected a list of columns, such as [{by!r}]")
    by = list(by)
    for name in by:
        if name in _MEASURES:
            raise GnnEmotionError(
                f"no groups by {name!r}: the table has a column of this name itself; expected "
                "others, such as topic, region or kind, or that column under another name"
            )
        if by.count(name) > 1:
            raise GnnEmotionError(f"column {name!r} is there twice; expected each once")
    return by


def summed(
    predictions: pd.DataFrame, cell: Ints, max_per_user: float | None
) -> tuple[UserSums, Ints]:
    """Sum probabilities and valence by user and cell.

    Args:
        predictions: a row a post ``[N]``.
        cell: of each ``[N]``; -1 for those that are left out.
        max_per_user: as in ``emotion_trends``.

    Returns:
        The sums of the K probabilities and of (valence + 1) / 2, nan where there is none, over the
        cells that hold posts; and the number of each of these cells ``[C]``, sorted.
    """
    user, probs = users_of(predictions), probabilities(predictions)
    valence = np.full(len(predictions), np.nan)
    if "valence" in predictions:
        valence = (predictions["valence"].to_numpy(np.float64) + 1) / 2
    values = np.concatenate([probs, valence[:, None]], axis=1)
    kept = cell >= 0
    taken, place = np.unique(cell[kept], return_inverse=True)
    return user_sums(user[kept], place, values[kept], len(taken), max_per_user), taken


def estimates(
    sums: UserSums, taken: Ints, labels: list[str], num_cells: int, level: float
) -> pd.DataFrame:
    """Lay out what is known of cells.

    Args:
        sums: see ``summed``.
        taken: the numbers of the cells that they are of ``[C]``.
        labels: the K labels.
        num_cells: of all cells, those without posts too.
        level: of the intervals.

    Returns:
        The columns of ``emotion_trends`` from ``emotion`` on, K rows a cell.
    """
    found, k = shares(sums), len(labels)
    low, high = found.interval(level)

    def full(numbers: Floats) -> Floats:
        wide = np.full((num_cells, k), np.nan)
        wide[taken] = numbers
        return wide.ravel()

    def counts(numbers: Ints) -> Ints:
        wide = np.zeros(num_cells, np.int64)
        wide[taken] = numbers
        return wide.repeat(k)

    columns = {"emotion": np.tile(np.array(labels, dtype=object), num_cells)}
    ends = {"share": found.share, "low": low, "high": high}
    columns |= {name: full(ends[name][:, :k]) for name in ends}
    names = ("valence", "valence_low", "valence_high")
    columns |= {
        name: full(2 * end[:, k:] - 1) for name, end in zip(names, ends.values(), strict=True)
    }
    columns |= {"volume": counts(sums.posts), "users": counts(sums.users)}
    columns |= {"effective": full(found.size[:, :k]), "valence_effective": full(found.size[:, k:])}
    return pd.DataFrame(columns)
