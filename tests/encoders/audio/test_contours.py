"""Contours of sounds of which it is known what they should be."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from gnn_emotion.encoders.audio.contours import import_librosa, measure, runs
from gnn_emotion.schema.errors import ContractError

from ..clips import noise, tone

PAUSE = np.zeros(16_000, np.float32)


def middle(contour: np.ndarray) -> float:
    return float(np.median(contour[20:-20]))


def test_a_voice_then_a_pause():
    found = measure(np.concatenate([tone(1, 220), PAUSE]))
    assert len(found.pitch) == 201
    voiced = np.flatnonzero(found.voiced)
    assert voiced.min() < 10
    assert 90 < voiced.max() < 105
    assert found.speech[10:90].all()
    assert not found.active[110:].any()
    assert np.median(found.pitch[found.voiced]) == pytest.approx(np.log2(220 / 150), abs=0.02)


def test_noise_is_no_voice():
    found = measure(noise(1))
    assert found.active.all()
    assert found.voiced.mean() < 0.1


def test_bright_and_dark_sounds_differ_as_they_should():
    dark, bright = measure(tone(1, 150)).shape, measure(noise(1)).shape
    for name in ("centroid", "rolloff50", "rolloff90", "flatness", "zero_crossings"):
        assert middle(bright[name]) > middle(dark[name]) + 0.3, name
    for name in ("alpha_ratio", "hammarberg_index", "harmonicity"):
        assert middle(dark[name]) > middle(bright[name]) + 0.3, name


def test_a_pure_tone_has_its_centroid_where_it_is():
    t = np.arange(16_000) / 16_000
    shape = measure(np.sin(2 * np.pi * 2_000 * t).astype(np.float32)).shape
    expected = np.log2(2_100 / 1_100)
    for name in ("centroid", "rolloff25", "rolloff75"):
        assert middle(shape[name]) == pytest.approx(expected, abs=0.05)


def test_how_loud_it_is_does_not_matter():
    wave = np.concatenate([tone(0.7), 0.2 * noise(0.4), PAUSE])
    loud, quiet = measure(wave), measure(0.01 * wave)
    for name, contour in loud.shape.items():
        np.testing.assert_allclose(quiet.shape[name][:100], contour[:100], atol=0.02)
    np.testing.assert_array_equal(quiet.voiced, loud.voiced)


def test_silence_has_no_contours_but_is_measured():
    found = measure(PAUSE)
    assert not (found.active | found.speech | found.voiced).any()
    for contour in (*found.shape.values(), found.mfcc, found.mel, found.contrast):
        assert np.isfinite(contour).all()


def test_runs():
    mask = np.array([True, True, False, True, False, False, True])
    starts, stops = runs(mask)
    assert starts.tolist() == [0, 3, 6]
    assert stops.tolist() == [2, 4, 7]
    assert len(runs(np.zeros(3, dtype=bool))[0]) == 0


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "librosa", None)
    with pytest.raises(ContractError, match=r"librosa, .+ pip install 'gnn-emotion\[video\]'"):
        import_librosa()
