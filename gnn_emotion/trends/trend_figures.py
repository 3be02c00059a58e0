"""Figures of trends: shares of emotions, valence with its band, topics over time.

Each draws a table of ``emotion_trends`` and returns its axes. Bins without posts stay empty: a line
across a gap would tell of posts that nobody wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.columns import need
from gnn_emotion.trends.figures import legend_beside, new_axes
from gnn_emotion.trends.fonts import group_names, label_names
from gnn_emotion.trends.series import emotions_in, groups_in, one_a_bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Groups that can be told apart as lines of one figure.
_LINES = 8
#: Users below which a bin is drawn pale.
_FEW = 5
VALENCE = "valence"


def group_of(trend: pd.DataFrame) -> pd.Series:
    """Return the group of each row by name, its columns joined; ``all`` where there is one."""
    by = groups_in(trend)
    if not by:
        return pd.Series("all", index=trend.index)
    return trend[by].astype(str).agg(", ".join, axis=1)


def plot_shares(trend: pd.DataFrame, ax: Axes | None = None, chinese_of: str | None = None) -> Axes:
    """Draw the share of each emotion over time, one on top of the other, and how many posts.

    Args:
        trend: of one group.
        ax: where; a new figure by default.
        chinese_of: the label set whose Chinese names are written; English ones by default.

    Raises:
        GnnEmotionError: columns are missing, or there are several groups.
    """
    need(trend, ("start", "emotion", "share", "volume", "users"))
    several = group_of(trend).unique()
    if len(several) > 1:
        raise GnnEmotionError(
            f"{len(several)} groups, {several[0]!r} and others; expected the rows of one"
        )
    ax = ax or new_axes(9, 4.2)
    emotions = emotions_in(trend)
    wide = _wide(trend, "start", "emotion", "share")
    days = _days(wide.index)
    width, bottom = _width(days), np.zeros(len(wide))
    names, font = label_names(emotions, chinese_of)
    style = looks(emotions)
    bins = one_a_bin(trend).set_index("start")
    few = ((bins.users > 0) & (bins.users < _FEW)).loc[wide.index]
    for label, name in zip(emotions, names, strict=True):
        height = np.nan_to_num(wide[label].to_numpy())
        colour = style[label].area
        bars = ax.bar(days, height, width, bottom, align="edge", color=colour, linewidth=0)
        for bar, pale in zip(bars, few, strict=True):
            bar.set_alpha(0.35 if pale else 1)
        ax.bar([days[0]], [0], color=colour, label=name)  # for the legend: never pale
        bottom = bottom + height
    ax.set(xlim=(days[0], days[-1] + width), ylim=(0, 1), ylabel="share of posts")
    _date_axis(ax, wide.index)
    legend_beside(ax, font, reverse=True)
    told = f"; pale: fewer than {_FEW} users" if few.any() else ""
    ax.set_title(f"{int(bins.volume.sum()):,} posts{told}", fontsize=10)
    return ax


def plot_valence(
    trend: pd.DataFrame, ax: Axes | None = None, changes: pd.DataFrame | None = None
) -> Axes:
    """Draw the mean valence of each group over time, with its interval.

    Args:
        trend: of up to eight groups.
        ax: where; a new figure by default.
        changes: ``time`` of the change points that are marked; see ``change_points``.

    Raises:
        GnnEmotionError: columns are missing, or there are too many groups.
    """
    need(trend, ("start", "emotion", "valence", "valence_low", "valence_high"))
    trend = one_a_bin(trend)
    group = group_of(trend)
    known = list(dict.fromkeys(group))
    if len(known) > _LINES:
        raise GnnEmotionError(
            f"{len(known)} groups do not fit into one figure; expected up to {_LINES}, or plot_heat"
        )
    ax = ax or new_axes(9, 4.2)
    names, font = group_names(known, "group")
    style = looks(known)
    for one, name in zip(known, names, strict=True):
        rows = trend[group == one]
        days, look = _days(rows.start), style[one]
        middle = days + _width(days) / 2
        ax.fill_between(
            middle, rows.valence_low, rows.valence_high, color=look.colour, alpha=0.18, linewidth=0
        )
        alone = _alone(rows.valence)
        ax.vlines(
            middle[alone], rows.valence_low[alone], rows.valence_high[alone], color=look.colour,
            alpha=0.5,
        )  # fmt: skip
        ax.plot(
            middle, rows.valence, color=look.colour, linestyle=look.line, marker=look.marker,
            markersize=3.5, label=name,
        )  # fmt: skip
    for time in () if changes is None else pd.DatetimeIndex(changes.time.unique()):
        ax.axvline(_days(pd.DatetimeIndex([time]))[0], color="#666666", linestyle=":", linewidth=1)
    ax.axhline(0, color="#999999", linewidth=0.8)
    ax.set(ylim=(-1, 1), ylabel="valence, with its interval")
    _date_axis(ax, trend.start)
    if len(known) > 1:
        legend_beside(ax, font)
    ax.grid(alpha=0.3)
    return ax


def plot_heat(trend: pd.DataFrame, what: str = VALENCE, ax: Axes | None = None) -> Axes:
    """Draw groups against time: the valence of each bin, or the share of one emotion.

    Args:
        trend: of any number of groups; those with the most posts stand on top.
        what: ``valence``, or an emotion.
        ax: where; a new figure by default.

    Raises:
        GnnEmotionError: columns are missing, or there is no such emotion.
    """
    need(trend, ("start", "emotion", "share", "valence", "volume"))
    emotions = emotions_in(trend)
    if what != VALENCE and what not in emotions:
        raise GnnEmotionError(f"unknown {what!r}; {closest(what, [VALENCE, *emotions])}")
    rows = one_a_bin(trend) if what == VALENCE else trend[trend.emotion == what]
    rows = rows.assign(group=group_of(rows))
    order = rows.groupby("group").volume.sum().sort_values(ascending=False, kind="stable").index
    column = "valence" if what == VALENCE else "share"
    wide = _wide(rows, "group", "start", column).loc[order]
    ax = ax or new_axes(9, 1.6 + 0.34 * len(wide))
    days = _days(wide.columns)
    edges = np.append(days, days[-1] + _width(days))
    # Red for unpleasant, blue for pleasant: a pair that the colour-blind tell apart.
    cmap, low, high = ("RdBu", -1.0, 1.0) if what == VALENCE else ("viridis", 0.0, None)
    values = np.ma.masked_invalid(wide.to_numpy())
    ax.set_facecolor("#eeeeee")
    image = ax.pcolormesh(edges, np.arange(len(wide) + 1), values, cmap=cmap, vmin=low, vmax=high)
    names, font = group_names(list(wide.index), "group")
    ax.set_yticks(np.arange(len(wide)) + 0.5, names, fontproperties=font)
    ax.set_ylim(len(wide), 0)
    _date_axis(ax, wide.columns)
    ax.figure.colorbar(image, ax=ax, label=what if what == VALENCE else f"share of {what}")
    ax.set_title("grey: no posts", fontsize=9, loc="right", color="#666666")
    return ax


def _alone(values: pd.Series) -> np.ndarray:
    """Mark the values between two gaps ``[N]``, of which a band would show nothing."""
    known = values.notna().to_numpy()
    beside = np.append(known[1:], False) | np.append(False, known[:-1])
    return np.asarray(known & ~beside)


def _wide(rows: pd.DataFrame, index: str, columns: str, values: str) -> pd.DataFrame:
    """Spread a column over two others; cells of nan stay, and so do empty bins."""
    return rows.set_index([index, columns])[values].unstack()  # noqa: PD010


def _days(times: pd.Index | pd.Series) -> np.ndarray:
    """Return times as matplotlib counts them: days, of the clock of their zone."""
    from matplotlib.dates import date2num

    return np.asarray(date2num(pd.DatetimeIndex(times).tz_localize(None).to_numpy()), dtype=float)


def _width(days: np.ndarray) -> float:
    """Return the width of a bin in days; an hour where there is one bin alone."""
    return float(np.diff(days).min()) if len(days) > 1 else 1 / 24


def _date_axis(ax: Axes, times: pd.Index | pd.Series) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    zone = pd.DatetimeIndex(times).tz
    ax.set_xlabel(f"time, {zone}" if zone is not None else "time")
