"""Neighbours, the strongest for the label first and against it last; those named have rings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.neighbourhood_figure import plot_neighbourhood

pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def neighbours() -> pd.DataFrame:
    """A named post, a profile, an undated post without words, and one that pulls away."""
    return pd.DataFrame(
        {
            "node_type": ["post", "user", "post", "post"],
            "id": ["p1", "u1", "p2", "p3"],
            "created_at": pd.to_datetime(
                ["2024-07-01 22:30", None, None, "2024-07-02 01:00"], utc=True
            ),
            "text": ["so\nangry", "", None, "x" * 80],
            "hops": [1, 1, 2, 2],
            "effect": [0.4, 0.1, 0.0, -0.2],
            "named": [True, False, False, False],
        }
    )


def told(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if "   " in text.get_text()]


def test_each_says_what_when_and_how_much():
    ax = plot_neighbourhood(neighbours())
    rows = told(ax)
    assert rows[0] == "so angry   07-02 06:30   +0.400"  # in Beijing
    assert rows[1:3] == ["profile of u1   +0.100", "p2   undated   +0.000"]
    assert rows[3].startswith("x" * 25) and rows[3].endswith("-0.200")
    assert plot_neighbourhood(neighbours(), tz="UTC").texts[1].get_text().count("07-01 22:30") == 1


def test_the_named_one_has_a_ring_and_sides_have_colours():
    posts, users, _ = plot_neighbourhood(neighbours()).collections
    rings = [tuple(edge) == (0, 0, 0, 1) for edge in posts.get_edgecolors()]
    assert rings == [True, False, False]
    first, last = posts.get_facecolors()[[0, 2]]
    assert tuple(first) == tuple(users.get_facecolors()[0]) != tuple(last)
    sizes = np.append(posts.get_sizes(), users.get_sizes())
    assert sizes.argmax() == 0
    assert posts.get_offsets()[:, 0].tolist() == [-1, -2, -2]


def test_named_ones_are_always_among_those_drawn():
    frame = neighbours().assign(named=[False, False, True, False])
    ax = plot_neighbourhood(frame, most=2)
    assert [row.split("   ")[0] for row in told(ax)] == ["so angry", "p2"]
    assert "2 of 4 neighbours" in ax.get_title(loc="right")


def test_given_axes_are_used_and_none_is_no_error():
    _, ax = pyplot.subplots()
    assert plot_neighbourhood(neighbours().iloc[:0], ax) is ax
    assert "0 of 0 neighbours" in ax.get_title(loc="right")


def test_a_missing_column_is_named():
    with pytest.raises(GnnEmotionError, match="named"):
        plot_neighbourhood(neighbours().drop(columns="named"))
