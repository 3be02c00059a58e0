"""Differences stand where the table has them, and lifts in their cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.comparison_figures import plot_compare, plot_transitions

pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def differences() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "emotion": ["joy", "anger", "valence"],
            "difference": [-0.2, 0.3, -0.4],
            "low": [-0.4, 0.2, -0.9],
            "high": [0.1, 0.5, 0.1],
            "p_holm": [0.3, 0.001, 0.06],
        },
        index=[4, 0, 9],
    )


def pairs(labels=("joy", "anger")) -> pd.DataFrame:
    rows = [(a, b, 2.5 if a == b else 0.4) for a in labels for b in labels]
    return pd.DataFrame(rows, columns=["parent", "child", "lift"])


def test_differences_stand_in_order_with_their_intervals():
    ax = plot_compare(differences())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["joy", "anger", "valence"]
    sure, chance = ax.containers
    assert sure[0].get_xydata().tolist() == [[0.3, 1.0]]
    assert chance[0].get_xydata().tolist() == [[-0.2, 0.0], [-0.4, 2.0]]
    (bar,) = sure[2]
    np.testing.assert_allclose(bar.get_segments()[0][:, 0], [0.2, 0.5])
    assert sure[0].get_color() != chance[0].get_color()


def test_a_table_where_nothing_is_sure_is_drawn():
    ax = plot_compare(differences().assign(p_holm=1.0))
    assert len(ax.containers[0][0].get_xdata()) == 0


def test_lifts_stand_in_their_cells():
    ax = plot_transitions(pairs().iloc[::-1])
    assert [text.get_text() for text in ax.texts] == ["2.5", "0.4", "0.4", "2.5"]
    (image,) = ax.images
    assert image.get_clim() == (0, 2)  # as often as by chance lies in the middle


def test_pairs_that_are_not_there_stay_empty():
    ax = plot_transitions(pairs().assign(lift=[np.nan, 1, 1, 1]))
    assert [text.get_text() for text in ax.texts] == ["1.0"] * 3


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(GnnEmotionError, match="one group"):
        plot_transitions(pd.concat([pairs(), pairs()]))
    with pytest.raises(GnnEmotionError, match="p_holm"):
        plot_compare(differences().drop(columns="p_holm"))
