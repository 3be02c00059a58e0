"""What counts as the same output, and what does not."""

from __future__ import annotations

import nbformat
import pytest

from . import outputs


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("a 1,616 rows", "a 1,616  rows", True),
        ("a 1,616 rows", "a 1,617 rows", False),
        ("share 0.471", "share  0.479", True),
        ("share 0.471", "share 0.521", False),
        ("0.1 of joy", "0.1 of anger", False),
        ("1 2", "1 2 3", False),
        ("-3.1e-02", "-2.9e-02", True),
        ("no NaN", "no None", True),
    ],
)
def test_numbers_may_differ_a_little_and_words_not(first, second, same):
    assert outputs.same_texts(first, second, 0.02) is same


def test_numbers_in_bold_are_looked_up_without_commas():
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [nbformat.v4.new_output("stream", text="read 1,616 rows, +0.47")]
    prose = nbformat.v4.new_markdown_cell("**1,616** rows, **not** 12, **0.47**.")
    notebook = nbformat.v4.new_notebook(cells=[prose, cell])
    assert outputs.numbers_named(notebook) == ["1,616", "0.47"]
    assert outputs.numbers_shown(notebook) == {"1616", "0.47"}


def test_of_a_table_its_cells_are_compared():
    table = "<style>.x {top: 1px}</style><table><td>a &lt; b</td>\n<td>0.47</td></table>"
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [
        nbformat.v4.new_output("display_data", {"text/html": table, "text/plain": "other"})
    ]
    assert outputs.texts(cell).split() == ["a", "<", "b", "0.47"]
