"""Groups of users, and that small ones are neither shown nor to be had by subtraction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.synthetic.crowd import START
from gnn_emotion.trends.breakdown import ALL, breakdown
from gnn_emotion.trends.emotion_trends import emotion_trends
from gnn_emotion.trends.suppression import hidden_cells, suppress


def posts(**users: int) -> pd.DataFrame:
    """Make predictions of so many users of each region, two posts each."""
    region = np.repeat(list(users), [2 * n for n in users.values()])
    anger = np.linspace(0, 1, len(region))
    columns = {"region": region, "user_id": np.arange(len(region)) // 2, "created_at": START}
    return pd.DataFrame(columns | {"prob_joy": 1 - anger, "prob_anger": anger})


def test_shares_by_region_and_of_all():
    frame = posts(south=10, north=20)
    table = breakdown(frame)
    assert table.region.tolist() == ["north"] * 2 + ["south"] * 2 + [ALL] * 2
    assert table.users.tolist() == [20, 20, 10, 10, 30, 30]
    assert table.volume.tolist() == [40, 40, 20, 20, 60, 60]
    means = frame.groupby("region").prob_anger.mean()
    shares = table[table.emotion == "anger"].share.tolist()
    assert shares == pytest.approx([means["north"], means["south"], 0.5])
    assert table.shown.all() and (table.low < table.share).all()


def test_small_groups_cannot_be_had_by_subtraction():
    table = breakdown(posts(big=30, middle=9, small=3, none=0))
    shown = table.drop_duplicates("region").set_index("region").shown.to_dict()
    assert shown == {"big": True, "middle": False, "small": False, ALL: True}
    hidden = table[~table.shown]
    numbers = ["share", "low", "high", "valence", "volume", "users", "effective"]
    assert hidden[numbers].isna().all().all()
    assert table[table.shown].share.notna().all()


def test_a_total_of_a_handful_is_not_shown_either():
    assert not breakdown(posts(small=3)).shown.any()
    assert not breakdown(posts(small=1, tiny=2)).shown.any()
    assert breakdown(posts(small=3, tiny=4)).shown.tolist() == [False] * 4 + [True] * 2
    assert breakdown(posts(small=3), fewest_users=1).shown.all()


def test_the_same_few_users_in_two_small_groups_stay_hidden():
    frame = pd.concat([posts(x=3).assign(kind=kind) for kind in ("reply", "comment")])
    many = posts(x=30).assign(kind="original")
    table = breakdown(pd.concat([frame, many.assign(user_id=many.user_id + 3)]), by=["kind"])
    # All less the originals would be the posts of three users, though 3 + 3 are more than 5.
    assert not table[table.kind != ALL].shown.any() and table[table.kind == ALL].shown.all()


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(1, 6))
def test_what_is_hidden_is_many_or_all(users, fewest):
    users = np.array(users)
    hidden = hidden_cells(users, fewest)
    assert hidden[(users > 0) & (users < fewest)].all()
    if hidden.any():
        enough = hidden.sum() > 1 and users[hidden].max() >= fewest
        assert enough or (hidden == (users > 0)).all()
    else:
        assert ((users == 0) | (users >= fewest)).all()


def test_bins_of_a_trend_are_totals_of_their_own():
    later = START + pd.Timedelta(1, "h")
    frame = pd.concat([posts(a=9, b=2, c=8), posts(a=9, b=9, c=8).assign(created_at=later)])
    trend = suppress(emotion_trends(frame, by=["region"]))
    cells = trend[trend.emotion == "joy"]
    assert cells[cells.shown].region.tolist() == ["a", "a", "b", "c"]
    assert cells.share.notna().tolist() == cells.shown.tolist()
    assert len(suppress(emotion_trends(frame, by=()))) == 4


def test_what_cannot_be():
    with pytest.raises(GnnEmotionError, match="no groups by 'users'"):
        breakdown(posts(a=9).assign(users=1), by=["users"])
    with pytest.raises(GnnEmotionError, match="fewest_users is 0; expected 1 or more"):
        breakdown(posts(a=9), fewest_users=0)
