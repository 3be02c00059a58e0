"""Figures of groups beside each other: how two differ, and the emotions of many.

Each draws a table, of ``compare`` or ``breakdown``, and returns its axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.trends.breakdown import ALL
from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.columns import need
from gnn_emotion.trends.figures import legend_beside, new_axes
from gnn_emotion.trends.fonts import group_names, label_names
from gnn_emotion.trends.series import emotions_in
from gnn_emotion.trends.trend_figures import VALENCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties

#: Groups that find room in a figure: those with the most posts.
MOST = 20
#: Corrected p-values below which a difference is drawn full.
_SURE = 0.05
_VALENCE_COLOUR, _VALENCE_ZH = "#444444", "效价"


def plot_compare(
    table: pd.DataFrame,
    names: Sequence[str] = ("first", "second"),
    ax: Axes | None = None,
    chinese_of: str | None = None,
) -> Axes:
    """Draw how two sides differ: a line an emotion, with its interval, and both shares in numbers.

    Args:
        table: of ``compare``.
        names: of the first and the second side.
        ax: where; a new figure by default.
        chinese_of: the label set whose Chinese names are written; English ones by default.

    Raises:
        GnnEmotionError: columns are missing, there are no rows, or not two names.
    """
    need(table, ("emotion", "first", "second", "difference", "low", "high", "p_holm"))
    if not len(table):
        raise GnnEmotionError("the table has no rows; expected those of compare(...)")
    if isinstance(names, str) or len(names) != 2:
        raise GnnEmotionError(f"names are {names!r}; expected one of each of two sides")
    ax = ax or new_axes(7.5, 1.6 + 0.36 * len(table))
    style = looks([name for name in table.emotion if name != VALENCE])
    for place, row in enumerate(table.to_dict("records")):
        known = row["emotion"] in style
        colour = style[row["emotion"]].colour if known else _VALENCE_COLOUR
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2)
        full = colour if row["p_holm"] < _SURE else "white"
        ax.plot([row["difference"]], [place], "o", color=colour, markerfacecolor=full, markersize=7)
        shares = f"{row['first']:.2f} → {row['second']:.2f}"
        ax.text(1.02, place, shares, transform=ax.get_yaxis_transform(), va="center", fontsize=8)
    if len(style) < len(table):  # valence goes from -1 to 1, and is no share
        ax.axhline(len(style) - 0.5, color="#cccccc", linewidth=0.8)
    ax.axvline(0, color="#999999", linewidth=0.8, zorder=0)
    shown, font = _names(table.emotion.tolist(), chinese_of)
    ax.set_yticks(range(len(table)), shown, fontproperties=font)
    ax.set_ylim(len(table) - 0.5, -0.5)
    (first, second), font = group_names(names, "side")
    ax.set_xlabel(f"{second} minus {first}, with its interval", fontproperties=font)
    ax.set_title(f"full: p < {_SURE:g}, corrected for {len(table)} lines", fontsize=10)
    ax.grid(axis="x", alpha=0.3)
    return ax


def plot_breakdown(
    table: pd.DataFrame,
    what: str | None = None,
    ax: Axes | None = None,
    chinese_of: str | None = None,
) -> Axes:
    """Draw the emotions of groups: all shares as a bar, or one of them with its interval.

    Groups that are not shown stand below the others and say so; all posts are the last line.

    Args:
        table: of ``breakdown``; of the groups that are shown, the ``MOST`` with the most posts.
        what: ``valence`` or an emotion, with its interval; None for the shares of all.
        ax: where; a new figure by default.
        chinese_of: the label set whose Chinese names are written; English ones by default.

    Raises:
        GnnEmotionError: columns are missing, or there is no such emotion.
    """
    need(table, ("emotion", "share", "low", "high", "valence", "volume", "shown"))
    emotions = emotions_in(table)
    if what not in (None, VALENCE, *emotions):
        raise GnnEmotionError(f"unknown {what!r}; {closest(str(what), [VALENCE, *emotions])}")
    if not emotions:
        raise GnnEmotionError("the table has no rows; expected those of breakdown(by=[...])")
    keys = table.iloc[:, : list(table.columns).index("emotion")]
    if not keys.shape[1]:
        raise GnnEmotionError("a breakdown by nothing; expected the groups of breakdown(by=[...])")
    table = table.assign(
        group=keys.astype(str).agg(", ".join, axis=1), total=(keys == ALL).all(axis=1)
    )
    lines, groups = _lines(table[table.emotion == emotions[0]])
    ax = ax or new_axes(8.5, 1.5 + 0.34 * len(lines))
    table = table.assign(place=table.group.map({name: i for i, name in enumerate(lines.group)}))
    table = table[table.place.notna() & table.shown]
    if what is None:
        _draw_bars(ax, table, emotions, chinese_of)
    else:
        _draw_intervals(ax, table, what, chinese_of)
    _name_lines(ax, lines, groups)
    return ax


def _names(labels: list[str], chinese_of: str | None) -> tuple[list[str], FontProperties | None]:
    """Return labels, and valence among them, as they are written, and the font that it takes."""
    names, font = label_names(labels, chinese_of)
    return [_VALENCE_ZH if font and name == VALENCE else name for name in names], font


def _lines(cells: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the cells that are drawn, from the top on, and how many groups there are.

    Those with the most posts come first, then those that are not shown, all posts at last.
    """
    groups = cells[~cells.total & (cells.volume != 0)]
    groups = groups.sort_values("volume", ascending=False, kind="stable", na_position="last")
    drawn = pd.concat([groups.head(MOST), cells[cells.total]], ignore_index=True)
    return drawn, len(groups)


