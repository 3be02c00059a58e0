"""What a post heard: its neighbours, by how much each moved the label, with what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gnn_emotion.trends.bins import CHINA
from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.columns import need
from gnn_emotion.trends.figures import new_axes
from gnn_emotion.trends.fonts import writable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: For the label and against it: blue, and an orange that the colour-blind tell from it.
_FOR, _AGAINST = (look.colour for look in looks(("negative", "anger")).values())
#: Characters of a text that are shown.
_SHOWN = 26
#: Widest line and largest node, points and square points.
_WIDEST, _LARGEST = 6.0, 260.0


def plot_neighbourhood(
    neighbours: pd.DataFrame, ax: Axes | None = None, most: int = 10, tz: str = CHINA
) -> Axes:
    """Draw the neighbours of a post, the one that adds most to its label on top.

    Lines and nodes are as thick as the neighbour has an effect: blue for the label, orange
    against it; squares are profiles. A black ring marks those named for the deletion check.

    Args:
        neighbours: ``node_type, id, created_at, text, hops, effect, named``; ``neighbours`` of an
            ``Explanation``.
        ax: where; a new figure of fitting height by default.
        most: neighbours that are drawn at most: those that are named, then the strongest.
        tz: zone of the times.

    Raises:
        ContractError: matplotlib is missing.
        GnnEmotionError: columns are missing.
    """
    need(
        neighbours, ("node_type", "id", "created_at", "text", "hops", "effect", "named"),
        "expected the neighbours of an explanation",
    )  # fmt: skip
    shown = _shown(neighbours, most)
    ax = ax or new_axes(9, 1.3 + 0.32 * max(len(shown), 2))
    strength = (shown.effect / max(float(shown.effect.abs().max() or 0), 1e-9)).to_numpy()
    y, x = -np.arange(len(shown), dtype=float), -shown.hops.to_numpy(float)
    centre = float(y.mean()) if len(y) else 0.0
    colour = np.where(shown.effect > 0, _FOR, _AGAINST)
    for at in range(len(shown)):
        ax.plot(
            [x[at], 0], [y[at], centre], color=colour[at], alpha=0.35, zorder=1,
            linewidth=0.4 + _WIDEST * abs(strength[at]),
        )  # fmt: skip
    size = 30 + _LARGEST * np.abs(strength)
    edge = np.where(shown.named, "black", "white")
    for kind, marker in (("post", "o"), ("user", "s")):
        here = (shown.node_type == kind).to_numpy()
        ax.scatter(
            x[here], y[here], s=size[here], c=colour[here], marker=marker,
            edgecolors=edge[here].tolist(), linewidths=1.6, zorder=2,
        )  # fmt: skip
    ax.scatter([0], [centre], s=_LARGEST, color="#444444", marker="D", zorder=2)
    ax.annotate("the post", (0, centre), (0, 14), textcoords="offset points", ha="center")
    farthest = float(x.min(initial=-1))
    for at, row in enumerate(shown.to_dict("records")):
        text, font = writable(_told(row, tz))
        ax.text(
            farthest - 0.2, y[at], text, ha="right", va="center", font=font, fontsize=9
        )  # fmt: skip
    _frame(ax, farthest, len(shown), len(neighbours))
    return ax


def _shown(neighbours: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the rows that are drawn, the largest effect first."""
    by_strength = neighbours.assign(strength=neighbours.effect.abs()).sort_values(
        ["named", "strength"], ascending=False, kind="stable"
    )
    return by_strength.head(most).sort_values("effect", ascending=False, kind="stable")


def _told(row: Mapping[Any, Any], tz: str) -> str:
    """Say who a neighbour is: words, time and effect of a post; id and effect of a profile."""
    effect = f"{row['effect']:+.3f}"
    if row["node_type"] == "user":
        return f"profile of {row['id']}   {effect}"
    said = "" if pd.isna(row["text"]) else " ".join(str(row["text"]).split())
    said = said or str(row["id"])
    short = said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"
    time = row["created_at"]
    when = "undated" if pd.isna(time) else f"{time.tz_convert(tz):%m-%d %H:%M}"
    return f"{short}   {when}   {effect}"


def _frame(ax: Axes, farthest: float, shown: int, total: int) -> None:
    """Leave room for the texts, and say what is seen."""
    steps = np.arange(int(farthest), 0)
    ax.set_xticks(steps, [f"{-step} step{'s' if step < -1 else ''}" for step in steps])
    ax.set(yticks=[], xlim=(farthest * 2.6 - 1.2, 0.45), ylim=(-max(shown, 2) + 0.3, 0.9))
    ax.set_title(
        f"{shown:,} of {total:,} neighbours; blue: for the label; orange: against; ringed: named",
        fontsize=10, loc="right",
    )  # fmt: skip
    for side in ("left", "right", "top", "bottom"):
        ax.spines[side].set_visible(False)
