"""What a notebook shows: its texts, its figures, and whether two runs show the same."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import nbformat

_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
#: How a number in bold stands in the text of a notebook.
_BOLD = re.compile(r"\*\*(\d[\d,.]*\d|\d)\*\*")
#: Of HTML, all that is not text.
_TAGS = re.compile(r"<style.*?</style>|<[^<>]*>", re.DOTALL)
#: Versions of pandas call a missing value differently.
_MISSING = re.compile(r"\b(?:None|NaN|NaT|nan)\b|<NA>")
Code = nbformat.NotebookNode


def code_cells(notebook: nbformat.NotebookNode) -> list[Code]:
    """Return the cells of code, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell: Code) -> str:
    """Return all that a cell shows as plain text; of a table its cells, however wide they are."""
    return "\n".join(map(_text, cell.outputs))


def _text(output: nbformat.NotebookNode) -> str:
    data = output.get("data", {})
    if "text/html" in data:
        return html.unescape(_TAGS.sub(" ", data["text/html"]))
    return output.get("text") or data.get("text/plain", "")


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
    return _NUMBER.sub("0", _MISSING.sub("-", text)).split()


def _near(first: str, second: str, tolerance: float) -> bool:
    a, b = (float(number.replace(",", "")) for number in (first, second))
    exact = "." not in first + second
    return a == b if exact else abs(a - b) <= tolerance * max(1.0, abs(a))
