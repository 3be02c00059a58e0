"""Steps are found where they are, flat series stay whole, and the posts around a step are shown."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import ContractError, GnnEmotionError
from gnn_emotion.synthetic.crowd import START, Crowd
from gnn_emotion.trends.changes import change_points, posts_around
from gnn_emotion.trends.emotion_trends import emotion_trends

RUNS = 100
HOUR = pd.Timedelta(1, "h")


def anger(crowd: Crowd, seed: int, shift: float = 0.0, at: int = 0) -> pd.DataFrame:
    trend = emotion_trends(crowd.draw(seed, shift, at), by=())
    return trend[trend.emotion == "anger"].reset_index(drop=True)


def test_steps_are_found_within_one_bin():
    crowd, found, spurious = Crowd(posts=60, bins=24), 0, 0
    for seed in range(RUNS):
        at = int(np.random.default_rng(seed).integers(4, 20))
        steps = change_points(anger(crowd, seed, 0.3, at))
        bins = ((steps.time - START) / HOUR).to_numpy()
        found += (abs(bins - at) <= 1).any()
        spurious += (abs(bins - at) > 1).any()
    assert found >= 0.95 * RUNS
    assert spurious <= 0.05 * RUNS


@pytest.mark.parametrize(
    "crowd",
    [
        Crowd(posts=60, bins=24),
        Crowd(share=0.03, posts=20, users=40, bins=48, sharp=True),  # far from normal
    ],
)
def test_flat_series_stay_whole(crowd):
    cut = sum(len(change_points(anger(crowd, seed))) > 0 for seed in range(RUNS))
    assert cut < 0.05 * RUNS


def made(level: np.ndarray, size: np.ndarray | float, **more: object) -> pd.DataFrame:
    """Make a trend of one emotion with levels and effective sizes."""
    size = np.broadcast_to(size, len(level))
    start = pd.date_range("2024-03-01", periods=len(level), freq="1h", tz="Asia/Shanghai")
    columns = {"start": start, "emotion": "anger", "share": level, "effective": size}
    return pd.DataFrame(more | columns | {"valence": 1 - 2 * level, "valence_effective": size})


def test_posts_that_all_say_the_same_have_no_steps():
    posts = Crowd(posts=60, bins=12).draw(0).assign(prob_anger=0.02, prob_joy=0.98)
    trend = emotion_trends(posts, by=())
    assert np.isfinite(trend.effective).all()
    assert not len(change_points(trend))


def test_a_bin_of_few_posts_proves_little():
    level = np.full(24, 0.2)
    level[12:15] = 0.8
    sure = change_points(made(level, 100))
    assert sure.time.dt.hour.tolist() == [12, 15]
    assert sure["size"].tolist() == pytest.approx([0.6, -0.6])
    assert (sure.low < sure["size"]).all() and (sure["size"] < sure.high).all()
    few = np.where((np.arange(24) >= 12) & (np.arange(24) < 15), 0.7, 100)
    assert len(change_points(made(level, few))) == 0


def test_scatter_beyond_sampling_is_no_step():
    rng = np.random.default_rng(0)
    scattered = [np.clip(rng.normal(0.4, 0.15, 48), 0, 1) for _ in range(60)]
    assert sum(len(change_points(made(level, 5000.0))) > 0 for level in scattered) <= 4


def test_bins_without_posts_are_skipped():
    level = np.repeat([0.2, 0.7], 10)
    level[8:12] = np.nan
    steps = change_points(made(level, np.where(np.isnan(level), 0, 50)))
    assert steps.time.dt.hour.tolist() == [12]


def test_valence_once_a_group_and_shares_of_each_emotion():
    level = np.repeat([0.2, 0.7], 12)
    both = pd.concat(
        [made(level, 80, topic="x"), made(1 - level, 80, topic="x").assign(emotion="joy"),
         made(level * 0 + 0.5, 80, topic="y")]
    )  # fmt: skip
    steps = change_points(both)
    assert steps.columns.tolist()[:3] == ["topic", "emotion", "time"]
    assert list(zip(steps.topic, steps.emotion, steps["size"].round(6), strict=True)) == [
        ("x", "anger", 0.5), ("x", "joy", -0.5),
    ]  # fmt: skip
    turns = change_points(both, "valence")
    assert turns.topic.tolist() == ["x"] and turns["size"].tolist() == pytest.approx([-1.0])
    assert turns.before.tolist() == pytest.approx([0.6])


def test_series_too_short_for_a_step():
    steps = change_points(made(np.array([0.0, 1.0, 1.0]), 1000))
    assert len(steps) == 0 and str(steps.time.dtype) == "datetime64[us, Asia/Shanghai]"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"measure": "valense"}, "did you mean 'valence'"),
        ({"false_alarms": 5}, "false_alarms 5, min_bins 2; expected between 0 and 1"),
        ({"min_bins": 0}, "min_bins 0"),
    ],
)
def test_options_that_cannot_be(how, said):
    with pytest.raises(GnnEmotionError, match=said):
        change_points(made(np.ones(3), 1), **how)


def test_without_ruptures(monkeypatch):
    monkeypatch.setitem(sys.modules, "ruptures", None)
    with pytest.raises(ContractError, match=r"pip install 'gnn-emotion\[trends\]'"):
        change_points(made(np.repeat([0.2, 0.7], 10), 10))


def test_posts_around_a_change():
    times = ["00:10", "00:50", "00:55", "00:56", "01:00", "01:30", "02:00"]
    frame = pd.DataFrame(
        {
            "post_id": list("abcdefg"),
            "created_at": pd.to_datetime([f"2024-03-01 {t}" for t in times], utc=True),
            "user_id": ["u", "u", "v", "v", "u", None, "w"],
            "topics": [["x"], ["x"], ["x"], ["x", "y"], ["x"], ["x"], ["x"]],
            "prob_anger": [0.9, 0.3, 0.8, 0.7, 0.2, 0.6, 1.0],
            "prob_joy": [0.1, 0.7, 0.2, 0.3, 0.8, 0.4, 0.0],
        }
    )
    shown = posts_around(frame, "2024-03-01 09:00", "anger", "40min")  # 01:00 in UTC
    assert list(zip(shown.side, shown.post_id, strict=True)) == [
        ("before", "c"), ("before", "b"), ("after", "f"), ("after", "e"),
    ]  # fmt: skip
    late = posts_around(frame, pd.Timestamp("2024-03-01 01:00Z"), "anger", "3h", 1)
    assert late.post_id.tolist() == ["a", "g"]
    assert posts_around(
        frame, "2024-03-01 09:00", "joy", where={"topic": "y"}
    ).post_id.tolist() == ["d"]
    silent = frame.assign(own_text=["a", None, " ", "d", "", "f", "g"])
    assert posts_around(silent, "2024-03-01 09:00", "anger").post_id.tolist() == ["a", "d", "f"]
    with pytest.raises(GnnEmotionError, match="no emotion 'angry'; did you mean 'anger'"):
        posts_around(frame, "2024-03-01", "angry")
