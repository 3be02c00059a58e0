"""Figures of trends: what is drawn is what the table says; gaps stay gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends import fonts
from gnn_emotion.trends.fonts import group_names, label_names
from gnn_emotion.trends.series import emotions_in
from gnn_emotion.trends.suppression import suppress
from gnn_emotion.trends.trend_figures import (
    group_of,
    plot_heat,
    plot_shares,
    plot_valence,
)
from gnn_emotion.trends.trend_folder import draw_trend

pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def trend_of(groups=(), bins: int = 4, gap: int = 2) -> pd.DataFrame:
    """A made trend; bin ``gap`` has no posts, and the last is of two users."""
    starts = pd.date_range("2024-07-01", periods=bins, freq="6h", tz="Asia/Shanghai")
    rows = []
    for place, group in enumerate(groups or ("all",)):
        for number, start in enumerate(starts):
            empty = number == gap
            joy = 0.1 * number
            for emotion, share in (("neutral", 0.5), ("joy", joy), ("anger", 0.5 - joy)):
                rows.append(
                    {
                        **({"topic": group} if groups else {}),
                        "start": start,
                        "emotion": emotion,
                        "share": np.nan if empty else share,
                        "valence": np.nan if empty else 0.2 * number - 0.1 * place,
                        "valence_low": np.nan if empty else -0.5,
                        "valence_high": np.nan if empty else 0.5,
                        "volume": 0 if empty else 10 * (place + 1),
                        "users": 0 if empty else (2 if number == bins - 1 else 9),
                    }
                )
    return pd.DataFrame(rows)


def test_shares_are_stacked_and_gaps_are_empty():
    trend = trend_of()
    ax = plot_shares(trend)
    bars = [bar for bar in ax.patches if bar.get_height() > 0]
    assert len(bars) == 3 * 3 - 1  # three bins with posts; joy is 0 in the first
    tops = {round(bar.get_x(), 4): 0.0 for bar in bars}
    for bar in bars:
        tops[round(bar.get_x(), 4)] += bar.get_height()
    assert len(tops) == 3 and all(top == pytest.approx(1) for top in tops.values())
    assert {bar.get_alpha() for bar in bars} == {0.35, 1}
    assert "30 posts; pale: fewer than 5 users" in ax.get_title()
    assert "Asia/Shanghai" in ax.get_xlabel()


def test_shares_are_of_one_group():
    with pytest.raises(GnnEmotionError, match="2 groups, 'a' and others; expected the rows of one"):
        plot_shares(trend_of(("a", "b")))
    with pytest.raises(GnnEmotionError, match="no columns share"):
        plot_shares(trend_of().drop(columns="share"))


def test_valence_has_a_line_a_group_and_marks_changes():
    changes = pd.DataFrame({"time": pd.to_datetime(["2024-07-01 06:00+08:00"])})
    ax = plot_valence(trend_of(("a", "b")), changes=changes)
    lines = [line for line in ax.lines if len(line.get_xdata()) == 4]
    assert len(lines) == 2
    drawn = np.asarray(lines[1].get_ydata(), dtype=float)
    np.testing.assert_allclose(drawn[[0, 1, 3]], [-0.1, 0.1, 0.5])
    assert np.isnan(drawn[2])  # no line across the gap
    dotted = [line for line in ax.lines if line.get_linestyle() == ":"]
    marks = [line for line in dotted if len(line.get_xdata()) == 2]
    assert len(marks) == 1
    days = marks[0].get_xdata()[0] - lines[0].get_xdata()[0]
    assert days == pytest.approx(3 / 24)  # lines stand in the middle of their bins
    with pytest.raises(GnnEmotionError, match="9 groups do not fit"):
        plot_valence(trend_of(tuple("abcdefghi")))


def test_a_point_between_gaps_shows_its_interval():
    ax = plot_valence(trend_of(bins=4, gap=2))
    (alone,) = [c for c in ax.collections if hasattr(c, "get_segments")]
    assert len(alone.get_segments()) == 1  # the last bin


def test_a_heat_map_has_the_group_of_most_posts_on_top():
    trend = trend_of(("few", "many"))
    ax = plot_heat(trend)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["many", "few"]
    values = ax.collections[0].get_array()
    assert values.shape == (2, 4) and values.mask[:, 2].all() and not values.mask[:, 0].any()
    np.testing.assert_allclose(values[1, [0, 1, 3]], [0, 0.2, 0.6])
    joy = plot_heat(trend, "joy").collections[0].get_array()
    np.testing.assert_allclose(joy[0, [0, 1, 3]], [0, 0.1, 0.3])
    with pytest.raises(GnnEmotionError, match=r"'joyy'.*'joy'"):
        plot_heat(trend, "joyy")


def test_groups_and_emotions_of_a_trend():
    assert set(group_of(trend_of())) == {"all"}
    assert list(dict.fromkeys(group_of(trend_of(("a", "b"))))) == ["a", "b"]
    assert emotions_in(trend_of()) == ["neutral", "joy", "anger"]


def test_what_is_hidden_makes_no_group(tmp_path):
    hidden = suppress(trend_of(), fewest_users=5)
    assert set(group_of(hidden)) == {"all"} and not hidden.shown.all()
    assert [path.name for path in draw_trend(hidden, tmp_path)] == ["shares.png", "valence.png"]
    assert len(plot_heat(suppress(trend_of(("a", "b")), 5)).get_yticklabels()) == 2


def test_a_folder_of_figures(tmp_path):
    one = draw_trend(trend_of(), tmp_path / "one")
    assert [path.name for path in one] == ["shares.png", "valence.png"]
    several = draw_trend(trend_of(("a", "b")), tmp_path / "several", "zh")
    assert [path.name for path in several] == [
        "valence-heat.png",
        "neutral-heat.png",
        "joy-heat.png",
        "anger-heat.png",
    ]
    assert all(path.stat().st_size > 5_000 for path in one + several)


def test_without_a_font_there_are_english_names_and_never_boxes(monkeypatch):
    monkeypatch.setattr(fonts, "chinese_font", lambda: None)
    assert group_names(["flood", "洪水"], "topic") == (["flood", "topic 2"], None)
    assert label_names(["joy"], "ekman7") == (["joy"], None)
    assert group_names(["a"], "topic") == (["a"], None)
