"""The matrix of transitions: each number in its cell, chance in white, one group at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.fonts import chinese_font
from gnn_emotion.trends.spread_figure import plot_transitions

pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        ("joy", "joy", 0.5, 2.0, 0.001),
        ("joy", "anger", 0.5, 1.0, 0.9),
        ("anger", "joy", 0.0, 0.0, 0.04),
        ("anger", "anger", 1.0, np.nan, 1.0),
    ]
    return pd.DataFrame(rows, columns=["parent", "child", "share", "lift", "p"]).assign(edges=1234)


def test_what_follows_what(table):
    ax = plot_transitions(table)
    told = {text.get_position(): text.get_text() for text in ax.texts}
    assert told == {(0, 0): "2.00*\n50%", (1, 0): "1.00\n50%", (0, 1): "0.00*\n0%"}
    image = ax.images[0]
    np.testing.assert_allclose(image.get_array()[0], [1, 0])  # doublings: chance is the middle
    assert image.get_array()[1, 0] < image.norm.vmin  # what never happens is no gap
    assert image.norm.vmin == -image.norm.vmax
    assert image.get_array().mask[1].tolist() == [False, True]
    assert ax.get_title().startswith("1,234 answers")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["joy", "anger"]


def test_in_chinese_and_on_axes_of_ones_own(table):
    _, axes = pyplot.subplots()
    assert plot_transitions(table, axes, "ekman7") is axes
    if chinese_font():
        assert [text.get_text() for text in axes.get_xticklabels()] == ["喜悦", "愤怒"]


def test_several_groups_or_none(table):
    with pytest.raises(GnnEmotionError, match="8 rows of 2 emotions; expected the 4 of one group"):
        plot_transitions(pd.concat([table.assign(depth="1"), table.assign(depth="2")]))
    with pytest.raises(GnnEmotionError, match="0 rows of 0 emotions"):
        plot_transitions(table.head(0))
    with pytest.raises(GnnEmotionError, match="no columns lift"):
        plot_transitions(table.drop(columns="lift"))
