"""The series in a table of trends: which columns make its groups, and the rows of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from gnn_emotion.trends.columns import need


def groups_in(trend: pd.DataFrame) -> list[str]:
    """Return the columns that make the groups of a trend: those before ``start``."""
    need(trend, ["start"], "see emotion_trends")
    return list(map(str, trend.columns[: list(trend.columns).index("start")]))


def emotions_in(trend: pd.DataFrame) -> list[str]:
    """Return the emotions of a trend, in their order."""
    need(trend, ["emotion"], "see emotion_trends")
    return list(dict.fromkeys(trend["emotion"]))


def one_a_bin(trend: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each group and bin: what it says of a bin, all emotions of it say."""
    return trend[trend["emotion"].isin(emotions_in(trend)[:1])]


def series_of(
    trend: pd.DataFrame, keys: Sequence[str]
) -> Iterator[tuple[tuple[object, ...], pd.DataFrame]]:
    """Yield the rows of each value of some columns, in the order of the trend; all without any."""
    if keys:
        yield from trend.groupby(list(keys), sort=False)
    else:
        yield (), trend
