"""Which emotions follow which, as a matrix: how much oftener than by chance."""

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

#: Doublings (and halvings) at which colours end.
_DOUBLINGS = 2.0
#: Halvings of what never happens.
_ENDLESS = 30.0
_SURE = 0.05


def plot_transitions(
    table: pd.DataFrame, ax: Axes | None = None, chinese_of: str | None = None
) -> Axes:
    """Draw the emotions of answers against those of their parents.

    A cell says how many times as often as by chance, and below it the share of the answers to that
    emotion. Red is oftener, blue less often, grey what neither pairs nor chance have; a star marks
    p < 0.05 of the shuffles, of each cell alone.

    Args:
        table: of ``transitions``, of one group.
        ax: where; a new figure by default.
        chinese_of: the label set whose Chinese names are written; English ones by default.

    Raises:
        GnnEmotionError: columns are missing, or there is not one group.
    """
    need(table, ("parent", "child", "share", "lift", "p", "edges"))
    labels = list(dict.fromkeys(table.parent))
    size = len(labels)
    if not size or len(table) != size * size:
        raise GnnEmotionError(
            f"{len(table)} rows of {size} emotions; expected the {size * size} of one group"
        )
    ax = ax or new_axes(2.6 + 0.72 * size, 1.8 + 0.58 * size)
    lift, share, p = (table[name].to_numpy().reshape(size, size) for name in ("lift", "share", "p"))
    doublings = np.ma.masked_invalid(np.log2(np.maximum(lift, 2**-_ENDLESS)))
    ax.set_facecolor("#eeeeee")
    image = ax.imshow(doublings, cmap="RdBu_r", vmin=-_DOUBLINGS, vmax=_DOUBLINGS, aspect="auto")
    for row, column in np.argwhere(~np.isnan(lift)):
        star = "*" if p[row, column] < _SURE else ""
        dark = abs(doublings[row, column]) > 0.7 * _DOUBLINGS
        ax.text(
            column, row, f"{lift[row, column]:.2f}{star}\n{share[row, column]:.0%}", ha="center",
            va="center", fontsize=8, color="white" if dark else "black",
        )  # fmt: skip
    names, font = label_names(labels, chinese_of)
    upright = size > 4 and max(map(len, names)) > 3
    ax.set_xticks(range(size), names, rotation=90 if upright else 0, fontproperties=font)
    ax.set_yticks(range(size), names, fontproperties=font)
    ax.set(xlabel="answer", ylabel="what it answers")
    bar = ax.figure.colorbar(image, ax=ax, label="times as often as by chance", extend="both")
    bar.set_ticks([-2, -1, 0, 1, 2], labels=["1/4", "1/2", "1", "2", "4"])
    ax.set_title(f"{int(table.edges.iloc[0]):,} answers and reposts; * p < {_SURE:g}", fontsize=10)
    return ax
