"""Figures of comparisons: differences of two sides, and which emotion answers which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.columns import need
from gnn_emotion.trends.figures import new_axes
from gnn_emotion.trends.fonts import label_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Corrected p-value below which a difference is drawn as one.
_LEVEL = 0.05
#: Lift that has the full colour, and what is as often as by chance.
_MOST, _CHANCE = 2.0, 1.0


def plot_compare(
    table: pd.DataFrame, ax: Axes | None = None, chinese_of: str | None = None
) -> Axes:
    """Draw the differences between two sides, each with its interval.

    Args:
        table: see ``compare``.
        ax: where; a new figure of fitting height by default.
        chinese_of: the label set whose Chinese names are written; English ones by default.

    Raises:
        GnnEmotionError: columns are missing.
    """
    need(table, ("emotion", "difference", "low", "high", "p_holm"), "see compare")
    table = table.reset_index(drop=True)
    ax = ax or new_axes(6.5, 1.4 + 0.24 * len(table))
    sure = table.p_holm < _LEVEL
    sides = ((sure, "#0072B2", f"p < {_LEVEL:g}, corrected"), (~sure, "#999999", "may be chance"))
    for rows, colour, name in sides:
        one = table[rows]
        reach = [one.difference - one.low, one.high - one.difference]
        ax.errorbar(
            one.difference, one.index, xerr=reach, fmt="o", capsize=3, color=colour, label=name
        )
    ax.axvline(0, color="black", linewidth=0.8)
    names, font = label_names(list(table.emotion), chinese_of)
    ax.set_yticks(range(len(table)), names, fontproperties=font)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlabel("difference of shares, or of valence: second less first")
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def plot_transitions(
    table: pd.DataFrame, ax: Axes | None = None, chinese_of: str | None = None
) -> Axes:
    """Draw how many times oftener than by chance an emotion is answered with another.

    Args:
        table: see ``transitions``; of one group.
        ax: where; a new figure by default.
        chinese_of: the label set whose Chinese names are written; English ones by default.

    Raises:
        GnnEmotionError: columns are missing, or there are several groups.
    """
    need(table, ("parent", "child", "lift"), "see transitions")
    if table.duplicated(["parent", "child"]).any():
        raise GnnEmotionError(
            "pairs of emotions are there several times; expected the rows of one group"
        )
    labels = list(dict.fromkeys(table.parent))
    place = pd.Series(range(len(labels)), index=labels)
    lift = np.full((len(labels), len(labels)), np.nan)
    lift[place[table.parent], place[table.child]] = table.lift
    ax = ax or new_axes(2.6 + 0.42 * len(labels), 1.6 + 0.38 * len(labels))
    ax.set_facecolor("#eeeeee")
    shown = np.ma.masked_invalid(lift)
    image = ax.imshow(shown, cmap="PuOr_r", vmin=2 * _CHANCE - _MOST, vmax=_MOST)
    for row, column in np.argwhere(~np.isnan(lift)):
        value = lift[row, column]
        dark = abs(value - _CHANCE) > 0.7 * (_MOST - _CHANCE)
        colour = "white" if dark else "black"
        ax.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=8, color=colour)
    names, font = label_names(labels, chinese_of)
    ax.set_xticks(range(len(labels)), names, rotation=45, fontproperties=font)
    ax.set_yticks(range(len(labels)), names, fontproperties=font)
    ax.set(xlabel="emotion of the answer", ylabel="emotion of what it answers")
    ax.figure.colorbar(image, ax=ax, label="times as often as by chance", extend="max")
    return ax
