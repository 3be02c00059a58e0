"""The words of a post, each coloured by what it adds to the label."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from gnn_emotion.trends.columns import need
from gnn_emotion.trends.figures import new_axes
from gnn_emotion.trends.fonts import writable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Width of a line and height of one, in Chinese characters, which are as wide as high.
_LINE, _HIGH = 34.0, 2.6
#: Width of the number below a word, and the gap between words.
_NUMBER, _GAP = 2.2, 0.5
#: Size of a character, inches.
_EM = 0.25


def plot_words(words: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Write the words of a post one beside the other: blue for its label, red against it.

    The strongest word has the full colour; below each stands what it adds to the probability.

    Args:
        words: ``word`` and ``effect``, in the order of the text; ``words`` of an ``Explanation``.
        ax: where; a new figure of fitting height by default.

    Raises:
        ContractError: matplotlib is missing.
        GnnEmotionError: columns are missing.
    """
    need(words, ("word", "effect"), "expected the words of an explanation")
    widths = [max(_width(word) + 0.4, _NUMBER) for word in words["word"]]
    places = _places(widths)
    lines = 1 + max((line for _, line in places), default=0)
    ax = ax or new_axes(_EM * (_LINE + 1), _EM * (_HIGH * lines + 0.6))
    strongest = max(float(words["effect"].abs().max()) if len(words) else 0.0, 1e-9)
    for word, effect, wide, (x, line) in zip(
        words["word"], words["effect"], widths, places, strict=True
    ):
        _draw(ax, word, effect, effect / strongest, (x, -_HIGH * line, wide))
    ax.set(xlim=(-0.5, _LINE + 0.5), ylim=(-_HIGH * lines + 0.6, 1.2))
    ax.set_axis_off()
    return ax


def _draw(
    ax: Axes, word: str, effect: float, strength: float, place: tuple[float, float, float]
) -> None:
    """Write a word on its colour, and its effect below it."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    x, y, wide = place
    colour = colormaps["RdBu"](0.5 + 0.5 * strength)
    ax.add_patch(Rectangle((x, y - 0.7), wide, 1.4, color=colour, linewidth=0))
    text, font = writable(word)
    ax.text(
        x + wide / 2, y, text, ha="center", va="center", font=font, fontsize=11,
        color="white" if abs(strength) > 0.6 else "black",
    )  # fmt: skip
    ax.text(
        x + wide / 2, y - 1.05, f"{effect:+.3f}", ha="center", va="center", fontsize=6.5,
        color="#555555",
    )  # fmt: skip


def _places(widths: Sequence[float]) -> list[tuple[float, int]]:
    """Return where each word begins: how far in its line, and which line."""
    places, x, line = [], 0.0, 0
    for wide in widths:
        if x and x + wide > _LINE:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide + _GAP
    return places


def _width(word: str) -> float:
    """Return the width of a word in Chinese characters."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.55 for sign in word)
