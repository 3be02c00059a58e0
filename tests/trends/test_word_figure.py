"""Every word in its place, the strongest in full colour, its effect below it."""

from __future__ import annotations

import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.word_figure import plot_words

pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def words(*pairs: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["word", "effect"])


def test_words_stand_in_order_with_their_effects():
    ax = plot_words(words(("so", 0.1), ("angry", 0.2), ("today", -0.05)))
    assert [t.get_text() for t in ax.texts] == [
        "so",
        "+0.100",
        "angry",
        "+0.200",
        "today",
        "-0.050",
    ]
    left = [patch.get_x() for patch in ax.patches]
    assert left == sorted(left) and len(set(left)) == 3


def test_blue_is_for_the_label_and_red_against_it():
    ax = plot_words(words(("good", 0.2), ("bad", -0.2), ("pale", 0.01)))
    (r1, _, b1, _), (r2, _, b2, _), pale = (patch.get_facecolor() for patch in ax.patches)
    assert b1 > r1 and r2 > b2
    assert min(pale[:3]) > 0.9


def test_a_long_text_has_several_lines_within_the_axes():
    ax = plot_words(words(*[("meaningless", 0.0)] * 20))
    tops = sorted({patch.get_y() for patch in ax.patches})
    assert len(tops) > 1
    right = max(patch.get_x() + patch.get_width() for patch in ax.patches)
    assert right <= ax.get_xlim()[1] and tops[0] >= ax.get_ylim()[0]


def test_no_words_and_given_axes_are_no_error():
    _, ax = pyplot.subplots()
    assert plot_words(words(), ax) is ax


def test_a_missing_column_is_named():
    with pytest.raises(GnnEmotionError, match="effect"):
        plot_words(words().drop(columns="effect"))
