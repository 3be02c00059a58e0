"""What all figures share: matplotlib where it is installed, new axes, the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gnn_emotion.schema.errors import ContractError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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


def save_figure(ax: Axes, path: Path) -> None:
    """Write the figure of some axes as an image, and close it."""
    from matplotlib import pyplot

    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
