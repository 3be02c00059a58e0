"""A report from predictions to a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gnn_emotion.schema.tables import Dump
from gnn_emotion.trends.changes import need_ruptures
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.page import plotly_script, report_page
from gnn_emotion.trends.report.tables import ReportTables, report_tables
from gnn_emotion.trends.tables import check_suffix

SUFFIXES = (".html", ".htm")


def write_report(
    predictions: pd.DataFrame,
    output: Path | str,
    dump: Dump | None = None,
    options: ReportOptions | None = None,
) -> ReportTables:
    """Write one HTML file that shows trends, change points and example posts, without a network.

    Args:
        predictions: a row a post, as ``attach`` makes them; see ``report_tables`` for what more of
            the columns make more of the page.
        output: the file, ``.html``; it is whole from the moment it has its name.
        dump: what was scored, for the coverage.
        options: how.

    Returns:
        The tables that the page shows.

    Raises:
        GnnEmotionError: columns are missing, there is nothing to show, or another suffix.
        ContractError: plotly or ruptures is not installed.
    """
    options, output = options or ReportOptions(), Path(output)
    check_suffix(output, SUFFIXES)
    need_report()  # before the work, not after it
    tables = report_tables(predictions, options, dump)
    unfinished = output.with_name(f".{output.name}.unfinished")
    unfinished.write_text(report_page(tables, options), encoding="utf-8", newline="\n")
    unfinished.replace(output)
    return tables


def need_report() -> None:
    """Raise a ``ContractError`` that says what to install where something is missing."""
    plotly_script()
    need_ruptures("report")
