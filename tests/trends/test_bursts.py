"""Bursts of volume: where they are, and that chance is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.bursts import bursts


def trend(volume: np.ndarray, **more: object) -> pd.DataFrame:
    """Make a trend of two emotions."""
    start = pd.date_range("2024-03-01", periods=len(volume), freq="1h", tz="Asia/Shanghai")
    one = pd.DataFrame(more | {"start": start, "emotion": "anger", "volume": volume})
    return pd.concat([one, one.assign(emotion="joy")]).sort_values(["start", "emotion"])


def test_a_burst_and_what_it_holds():
    volume = np.full(48, 10)
    volume[20:24] = 60
    found = bursts(trend(volume))
    assert len(found) == 1
    burst = found.iloc[0]
    assert burst.start.isoformat() == "2024-03-01T20:00:00+08:00"
    assert burst.end - burst.start == pd.Timedelta(4, "h")
    assert burst.posts == 240 and burst.usual == pytest.approx(4 * volume.mean())
    assert burst.weight > 50


def test_one_quiet_bin_does_not_end_a_burst():
    volume = np.full(48, 10)
    volume[20:25] = [80, 80, 21, 80, 80]
    assert len(bursts(trend(volume))) == 1
    assert len(bursts(trend(volume), gamma=0)) == 2


def test_chance_is_no_burst():
    rng = np.random.default_rng(0)
    found = sum(len(bursts(trend(rng.poisson(20, 200)))) > 0 for _ in range(50))
    assert found <= 1


def test_bursts_of_each_group_up_to_the_last_bin():
    late, flat = np.full(24, 5), np.full(24, 5)
    late[22:] = 50
    found = bursts(pd.concat([trend(late, topic="x"), trend(flat, topic="y")]))
    assert found.topic.tolist() == ["x"]
    assert found.end[0].isoformat() == "2024-03-02T00:00:00+08:00"
    assert len(bursts(trend(np.zeros(5)))) == 0


def test_options_that_cannot_be():
    with pytest.raises(GnnEmotionError, match=r"scale 1, gamma 1\.5"):
        bursts(trend(np.ones(3)), scale=1)
