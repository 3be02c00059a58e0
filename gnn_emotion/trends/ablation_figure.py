"""The figure of an ablation: macro-F1 of each model with its interval, and of its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gnn_emotion.trends.columns import need
from gnn_emotion.trends.figures import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Control -> marker, colour (Okabe & Ito 2008) and name in the legend.
_CONTROLS = {
    "no_graph": ("s", "#000000", "no graph"),
    "shuffled": ("x", "#D55E00", "shuffled edges"),
    "self": ("^", "#009E73", "itself for its neighbours"),
}
#: Longest name of a model that is written whole.
_LONGEST = 56


def plot_ablation(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw an ablation, a line a model.

    Args:
        table: what ``ablation_table`` gave; the controls of a model stand where its differences
            ``over_<control>`` put them.
        ax: where; a new figure of fitting height by default.

    Returns:
        The axes.

    Raises:
        ContractError: matplotlib is missing.
        GnnEmotionError: columns are missing.
    """
    need(table, ("cell", "control", "macro_f1", "half"))
    models = table[table.control == "real"].reset_index(drop=True)
    ax = ax or new_axes(8, 1.5 + 0.36 * len(models))
    place = np.arange(len(models))
    ax.errorbar(
        models.macro_f1,
        place,
        xerr=models.half.fillna(0),
        fmt="o",
        color="#0072B2",
        capsize=3,
        label="model",
        zorder=3,
    )
    for control, (marker, colour, name) in _CONTROLS.items():
        if f"over_{control}" in models:
            at = models.macro_f1 - models[f"over_{control}"]
            ax.scatter(at, place, marker=marker, color=colour, label=name, s=28, zorder=2)
    ax.set_yticks(place, [_short(cell) for cell in models.cell])
    ax.set_ylim(len(models) - 0.5, -0.5)
    ax.set_xlabel("macro-F1 of the test posts; bars: 95 % interval over seeds")
    ax.grid(axis="x", alpha=0.3)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=8)
    return ax


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