def _draw_bars(
    ax: Axes, table: pd.DataFrame, emotions: Sequence[str], chinese_of: str | None
) -> None:
    style = looks(emotions)
    names, font = label_names(emotions, chinese_of)
    left = np.zeros(int(table.place.max()) + 1 if len(table) else 1)
    for label, name in zip(emotions, names, strict=True):
        rows = table[table.emotion == label]
        place = rows.place.to_numpy(np.int64)
        ax.barh(place, rows.share, 0.8, left[place], color=style[label].area, label=name)
        left[place] += rows.share
    ax.set(xlim=(0, 1), xlabel="share of posts")
    legend_beside(ax, font)


def _draw_intervals(ax: Axes, table: pd.DataFrame, what: str, chinese_of: str | None) -> None:
    if what == VALENCE:
        rows = table.drop_duplicates("place")
        middle, low, high = (rows[f"valence{end}"] for end in ("", "_low", "_high"))
        colour = _VALENCE_COLOUR
        ax.axvline(0, color="#999999", linewidth=0.8, zorder=0)
    else:
        rows = table[table.emotion == what]
        middle, low, high = rows.share, rows.low, rows.high
        colour = looks(emotions_in(table))[what].colour
    ax.hlines(rows.place, low, high, color=colour, linewidth=2)
    ax.plot(middle, rows.place, "o", color=colour)
    (name,), font = _names([what], chinese_of)
    label = name if what == VALENCE else f"share of {name}"
    ax.set_xlabel(f"{label}, with its interval", fontproperties=font)
    ax.grid(axis="x", alpha=0.3)


def _name_lines(ax: Axes, lines: pd.DataFrame, groups: int) -> None:
    """Write the name of each line and its number of posts; say which are not shown."""
    names, font = group_names(lines.group.tolist(), "group")
    volumes = [
        f"{v:,.0f}" if shown else "" for v, shown in zip(lines.volume, lines.shown, strict=True)
    ]
    told = [f"{name}  {volume}" for name, volume in zip(names, volumes, strict=True)]
    ax.set_yticks(range(len(lines)), told, fontproperties=font)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    for place in np.flatnonzero(~lines.shown.to_numpy()).tolist():
        ax.axhspan(
            place - 0.4,
            place + 0.4,
            facecolor="#eeeeee",
            edgecolor="#bbbbbb",
            hatch="//",
            linewidth=0,
        )
        ax.text(
            0.5,
            place,
            "not shown: too few users",
            transform=ax.get_yaxis_transform(),
            ha="center",
            va="center",
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    if lines.total.any():
        ax.axhline(len(lines) - 1.5, color="#999999", linewidth=0.8)
    drawn = int((~lines.total).sum())
    count = f"{drawn} of {groups}" if drawn < groups else f"{groups}"
    ax.set_title(f"{count} groups, with their posts", fontsize=10)
