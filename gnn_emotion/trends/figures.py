"""What all figures share: matplotlib where it is installed, new axes, legends, the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gnn_emotion.schema.errors import ContractError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties
    from matplotlib.legend import Legend

#: Points of the names in a legend.
_LEGEND = 8


def need_matplotlib() -> None:
    """Raise a ``ContractError`` that says what to install where matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ContractError(
            "figures need matplotlib; install it with pip install 'gnn-emotion[plot]'"
        ) from error


def new_axes(width: float, height: float) -> Axes:
    """Make the axes of a new figure of a size, inches.

    Raises:
        ContractError: matplotlib is missing.
    """
    need_matplotlib()
    from matplotlib import pyplot

    _, axes = pyplot.subplots(figsize=(width, height), layout="constrained")
    return axes


def legend_beside(ax: Axes, font: FontProperties | None, reverse: bool = False) -> None:
    """Put a legend to the right of some axes, in a font; the usual one for None."""
    legend = ax.legend(
        loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=_LEGEND, reverse=reverse
    )
    write_legend(legend, font)


def write_legend(legend: Legend, font: FontProperties | None) -> None:
    """Write the names in a legend in a font; None leaves the usual one."""
    for text in legend.get_texts() if font else ():
        text.set_fontproperties(font)
        text.set_fontsize(_LEGEND)


def save_figure(ax: Axes, path: Path) -> None:
    """Write the figure of some axes as an image, and close it."""
    from matplotlib import pyplot

    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
