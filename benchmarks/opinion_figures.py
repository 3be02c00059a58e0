"""The figures of an analysis of opinion on a real dump."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from gnn_emotion.trends.attach import by_topic
from gnn_emotion.trends.breakdown import breakdown
from gnn_emotion.trends.columns import NO_GROUP
from gnn_emotion.trends.compare import compare
from gnn_emotion.trends.emotion_trends import emotion_trends
from gnn_emotion.trends.figures import save_figure
from gnn_emotion.trends.group_figures import plot_breakdown, plot_compare
from gnn_emotion.trends.spread_figure import plot_transitions
from gnn_emotion.trends.thread_figure import plot_thread
from gnn_emotion.trends.trend_figures import plot_heat, plot_shares, plot_valence

#: Groups of a heat map; how much of a thread is drawn against time; posts of its tree.
LARGEST, EARLY, TREE = 15, pd.Timedelta("48h"), 150
CHINESE = "ekman7"


def draw(
    posts: pd.DataFrame, tables: dict[str, pd.DataFrame], freq: str, folder: Path
) -> list[Path]:
    """Draw what an analyst would look at.

    Args:
        posts: predictions with ``cluster``; see ``attach``.
        tables: by name: ``trend``, ``thread`` and their changes, ``transitions_of_words_...``.
        freq: width of the bins of topics and clusters.
        folder: for the figures.

    Returns:
        The files.
    """
    root = posts["root_id"].value_counts().index[0]
    half = posts["created_at"] < posts["created_at"].median()
    sides = compare(posts, half, posts["created_at"].notna() & ~half)
    early = tables["thread"][lambda trend: trend["start"] < trend["start"].min() + EARLY]
    steps = tables["thread_changes"][lambda found: found["time"] < early["start"].max()]
    figures: dict[str, Callable[[], Axes]] = {
        "shares": lambda: plot_shares(tables["trend"], chinese_of=CHINESE),
        "valence": lambda: plot_valence(tables["trend"], changes=tables["trend_changes"]),
        "thread-shares": lambda: plot_shares(early, chinese_of=CHINESE),
        "thread-valence": lambda: plot_valence(early, changes=steps),
        "thread-tree": lambda: plot_thread(posts, root, chinese_of=CHINESE, most=TREE),
        "halves": lambda: plot_compare(sides, ("前半", "后半"), chinese_of=CHINESE),
        "kinds": lambda: plot_breakdown(breakdown(posts, by=["kind"]), chinese_of=CHINESE),
        "heat-topics": lambda: plot_heat(_largest(by_topic(posts), "topic", freq)),
        "heat-clusters": lambda: plot_heat(_largest(posts, "cluster", freq)),
        "clusters": lambda: plot_breakdown(breakdown(posts, by=["cluster"]), chinese_of=CHINESE),
        "clusters-valence": lambda: plot_breakdown(breakdown(posts, by=["cluster"]), "valence"),
    }
    for null in ("all", "thread"):
        table = tables[f"transitions_of_words_{null}"]
        figures[f"spread-{null}"] = lambda table=table: plot_transitions(table, chinese_of=CHINESE)
    if posts["region"].notna().any():
        regions = breakdown(posts[posts["region"].notna()], by=["region"])
        figures["regions"] = lambda: plot_breakdown(regions, chinese_of=CHINESE)
    paths = []
    for name, make in figures.items():
        paths.append(folder / f"{name}.png")
        save_figure(make(), paths[-1])
    return paths


def _largest(posts: pd.DataFrame, by: str, freq: str) -> pd.DataFrame:
    """Return the trend of the groups with the most posts."""
    sizes = posts[by].value_counts().drop(NO_GROUP, errors="ignore")
    return emotion_trends(posts[posts[by].isin(sizes.index[:LARGEST])], by=[by], freq=freq)
