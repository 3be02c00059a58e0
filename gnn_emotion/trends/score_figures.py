"""Figures of scores: confusion matrix, ROC, reliability. Each draws a table and returns its axes.

The tables are those of ``training.curves``. Labels are written in English, or in Chinese where that
is asked for and a font is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.columns import need
from gnn_emotion.trends.figures import new_axes, write_legend
from gnn_emotion.trends.fonts import label_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Classes up to which cells hold count and share; with more, colour alone tells the share.
_SHARES = 8
#: Classes up to which a legend finds room beside the curves.
_INSIDE = 10
_DARK = 0.55


def plot_confusion(
    frame: pd.DataFrame, ax: Axes | None = None, chinese_of: str | None = None
) -> Axes:
    """Draw a confusion matrix: of the posts of each true class, where they went.

    Args:
        frame: ``true``, ``pred``, ``count``, ``share``, a row a cell; see ``confusion_frame``.
        ax: where; a new figure by default.
        chinese_of: the label set whose Chinese names are written; English ones by default.

    Raises:
        GnnEmotionError: columns are missing.
    """
    need(frame, ("true", "pred", "count", "share"))
    labels = list(dict.fromkeys(frame.true))
    size, full = len(labels), len(labels) <= _SHARES
    wide, high = (0.62, 0.56) if full else (0.46, 0.34)
    ax = ax or new_axes(2.8 + wide * size, 2 + high * size)
    share = frame["share"].to_numpy().reshape(size, size)
    count = frame["count"].to_numpy().reshape(size, size)
    image = ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.argwhere(count > 0):
        text = f"{count[row, column]:,}" + (f"\n{share[row, column]:.0%}" if full else "")
        colour = "white" if share[row, column] > _DARK else "black"
        font_size = 8 if full else 7
        ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=font_size)
    if not full:
        ax.figure.colorbar(image, ax=ax, label="share of the true class", fraction=0.04)
    names, font = label_names(labels, chinese_of)
    upright = size > 4 and max(map(len, names)) > 3
    ax.set_xticks(range(size), names, rotation=90 if upright else 0, fontproperties=font)
    ax.set_yticks(range(size), names, fontproperties=font)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    what = "counts and shares of each true class" if full else "counts"
    ax.set_title(f"{int(count.sum()):,} posts, {what}", fontsize=10)
    return ax


def plot_roc(frame: pd.DataFrame, ax: Axes | None = None, chinese_of: str | None = None) -> Axes:
    """Draw a ROC curve a class, against the rest.

    Args:
        frame: ``label``, ``fpr``, ``tpr``, ``auc``, a row a point; see ``roc_frame``.
        ax: where; a new figure by default.
        chinese_of: as in ``plot_confusion``.

    Raises:
        GnnEmotionError: columns are missing.
    """
    need(frame, ("label", "fpr", "tpr", "auc"))
    labels = list(dict.fromkeys(frame.label))
    inside = len(labels) <= _INSIDE
    ax = ax or new_axes(6.4 if inside else 8.4, max(5.2, 1 + 0.18 * len(labels)))
    style = looks(labels)
    names, font = label_names(labels, chinese_of)
    ax.plot([0, 1], [0, 1], color="#999999", linewidth=1, zorder=1)
    for label, name in zip(labels, names, strict=True):
        points = frame[frame.label == label]
        look = style[label]
        shown = f"{name}  {points.auc.iloc[0]:.3f}"
        ax.plot(points.fpr, points.tpr, color=look.colour, linestyle=look.line, label=shown)
    ax.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="false positives", ylabel="true positives")
    ax.set_title("each class against the rest", fontsize=10)
    if labels:
        legend = ax.legend(
            title="AUC",
            loc="lower right" if inside else "center left",
            bbox_to_anchor=None if inside else (1.02, 0.5),
            fontsize=8,
            title_fontsize=8,
            handlelength=4,
        )
        write_legend(legend, font)
    ax.grid(alpha=0.3)
    return ax


def plot_reliability(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw accuracy against confidence; what lies under the diagonal is too sure of itself.

    Args:
        frame: ``low``, ``high``, ``confidence``, ``accuracy``, ``count``, a row a bin; see
            ``reliability_frame``.
        ax: where; a new figure by default.

    Raises:
        GnnEmotionError: columns are missing.
    """
    need(frame, ("low", "high", "confidence", "accuracy", "count"))
    ax = ax or new_axes(5.6, 5.0)
    total = max(int(frame["count"].sum()), 1)
    width = (frame.high - frame.low).to_numpy()
    ax.bar(
        frame.low, frame.accuracy, width, align="edge", color="#0072B2", alpha=0.75,
        edgecolor="white", label="accuracy",
    )  # fmt: skip
    # Narrower, so that it never hides the accuracy behind it.
    ax.bar(
        frame.low + width / 2, frame["count"] / total, 0.4 * width, color="#E69F00",
        edgecolor="white", label="share of posts",
    )  # fmt: skip
    ax.plot([0, 1], [0, 1], color="black", linestyle="--", linewidth=1, label="as sure as right")
    error = float((frame["count"] * (frame.confidence - frame.accuracy).abs()).sum() / total)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy, share of posts")
    ax.set_title(f"expected calibration error {error:.3f}, {total:,} posts", fontsize=10)
    ax.legend(loc="upper left", fontsize=8)
    return ax
