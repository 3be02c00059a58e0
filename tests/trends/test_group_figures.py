"""Figures of groups: the numbers of the table are where they belong, and the hidden stay hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends import fonts
from gnn_emotion.trends.breakdown import ALL, breakdown
from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.compare import compare
from gnn_emotion.trends.emotion_trends import emotion_trends
from gnn_emotion.trends.group_figures import MOST, plot_breakdown, plot_compare
from gnn_emotion.trends.trend_folder import draw_trend

pyplot = pytest.importorskip("matplotlib.pyplot")
LABELS = ("neutral", "joy", "anger", "disgust", "fear", "sadness", "surprise")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def posts(**users: int) -> pd.DataFrame:
    """Make two posts of each of so many users of each region, the angrier the later the region."""
    region = np.repeat(list(users), [2 * n for n in users.values()])
    rng, anger = (
        np.random.default_rng(0),
        np.repeat(range(len(users)), [2 * n for n in users.values()]),
    )
    probs = rng.dirichlet([2] * len(LABELS), len(region)) + 0.1 * np.outer(anger, np.eye(7)[2])
    probs /= probs.sum(axis=1, keepdims=True)
    columns = {"region": region, "user_id": np.arange(len(region)) // 2}
    columns |= {"created_at": pd.Timestamp("2024-07-01", tz="UTC")}
    columns |= {f"prob_{name}": probs[:, k] for k, name in enumerate(LABELS)}
    return pd.DataFrame(columns | {"valence": probs[:, 1] - probs[:, 2:6].sum(axis=1)})


def written(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_differences_stand_where_the_table_says():
    frame = posts(沧城=30, 南屿=30)
    table = compare(frame, frame.region == "沧城", frame.region == "南屿")
    ax = plot_compare(table, ("沧城", "南屿"), chinese_of="ekman7")
    bars = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 2]
    np.testing.assert_allclose([bar.get_xdata() for bar in bars], table[["low", "high"]])
    points = [line for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose([p.get_xdata()[0] for p in points], table.difference)
    colours = [point.get_color() for point in points]
    assert colours[:-1] == [looks(LABELS)[name].colour for name in LABELS]
    full = [point.get_markerfacecolor() != "white" for point in points]
    assert full == (table.p_holm < 0.05).tolist() and any(full) and not all(full)
    row = table.iloc[2]
    assert written(ax)[2] == f"{row['first']:.2f} → {row['second']:.2f}"
    if fonts.chinese_font():
        names = [text.get_text() for text in ax.get_yticklabels()]
        assert names[2] == "愤怒" and names[-1] == "效价"
        assert ax.get_xlabel() == "南屿 minus 沧城, with its interval"


def test_bars_of_groups_are_whole_and_small_ones_are_not_drawn():
    table = breakdown(posts(a=20, b=30, tiny=2, small=6))
    ax = plot_breakdown(table)
    ends = {}
    for bar in (bar for container in ax.containers for bar in container.patches):
        line = round(bar.get_y() + bar.get_height() / 2)
        ends[line] = ends.get(line, 0) + bar.get_width()
    assert ends == {0: pytest.approx(1), 1: pytest.approx(1), 4: pytest.approx(1)}
    names = [text.get_text().split() for text in ax.get_yticklabels()]
    assert names == [["b", "60"], ["a", "40"], ["small"], ["tiny"], [ALL, "116"]]
    assert written(ax) == ["not shown: too few users"] * 2
    assert ax.get_title() == "4 groups, with their posts"
    joy = next(c for c in ax.containers if c.get_label() == "joy").patches
    widths = {round(bar.get_y() + bar.get_height() / 2): bar.get_width() for bar in joy}
    shares = table[table.emotion == "joy"].set_index("region").share
    assert [widths[0], widths[1], widths[4]] == pytest.approx([shares.b, shares.a, shares[ALL]])


@pytest.mark.parametrize("what", ["anger", "valence"])
def test_one_of_them_has_its_interval(what):
    table = breakdown(posts(a=20, b=30, tiny=2, small=6))
    ax = plot_breakdown(table, what)
    (lines,) = (c for c in ax.collections if hasattr(c, "get_segments"))
    rows = table[(table.emotion == "anger") & table.shown]
    ends = ["valence_low", "valence_high"] if what == "valence" else ["low", "high"]
    drawn = [segment[:, 0] for segment in lines.get_segments()]
    order = {segment[0, 1]: ends for segment, ends in zip(lines.get_segments(), drawn, strict=True)}
    for name, place in (("b", 0), ("a", 1), (ALL, 4)):
        np.testing.assert_allclose(order[place], rows[rows.region == name][ends].iloc[0])
    assert what in ax.get_xlabel()


def test_of_many_groups_those_with_most_posts():
    table = breakdown(posts(**{f"g{i}": 6 + i for i in range(30)}))
    ax = plot_breakdown(table)
    names = [text.get_text().split()[0] for text in ax.get_yticklabels()]
    assert names == [f"g{i}" for i in range(29, 29 - MOST, -1)] + [ALL]
    assert ax.get_title() == f"{MOST} of 30 groups, with their posts"


def test_nothing_that_may_be_shown():
    ax = plot_breakdown(breakdown(posts(a=2)))
    assert written(ax) == ["not shown: too few users"] * 2


def test_without_a_font_no_boxes(monkeypatch):
    monkeypatch.setattr(fonts, "chinese_font", lambda: None)
    frame = posts(沧城=20, b=20)
    ax = plot_breakdown(breakdown(frame), chinese_of="ekman7")
    assert {text.get_text().split()[0] for text in ax.get_yticklabels()} == {"b", "group", ALL}
    sides = frame.region == "b", frame.region != "b"
    drawn = plot_compare(compare(frame, *sides), ("b", "沧城"), chinese_of="ekman7")
    names = [text.get_text() for text in drawn.get_yticklabels()]
    assert names == [*LABELS, "valence"] and drawn.get_xlabel().isascii()


def test_axes_of_ones_own_and_a_folder(tmp_path):
    frame = posts(a=20, b=30)
    _, axes = pyplot.subplots(1, 2)
    assert plot_breakdown(breakdown(frame), ax=axes[0]) is axes[0]
    table = compare(frame, frame.region == "a", frame.region == "b")
    assert plot_compare(table, ax=axes[1]) is axes[1]
    trend = emotion_trends(frame, by=["region"])
    paths = draw_trend(trend, tmp_path, "zh", breakdown(frame))
    assert [path.name for path in paths][-2:] == ["groups.png", "groups-valence.png"]
    assert all(path.stat().st_size > 5_000 for path in paths)


def test_what_cannot_be():
    table = breakdown(posts(a=9))
    with pytest.raises(GnnEmotionError, match="unknown 'angre'; did you mean 'anger'"):
        plot_breakdown(table, "angre")
    with pytest.raises(GnnEmotionError, match="a breakdown by nothing"):
        plot_breakdown(breakdown(posts(a=9), by=()))
    with pytest.raises(GnnEmotionError, match="no columns share"):
        plot_breakdown(table.drop(columns="share"))
    with pytest.raises(GnnEmotionError, match="no columns difference"):
        plot_compare(table.assign(first=0, second=0, p_holm=0))
    with pytest.raises(GnnEmotionError, match="no rows; expected those of breakdown"):
        plot_breakdown(table.head(0))
    frame = posts(a=9, b=9)
    sides = compare(frame, frame.region == "a", frame.region == "b")
    with pytest.raises(GnnEmotionError, match="no rows; expected those of compare"):
        plot_compare(sides.head(0))
    for names in (("a",), ("a", "b", "c"), "ab"):
        with pytest.raises(GnnEmotionError, match="expected one of each of two sides"):
            plot_compare(sides, names)
