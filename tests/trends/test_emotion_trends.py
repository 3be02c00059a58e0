"""The table of trends: shares by hand, gaps, zones, caps, topics, users that are not known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.synthetic.crowd import Crowd
from gnn_emotion.trends.columns import groups_of
from gnn_emotion.trends.emotion_trends import emotion_trends


def posts(*rows: tuple[str, str | None, float], **more: object) -> pd.DataFrame:
    """Make predictions of (time in UTC, user, probability of anger)."""
    time, user, anger = zip(*rows, strict=True)
    probs = np.array(anger, dtype=float)
    columns = {"created_at": pd.to_datetime(list(time), utc=True), "user_id": list(user)}
    columns |= {"prob_joy": 1 - probs, "prob_anger": probs, "valence": 1 - 2 * probs}
    return pd.DataFrame(columns | more)


def anger(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.emotion == "anger"].reset_index(drop=True)


def test_shares_are_means_of_probabilities():
    frame = posts(
        ("2024-03-01 00:10", "a", 0.4), ("2024-03-01 00:20", "b", 0.4), ("2024-03-01 02:00", "a", 1)
    )
    table = anger(emotion_trends(frame, by=()))
    assert table.share.tolist() == pytest.approx([0.4, np.nan, 1.0], nan_ok=True)
    assert table.valence.tolist() == pytest.approx([0.2, np.nan, -1.0], nan_ok=True)
    assert table.volume.tolist() == [2, 0, 1] and table.users.tolist() == [2, 0, 1]
    assert table[["low", "high"]].isna().all(axis=1).tolist() == [False, True, False]
    assert table.start.astype(str).tolist() == [
        f"2024-03-01 {hour}:00:00+08:00" for hour in ("08", "09", "10")
    ]


def test_days_begin_in_the_zone():
    frame = posts(("2024-03-01 15:59", "a", 0), ("2024-03-01 16:01", "b", 1))
    assert anger(emotion_trends(frame, by=(), freq="1D")).share.tolist() == [0, 1]
    utc = anger(emotion_trends(frame, by=(), freq="1D", tz="UTC"))
    assert utc.share.tolist() == [0.5] and str(utc.start[0]) == "2024-03-01 00:00:00+00:00"


def test_hours_of_a_zone_whose_clocks_change():
    times = pd.date_range("2024-11-03 04:30", periods=4, freq="1h", tz="UTC").astype(str)
    table = anger(emotion_trends(posts(*((t, "a", 0.5) for t in times)), by=(), tz="US/Eastern"))
    assert table.volume.tolist() == [1, 1, 1, 1]
    assert [str(start)[11:] for start in table.start] == [
        "00:00:00-04:00", "01:00:00-04:00", "01:00:00-05:00", "02:00:00-05:00",
    ]  # fmt: skip


def test_weeks_begin_on_monday_where_asked():
    frame = posts(("2024-03-03 12:00", "a", 0), ("2024-03-04 12:00", "a", 1))
    table = anger(emotion_trends(frame, by=(), freq="W-MON"))
    assert table.start.dt.day_name().tolist() == ["Monday", "Monday"]
    assert table.share.tolist() == [0, 1]


def test_a_period_leaves_out_the_rest_and_shows_what_is_empty():
    frame = posts(("2024-03-01 00:10", "a", 0.4), ("2024-02-01 00:10", "a", 0.4))
    period = ("2024-03-01 07:00", "2024-03-01 10:00")  # in China
    table = anger(emotion_trends(frame, by=(), period=period))
    assert table.volume.tolist() == [0, 1, 0]


def test_nobody_counts_for_more_than_the_cap():
    loud = [("2024-03-01 00:00", "loud", 1)] * 9
    frame = posts(*loud, ("2024-03-01 00:00", "a", 0), ("2024-03-01 00:00", "b", 0))
    assert anger(emotion_trends(frame, by=())).share[0] == pytest.approx(9 / 11)
    capped = anger(emotion_trends(frame, by=(), max_per_user=2))
    assert capped.share[0] == pytest.approx(2 / 4) and capped.volume[0] == 11
    # A cap is for a bin and a group, not for all of them.
    twice = pd.concat([frame, frame.assign(topic="y")]).fillna({"topic": "x"})
    assert anger(emotion_trends(twice, max_per_user=2)).share.tolist() == pytest.approx([0.5, 0.5])


def test_topics_of_a_post_each_count_it():
    frame = posts(
        ("2024-03-01 00:10", "a", 1), ("2024-03-01 00:20", "b", 0), ("2024-03-01 00:30", "c", 0),
        topics=[["x", "y", "x"], ["y"], []],
    )  # fmt: skip
    table = anger(emotion_trends(frame)).set_index("topic")
    assert table.share.to_dict() == {"(none)": 0, "x": 1, "y": 0.5}
    assert table.volume.to_dict() == {"(none)": 1, "x": 1, "y": 2}


def test_groups_of_several_columns_and_of_none():
    frame = posts(
        ("2024-03-01 00:10", "a", 1), ("2024-03-01 01:20", "b", 0),
        region=["南屿", None], verified=[True, False],
    )  # fmt: skip
    table = anger(emotion_trends(frame, by=["region", "verified"]))
    assert list(zip(table.region, table.verified, table.volume, strict=True)) == [
        ("(none)", False, 0), ("(none)", False, 1), ("南屿", True, 1), ("南屿", True, 0),
    ]  # fmt: skip


def test_a_user_who_is_not_known_is_nobody_else():
    rows = [("2024-03-01 00:00", None, float(n % 2)) for n in range(200)]
    apart = anger(emotion_trends(posts(*rows), by=()))
    one = anger(emotion_trends(posts(*rows).fillna({"user_id": "u"}), by=()))
    assert apart.users[0] == 200 and one.users[0] == 1
    assert apart.high[0] - apart.low[0] < 0.15 < 0.5 < one.high[0] - one.low[0]


def test_posts_without_a_time_are_in_no_bin():
    frame = posts(("2024-03-01 00:10", "a", 1), ("2024-03-01 00:10", "b", 0))
    frame.loc[1, "created_at"] = pd.NaT
    assert anger(emotion_trends(frame, by=())).share.tolist() == [1]


def test_labels_without_valence():
    frame = posts(("2024-03-01 00:10", "a", 1)).drop(columns="valence")
    table = emotion_trends(frame, by=())
    assert table.valence.isna().all() and table.share.tolist() == [0, 1]


def test_the_same_table_whatever_the_order():
    frame = Crowd().draw(0)
    shuffled = frame.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(emotion_trends(frame, by=()), emotion_trends(shuffled, by=()))


@pytest.mark.parametrize(
    ("change", "how", "said"),
    [
        ({}, {"by": ["topc"]}, "no columns topc"),
        ({}, {}, "no columns topics.*attach"),
        ({}, {"by": "topic"}, r"by is 'topic'; expected a list .* \['topic'\]"),
        ({}, {"by": ["emotion"]}, "no groups by 'emotion': the table has a column of this name"),
        ({}, {"by": ["user_id", "user_id"]}, "column 'user_id' is there twice"),
        ({}, {"by": (), "freq": "hourly"}, "freq is 'hourly'; expected a pandas frequency"),
        ({}, {"by": (), "freq": "0h"}, "bins of 0h have no width"),
        ({}, {"by": (), "freq": "-1D"}, "bins of -1D have no width"),
        ({}, {"by": (), "freq": "0MS"}, "bins of 0MS have no width"),
        ({}, {"by": (), "freq": "1us"}, "more than 200,000; choose wider"),
        ({}, {"by": (), "tz": "Asia/Shangai"}, "did you mean 'Asia/Shanghai'"),
        ({}, {"by": (), "max_per_user": 0}, "max_per_user is 0"),
        ({}, {"by": (), "period": ("2024-03-02", "2024-03-01")}, "holds no time"),
        ({}, {"by": (), "period": ("soon", "2024-03-01")}, "'soon' is no time"),
        ({"prob_joy": 0.9}, {"by": ()}, "row 0: probabilities .*, expected a sum of 1"),
        ({"prob_joy": np.nan}, {"by": ()}, "row 0: probabilities"),
        ({"created_at": pd.NaT}, {"by": ()}, "none of 2 posts has a time"),
    ],
)
def test_what_cannot_be(change, how, said):
    frame = posts(("2024-03-01 00:10", "a", 1), ("2024-03-01 05:10", "b", 1)).assign(**change)
    with pytest.raises(GnnEmotionError, match=said):
        emotion_trends(frame, **how)


def test_columns_that_are_missing():
    frame = posts(("2024-03-01 00:10", "a", 1))
    with pytest.raises(GnnEmotionError, match=r"no columns user_id.*attach"):
        emotion_trends(frame.drop(columns="user_id"), by=())
    with pytest.raises(GnnEmotionError, match="prob_<label>"):
        emotion_trends(frame.drop(columns=["prob_joy", "prob_anger"]), by=())


def test_columns_of_lists_make_no_groups():
    frame = pd.DataFrame({"topics": [["a"], ["a", "b"], None]})
    with pytest.raises(GnnEmotionError, match=r"'topics' holds lists.*topic, not topics"):
        groups_of(frame, ["topics"])
