"""A thread as a tree: who answered or reposted whom, when, and with what emotion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.columns import emotions_of, need
from gnn_emotion.trends.figures import legend_beside, new_axes
from gnn_emotion.trends.fonts import label_names
from gnn_emotion.trends.threads import threads

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ints = npt.NDArray[np.int64]
#: Posts that are drawn unless asked otherwise: the first ones.
MOST = 300


def plot_thread(
    posts: pd.DataFrame,
    root: str,
    ax: Axes | None = None,
    chinese_of: str | None = None,
    most: int = MOST,
) -> Axes:
    """Draw the thread of a post: time from left to right, a line from each post to its answers.

    Args:
        posts: predictions with ``parent_id`` and ``root_id``; see ``attach``.
        root: id of the first post, or of any other of the thread.
        ax: where; a new figure by default.
        chinese_of: the label set whose Chinese names are written; English ones by default.
        most: posts that are drawn, the first ones in time.

    Raises:
        GnnEmotionError: columns are missing, or there is no such post.
    """
    need(posts, ("post_id", "parent_id", "created_at", "emotion"))
    posts = posts.reset_index(drop=True)
    at = np.flatnonzero(posts.post_id == root)
    if not len(at):
        raise GnnEmotionError(f"no post {root!r}; {closest(root, posts.post_id.head(5))}")
    number = threads(posts).thread
    inside = posts[number == number[at[0]]].sort_values("created_at", kind="stable")
    total, inside = len(inside), inside.head(most).reset_index(drop=True)
    edges = threads(inside)
    hours = (inside.created_at - inside.created_at.min()).dt.total_seconds().to_numpy() / 3600
    # Most answers come at once: the first hour gets as much room as the first day.
    x, y = np.log1p(np.nan_to_num(hours)), _heights(edges.parent, edges.child, len(inside))
    ax = ax or new_axes(9, float(np.clip(1.6 + 0.06 * len(inside), 3.2, 12)))
    ax.plot(
        np.stack([x[edges.parent], x[edges.child]]), np.stack([y[edges.parent], y[edges.child]]),
        color="#bbbbbb", linewidth=0.7, zorder=1,
    )  # fmt: skip
    labels = emotions_of(posts)
    names, font = label_names(labels, chinese_of)
    style = looks(labels)
    for label, name in zip(labels, names, strict=True):
        rows = (inside.emotion == label).to_numpy()
        if rows.any():
            look = style[label]
            ax.scatter(x[rows], y[rows], s=26, color=look.colour, marker=look.marker, label=name)
    ticks = [0, 0.1, 0.5, 1, 3, 6, 12, 24, 72, 168, 720]
    shown = [tick for tick in ticks if np.log1p(tick) <= x.max()] or [0]
    ax.set_xticks(np.log1p(shown), [f"{tick:g}" for tick in shown])
    ax.set_yticks([])
    ax.set_xlabel("hours after the first post")
    ax.set_title(f"{len(inside):,} of {total:,} posts", fontsize=10)
    legend_beside(ax, font)
    return ax


def _heights(parent: Ints, child: Ints, count: int) -> npt.NDArray[np.float64]:
    """Return the height of each post ``[N]``: leaves one below the other, others amid theirs."""
    children: list[list[int]] = [[] for _ in range(count)]
    for one, other in zip(parent.tolist(), child.tolist(), strict=True):
        children[one].append(other)
    height, leaves = np.full(count, np.nan), 0
    tops = sorted(set(range(count)) - set(child.tolist()))
    for top in tops:
        stack = [(top, False)]
        while stack:
            row, done = stack.pop()
            if done:
                height[row] = np.mean(height[children[row]])
            elif children[row]:
                stack.append((row, True))
                stack += [(one, False) for one in reversed(children[row])]
            else:
                height[row], leaves = -leaves, leaves + 1
    return np.nan_to_num(height)
