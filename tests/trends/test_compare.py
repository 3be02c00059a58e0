"""Differences: by hand, with users on both sides, at their level under chance, found when real."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.synthetic.crowd import START, Crowd
from gnn_emotion.trends.bins import within
from gnn_emotion.trends.compare import compare, holm

RUNS = 150


def hours(frame: pd.DataFrame, first: int, end: int) -> np.ndarray:
    period = START + pd.Timedelta(first, "h"), START + pd.Timedelta(end, "h")
    return within(frame.created_at, period)


def anger(frame: pd.DataFrame, first: np.ndarray, second: np.ndarray) -> pd.Series:
    return compare(frame, first, second).set_index("emotion").loc["anger"]


def test_what_is_told():
    frame = Crowd(posts=300, bins=2, users=60).draw(0, 0.2, 1)
    table = compare(frame, hours(frame, 0, 1), hours(frame, 1, 2))
    assert table.emotion.tolist() == ["joy", "anger", "valence"]
    row = table.iloc[1]
    assert row["first"] == pytest.approx(frame.prob_anger[:300].mean())
    assert row["difference"] == pytest.approx(row["second"] - row["first"])
    assert 0.05 < row.low < row.difference < row.high < 0.3 and row.p < 0.001
    assert table.difference[2] == pytest.approx(-2 * row.difference)  # valence is 1 - 2 anger
    assert table.low[0] == pytest.approx(-row.high)
    assert row.p_holm == pytest.approx(3 * row.p)
    assert row.volume_first == row.volume_second == 300
    both = set(frame.user_id[:300]) & set(frame.user_id[300:])
    assert row.users_both == len(both)
    # A cap makes the posts of the loud count less.
    capped = compare(frame, hours(frame, 0, 1), hours(frame, 1, 2), max_per_user=1)
    assert capped["first"][1] == pytest.approx(
        frame[:300].groupby("user_id").prob_anger.mean().mean()
    )


def test_periods_of_the_same_users_differ_less_by_chance():
    found, tight = [], []
    for seed in range(RUNS):
        frame = Crowd(posts=150, bins=2, users=80, alike=0.4).draw(seed)
        row = anger(frame, hours(frame, 0, 1), hours(frame, 1, 2))
        found.append(row.p < 0.05)
        tight.append(row.high - row.low)
        assert (row.low > 0 or row.high < 0) == (row.p < 0.05)
    assert 0.02 <= np.mean(found) <= 0.08
    others = frame.assign(user_id=frame.user_id + np.repeat(["a", "b"], 150))
    apart = anger(others, hours(frame, 0, 1), hours(frame, 1, 2))
    assert np.mean(tight) < 0.85 * (apart.high - apart.low)


def test_groups_of_other_users_are_tested_at_their_level():
    wrong, naive = [], []
    for seed in range(RUNS):
        crowd = Crowd(posts=200, bins=1, users=60, alike=0.3)
        one, two = crowd.draw(seed), crowd.draw(seed + RUNS)
        two["user_id"] += "'"
        frame = pd.concat([one, two], ignore_index=True)
        side = frame.index < 200
        wrong.append(anger(frame, side, ~side).p < 0.05)
        alone = frame.assign(user_id=None)
        naive.append(anger(alone, side, ~side).p < 0.05)
    assert 0.02 <= np.mean(wrong) <= 0.08
    assert np.mean(naive) > 0.15  # when posts of a user are taken for independent


def test_differences_at_the_edge():
    frame = pd.DataFrame(
        {"user_id": range(60), "prob_joy": [0.0] * 30 + [1.0] * 30}
    ).assign(prob_anger=lambda f: 1 - f.prob_joy)  # fmt: skip
    table = compare(frame, frame.index < 30, frame.index >= 30)
    assert table.emotion.tolist() == ["joy", "anger"]  # no valence
    assert table.difference.tolist() == [1, -1] and (table.p < 1e-6).all()
    assert (table.low > 0.6).tolist() == [True, False] and table.high[0] == 1
    same = compare(frame, frame.index < 30, frame.index < 30)
    assert (same.p == 1).all() and (same.difference == 0).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_is_as_published(p):
    got, order = holm(np.array(p)), np.argsort(p)
    for rank, at in enumerate(order):
        before = [min(1, p[k] * (len(p) - r)) for r, k in enumerate(order[: rank + 1])]
        assert got[at] == pytest.approx(max(before))


def test_sides_that_cannot_be():
    frame = Crowd(posts=4, bins=1).draw(0)
    with pytest.raises(GnnEmotionError, match="second holds none of 4 posts"):
        compare(frame, np.ones(4, bool), np.zeros(4, bool))
    with pytest.raises(GnnEmotionError, match=r"first is int64 \[2\]; expected bool \[4\]"):
        compare(frame, np.array([0, 1]), np.ones(4, bool))
    with pytest.raises(GnnEmotionError, match=r"first is object \[4\]; expected bool"):
        compare(frame, pd.Series(["north", "", "south", None], dtype=object), np.ones(4, bool))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_post_of_which_it_is_not_known_is_on_neither_side(missing):
    frame = Crowd(posts=4, bins=1).draw(0)
    side = pd.Series([True, False, missing, True], dtype=object)
    assert compare(frame, side, np.ones(4, bool)).volume_first.iloc[0] == 2
