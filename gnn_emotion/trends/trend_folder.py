"""The figures of a trend, in a folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from gnn_emotion.trends.columns import label_set_of
from gnn_emotion.trends.figures import save_figure
from gnn_emotion.trends.group_figures import plot_breakdown
from gnn_emotion.trends.series import emotions_in
from gnn_emotion.trends.trend_figures import (
    VALENCE,
    group_of,
    plot_heat,
    plot_shares,
    plot_valence,
)


def draw_trend(
    trend: pd.DataFrame, folder: Path, language: str = "en", groups: pd.DataFrame | None = None
) -> list[Path]:
    """Draw a table of ``emotion_trends`` into a folder.

    Args:
        trend: the table.
        folder: made when it is not there.
        language: ``en``, or ``zh`` for Chinese names of emotions, where there is a font.
        groups: of ``breakdown``, the same groups over all time.

    Returns:
        The files: ``shares.png`` and ``valence.png`` of one group; of several ``valence-heat.png``
        and a heat map of each emotion; of ``groups``, ``groups.png`` and ``groups-valence.png``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chinese_of = label_set_of(emotions_in(trend)) if language == "zh" else None
    if len(group_of(trend).unique()) == 1:
        axes = {
            "shares": lambda: plot_shares(trend, chinese_of=chinese_of),
            "valence": lambda: plot_valence(trend),
        }
    else:
        measures = (VALENCE, *emotions_in(trend))
        axes = {f"{what}-heat": partial(plot_heat, trend, what) for what in measures}
    if groups is not None:
        axes["groups"] = partial(plot_breakdown, groups, chinese_of=chinese_of)
        axes["groups-valence"] = partial(plot_breakdown, groups, VALENCE, chinese_of=chinese_of)
    paths = []
    for name, draw in axes.items():
        paths.append(folder / f"{name}.png")
        save_figure(draw(), paths[-1])
    return paths
