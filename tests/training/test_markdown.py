"""Tables as Markdown wants them."""

from __future__ import annotations

from gnn_emotion.training.markdown import markdown_table


def test_a_line_a_row_under_the_head():
    table = markdown_table(["split", "posts"], [["val", "1,000"], ["test", ""]])
    assert table == "| split | posts |\n|---|---|\n| val | 1,000 |\n| test |  |"


def test_without_rows_the_head_stands_alone():
    assert markdown_table(["a"], []) == "| a |\n|---|"
