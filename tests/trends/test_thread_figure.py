"""A thread as a tree: every post at its time, every answer linked to what it answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.thread_figure import plot_thread

pyplot = pytest.importorskip("matplotlib.pyplot")

EMOTIONS = ("joy", "anger")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def posts(count: int = 8) -> pd.DataFrame:
    """A thread in which post i answers post i // 2, an hour a post; and one post elsewhere."""
    ids = [f"p{i}" for i in range(count)]
    frame = pd.DataFrame(
        {
            "post_id": [*ids, "other"],
            "parent_id": [None, *(f"p{i // 2}" for i in range(1, count)), None],
            "root_id": [None, *["p0"] * (count - 1), None],
            "created_at": pd.date_range("2024-07-01", periods=count + 1, freq="1h", tz="UTC"),
            "emotion": [EMOTIONS[i % 2] for i in range(count + 1)],
        }
    )
    return frame.assign(prob_joy=0.5, prob_anger=0.5)


def test_posts_stand_at_their_times_and_answers_are_linked():
    ax = plot_thread(posts(), "p3")
    places = np.concatenate([c.get_offsets() for c in ax.collections])
    assert len(places) == 8  # the other thread is left out
    np.testing.assert_allclose(np.sort(np.expm1(places[:, 0])), np.arange(8), atol=1e-6)
    links = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert len(links) == 7
    # p1 answers p0: from hour 0 to hour 1.
    assert [0, 1] in [np.round(np.expm1(line.get_xdata())).tolist() for line in links]
    assert len({tuple(np.round(place, 6)) for place in places}) == 8  # none hides another
    assert ax.get_title() == "8 of 8 posts"


def test_the_first_posts_are_drawn_of_a_long_thread():
    ax = plot_thread(posts(50), "p0", most=20)
    assert sum(len(c.get_offsets()) for c in ax.collections) == 20
    assert ax.get_title() == "20 of 50 posts"


def test_a_post_that_is_not_there():
    with pytest.raises(GnnEmotionError, match="no post 'p99'"):
        plot_thread(posts(), "p99")
    with pytest.raises(GnnEmotionError, match="parent_id"):
        plot_thread(posts().drop(columns="parent_id"), "p0")


def test_a_post_alone_is_a_thread():
    ax = plot_thread(posts(), "other")
    assert sum(len(c.get_offsets()) for c in ax.collections) == 1
