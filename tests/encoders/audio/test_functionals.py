"""Statistics over time against what is known of simple contours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gnn_emotion.encoders.audio.contours import measure
from gnn_emotion.encoders.audio.functionals import STATISTICS, statistics, summarise

from ..clips import tone

ALL = np.ones(101, dtype=bool)


def stats(contour: np.ndarray, mask: np.ndarray = ALL) -> dict[str, float]:
    row = statistics(contour[:, None], mask)[0] / list(STATISTICS.values())
    return dict(zip(STATISTICS, row.tolist(), strict=True))


def test_a_straight_line():
    found = stats(np.linspace(0, 10, 101))
    expected = {"mean": 5, "p10": 1, "p50": 5, "p90": 9, "slope": 5}
    expected |= {"change10ms": 0.1, "change40ms": 0.4, "change160ms": 1.6}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name


def test_changes_of_different_speed():
    fast, slow = (np.sin(2 * np.pi * np.arange(101) / period) for period in (8, 64))
    assert stats(fast)["change40ms"] > 3 * stats(slow)["change40ms"]
    assert stats(slow)["change160ms"] > stats(slow)["change40ms"]
    assert stats(fast)["change160ms"] < 1e-9


@given(arrays(np.float64, 101, elements=st.floats(-9, 9)), arrays(np.bool_, 101))
def test_frames_outside_the_mask_do_not_count(contour, mask):
    changed = np.where(mask, contour, 1e9)
    assert stats(changed, mask) == stats(contour, mask)
    if mask.sum() < 3:
        assert not any(stats(contour, mask).values())


def test_columns_have_names_and_sizes_near_one():
    row = summarise(measure(np.concatenate([tone(1.2), np.zeros(12_800, np.float32)])))
    values = np.array(list(row.values()))
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 8
    assert {"centroid_voiced_p90", "pitch_voiced_slope", "mfcc12_delta2", "mel19_std"} <= set(row)
    assert row["speech_seconds"] == pytest.approx(np.log2(1 + 1.2) / 2, abs=0.03)
    assert row["pitch_voiced_mean"] == pytest.approx(np.log2(220 / 150), abs=0.02)


def test_pieces_are_counted():
    pieces = [part for _ in range(4) for part in (tone(0.3), np.zeros(3_200, np.float32))]
    row = summarise(measure(np.concatenate(pieces)))
    assert row["voiced_per_second"] * 4 == pytest.approx(4 / 1.8, rel=0.1)
    assert row["voiced_length_mean"] / 5 == pytest.approx(0.3, abs=0.05)
    assert row["jitter_mean"] < 0.2


def test_a_rising_voice_glides_up():
    t = np.arange(16_000) / 16_000
    rows = []
    for direction in (1, -1):
        phase = 2 * np.pi * np.cumsum(200 * 2 ** (direction * (t - 0.5))) / 16_000
        wave = sum(np.sin(k * phase) / k for k in range(1, 6)).astype(np.float32) / 3
        rows.append(summarise(measure(wave)))
    # An octave a second is a tenth of an octave in 100 ms.
    for row, sign in zip(rows, (1, -1), strict=True):
        assert row["pitch_glide"] / 5 == pytest.approx(0.1 * sign, abs=0.02)
        assert row["pitch_voiced_slope"] * sign > 0.3
