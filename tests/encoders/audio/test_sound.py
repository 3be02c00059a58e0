"""Any container gives the same wave; what has no sound says so."""

from __future__ import annotations

import wave as wave_files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.encoders.audio.sound import read_sound
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.features import CORRUPT, MISSING

from ..clips import RED, film, noise, record, tone


def spectrum_peak(wave: np.ndarray, rate: int) -> float:
    return float(np.abs(np.fft.rfft(wave)).argmax() * rate / len(wave))


@pytest.mark.parametrize(
    ("name", "codec", "atol"),
    [("a.flac", "flac", 1e-4), ("a.wav", "pcm_s16le", 1e-4), ("a.mp3", "libmp3lame", 0.1)],
)
def test_containers_give_the_same_wave(tmp_path, name, codec, atol):
    sung = tone(1.5)
    found = read_sound(record(tmp_path / name, sung, codec=codec))
    assert found.dtype == np.float32
    assert found.shape == sung.shape
    np.testing.assert_allclose(found[1600:-1600], sung[1600:-1600], atol=atol)


def test_the_sound_of_a_clip(tmp_path):
    clip = film(tmp_path / "clip.mp4", [RED] * 20, sound=tone(2, hertz=330))
    found = read_sound(clip)
    assert abs(len(found) / 16_000 - 2) < 0.2
    assert abs(spectrum_peak(found, 16_000) - 330) < 3


def test_channels_are_mixed_and_rates_changed(tmp_path):
    left, right = tone(1, 200, 22_050), tone(1, 500, 22_050)
    stereo = record(tmp_path / "a.wav", np.stack([left, right]), 22_050, "pcm_s16le")
    for rate in (16_000, 8_000, 44_100):
        found = read_sound(stereo, rate)
        assert abs(len(found) - rate) < 20
        spectrum = np.abs(np.fft.rfft(found, rate))
        assert min(spectrum[195:206].max(), spectrum[495:506].max()) > 5 * spectrum[250:390].max()


def test_only_the_beginning_is_read(tmp_path):
    path = record(tmp_path / "a.flac", noise(3))
    whole, part = read_sound(path), read_sound(path, max_seconds=0.5)
    assert len(part) == 8_000
    np.testing.assert_array_equal(part, whole[:8_000])


def test_silence_is_a_sound(tmp_path):
    found = read_sound(record(tmp_path / "a.flac", np.zeros(16_000, np.float32)))
    assert len(found) == 16_000
    assert not found.any()


def test_no_sound_track_is_missing(tmp_path):
    for path in (film(tmp_path / "mute.mp4", [RED] * 5), tmp_path / "gone.mp4"):
        with pytest.raises(Unreadable) as caught:
            read_sound(path)
        assert caught.value.status == MISSING


@pytest.mark.parametrize("content", [b"", b"RIFF\x24\x00\x00\x00WAVE", b"no sound at all" * 99])
def test_broken_sound_is_corrupt(tmp_path, content):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(Unreadable) as caught:
        read_sound(tmp_path / "a.wav")
    assert caught.value.status == CORRUPT


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path):
    path = record(tmp_path / "a.flac", noise(2))
    whole, content = read_sound(path), path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    part = read_sound(path)
    assert 8_000 < len(part) < 24_000
    np.testing.assert_array_equal(part[:8_000], whole[:8_000])


@pytest.mark.parametrize(("rate", "channels"), [(1, 1), (3_999, 1), (16_000, 60)])
def test_absurd_headers_do_not_blow_a_file_up(tmp_path, rate, channels):
    with wave_files.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * channels * 4_000))
    with pytest.raises(Unreadable, match=f"{rate} samples a second and {channels} channels"):
        read_sound(tmp_path / "a.wav")


def test_samples_that_are_no_numbers_are_silent(tmp_path):
    path = record(tmp_path / "a.wav", tone(1), codec="pcm_f32le")
    content, bad = bytearray(path.read_bytes()), np.float32([np.nan, np.inf, -np.inf, 9]).tobytes()
    at = len(content) - 4 * 8_000
    content[at : at + len(bad)] = bad
    path.write_bytes(content)
    found = read_sound(path)
    assert np.isfinite(found).all()
    assert np.abs(found).max() == 1.0


@settings(max_examples=60)
@given(st.data())
def test_damage_is_an_outcome_and_no_crash(damaged, data):
    path, content = damaged
    at = data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20))
    end = data.draw(st.integers(1, len(content)))
    changed = bytearray(content)
    for i in at:
        changed[i] = data.draw(st.integers(0, 255))
    path.write_bytes(changed[:end])
    try:
        found = read_sound(path)
    except Unreadable:
        return
    assert len(found)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1


@pytest.fixture(scope="module", params=["a.flac", "a.wav", "a.mp4"])
def damaged(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("damaged") / request.param
    if request.param == "a.mp4":
        film(path, [RED] * 5, sound=tone(0.5))
    else:
        record(path, tone(0.5), codec="flac" if request.param == "a.flac" else "pcm_s16le")
    return path, path.read_bytes()
