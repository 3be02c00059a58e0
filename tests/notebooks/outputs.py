"""What a notebook shows: its texts, its figures, and whether two runs show the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat

_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
#: How a number in bold stands in the text of a notebook.
_BOLD = re.compile(r"\*\*(\d[\d,.]*\d|\d)\*\*")
Code = nbformat.NotebookNode


def code_cells(notebook: nbformat.NotebookNode) -> list[Code]:
    """Return the cells of code, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell: Code) -> str:
    """Return all that a cell shows as plain text, figures by name alone."""
    parts = [
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
    ]
    return "\n".join(parts)


def figures(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield the figures, base 64 of PNG."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                yield output.data["image/png"]


def numbers_named(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the numbers that stand in bold in the text of a notebook."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return _BOLD.findall(prose)


def numbers_shown(notebook: nbformat.NotebookNode) -> set[str]:
    """Return the numbers in all outputs, without commas between thousands."""
    shown = "\n".join(map(texts, code_cells(notebook)))
    return {number.replace(",", "").lstrip("+") for number in _NUMBER.findall(shown)}


def same_texts(first: str, second: str, tolerance: float) -> bool:
    """Tell whether two texts say the same, their numbers up to a tolerance.

    Args:
        first: a text.
        second: another.
        tolerance: of numbers with a point, absolute and as a share; others must be the same.
    """
    if _words(first) != _words(second):
        return False
    pairs = zip(_NUMBER.findall(first), _NUMBER.findall(second), strict=False)
    return all(_near(a, b, tolerance) for a, b in pairs)


def _words(text: str) -> list[str]:
    """Return all but numbers; columns are as wide as their numbers, so that space says nothing."""
    return _NUMBER.sub("0", text).split()


def _near(first: str, second: str, tolerance: float) -> bool:
    a, b = (float(number.replace(",", "")) for number in (first, second))
    exact = "." not in first + second
    return a == b if exact else abs(a - b) <= tolerance * max(1.0, abs(a))
