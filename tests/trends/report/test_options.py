"""Options that cannot be are refused before the work; bins fit the posts."""

from __future__ import annotations

import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.report.options import ReportOptions, fitting_width


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"language": "de"}, "no language 'de'"),
        ({"topics": -1}, "topics is -1; expected 0 to 30"),
        ({"examples": 99}, "examples is 99; expected 0 to 20"),
        ({"fewest_users": 0}, "fewest_users is 0; expected 1"),
        ({"max_per_user": 0}, "max_per_user is 0"),
        ({"freq": "hourly"}, "freq is 'hourly'"),
        ({"tz": "Asia/Shangai"}, "did you mean 'Asia/Shanghai'"),
        ({"period": ("2024-07-02", "2024-07-01")}, "holds no time"),
        ({"period": ("morgen", "2024-07-01")}, "'morgen' is no time"),
        ({"period": ("2020-01-01", "2024-01-01"), "freq": "1h"}, "a report shows up to 400"),
    ],
)
def test_what_cannot_be(options, said):
    with pytest.raises(GnnEmotionError, match=said):
        ReportOptions(**options)


@pytest.mark.parametrize(
    ("span", "most", "freq"),
    [("0s", 100, "15min"), ("3D", 100, "1h"), ("10D", 20, "12h"), ("90D", 100, "1D"),
     ("1000D", 100, "MS"), ("20000D", 100, "YS")],
)  # fmt: skip
def test_bins_of_a_usual_width(span, most, freq):
    assert fitting_width(pd.Timedelta(span), most) == freq


def test_bins_fit_times_and_posts():
    times = pd.Series(pd.date_range("2024-07-01", periods=600, freq="25min", tz="UTC"))
    assert ReportOptions().fitted(times).freq == "12h"  # so that a bin has some posts
    assert ReportOptions(fewest_users=1).fitted(times).freq == "3h"
    assert ReportOptions(freq="1D").fitted(times).freq == "1D"
    period = ("2024-01-01", "2025-01-01")
    assert ReportOptions(fewest_users=1, period=period).fitted(times).freq == "W-MON"
    with pytest.raises(GnnEmotionError, match="none of 1 posts has a time"):
        ReportOptions().fitted(pd.Series([None]))
