"""Pitch of tones of known pitch; none in noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.audio.pitch import HIGHEST, LOWEST, track_pitch

from ..clips import noise, tone


@given(st.floats(70, 550))
def test_the_pitch_of_a_steady_voice(hertz):
    pitch, periodicity = track_pitch(tone(0.5, hertz))
    inside = slice(8, -8)
    cents = 1200 * np.log2(pitch[inside] / hertz)
    assert np.median(np.abs(cents)) < 15
    assert (np.abs(cents) < 100).mean() > 0.95
    assert np.median(periodicity[inside]) > 0.95


def test_a_glide_is_followed():
    t = np.arange(32_000) / 16_000
    hertz = 120 * 2 ** (t / 2)
    phase = 2 * np.pi * np.cumsum(hertz) / 16_000
    wave = sum(np.sin(k * phase) / k for k in range(1, 6)).astype(np.float32)
    pitch, _ = track_pitch(wave / 3)
    expected = hertz[::160]
    assert np.abs(12 * np.log2(pitch[10:200] / expected[10:200])).max() < 0.5


@pytest.mark.parametrize("wave", [noise(1), np.zeros(16_000, np.float32)])
def test_noise_and_silence_repeat_nothing(wave):
    pitch, periodicity = track_pitch(wave)
    assert len(pitch) == len(periodicity) == 101
    assert np.median(periodicity) < 0.5
    assert ((pitch >= LOWEST) & (pitch <= HIGHEST)).all()


def test_how_loud_it_is_does_not_matter():
    loud, quiet = track_pitch(tone(0.5)), track_pitch(0.2 * tone(0.5))
    np.testing.assert_allclose(loud[0][8:-8], quiet[0][8:-8], rtol=1e-3)
