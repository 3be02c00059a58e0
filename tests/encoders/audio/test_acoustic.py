"""The acoustic encoder: rows of any sound, and that they tell emotions apart."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gnn_emotion.encoders.audio.acoustic import AcousticEncoder
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.features import CORRUPT, MISSING

from ..clips import RED, film, noise, record, tone


@pytest.fixture(scope="module")
def encoder() -> AcousticEncoder:
    return AcousticEncoder()


def test_one_named_column_each(encoder):
    row = encoder.encode_sound(tone(2))
    assert row.dtype == np.float32
    assert row.shape == (encoder.spec.dim,) == (len(encoder.names),)
    assert len(set(encoder.names)) == len(encoder.names)
    assert encoder.spec.encoder == "acoustic"
    assert AcousticEncoder().spec == encoder.spec


@settings(max_examples=25)
@given(
    wave=arrays(np.float32, st.integers(0, 9_000), elements=st.floats(-1, 1, width=32)),
    gain=st.sampled_from([1.0, 1e-3, 1e-6]),
)
def test_any_wave_gives_a_safe_row(encoder, wave, gain):
    row = encoder.encode_sound(wave * np.float32(gain))
    assert np.isfinite(row).all()
    assert np.abs(row).max() <= 8


def test_silence_after_a_short_sound_says_nothing(encoder):
    short = tone(0.8)
    padded = np.concatenate([short, np.zeros(19_200, np.float32)])
    np.testing.assert_array_equal(encoder.encode_sound(short), encoder.encode_sound(padded))


def test_two_sounds_differ_in_the_columns_in_which_they_should(encoder):
    low, high = (encoder.encode_sound(tone(2, hertz)) for hertz in (110, 440))
    column = dict(zip(encoder.names, high - low, strict=True))
    assert column["pitch_voiced_mean"] == pytest.approx(2, abs=0.05)
    assert column["centroid_active_mean"] > 0.5
    quiet, loud = (encoder.encode_sound(gain * tone(2)) for gain in (0.01, 1.0))
    column = dict(zip(encoder.names, loud - quiet, strict=True))
    # Louder by 40 dB, and nothing else.
    assert column.pop("loudness") == pytest.approx(1, abs=0.01)
    assert column.pop("peak") == pytest.approx(1, abs=0.01)
    assert max(map(abs, column.values())) < 0.05


def test_files_in_any_company(encoder, tmp_path):
    paths = [
        record(tmp_path / "a.flac", tone(1)),
        film(tmp_path / "b.mp4", [RED] * 5, sound=noise(1)),
        film(tmp_path / "mute.mp4", [RED] * 5),
        tmp_path / "gone.mp3",
        tmp_path / "text.wav",
    ]
    paths[-1].write_text("no sound")
    together = encoder.encode_files(paths)
    for path, row in zip(paths[:2], together, strict=False):
        np.testing.assert_array_equal(encoder.encode_files([path])[0], row)
    assert all(isinstance(outcome, Unreadable) for outcome in together[2:])
    assert [outcome.status for outcome in together[2:]] == [MISSING, MISSING, CORRUPT]


def test_the_same_in_another_process(encoder, tmp_path):
    path = record(tmp_path / "a.flac", noise(1))
    code = (
        "import sys, pathlib; from gnn_emotion.encoders.audio.acoustic import AcousticEncoder; "
        "print(AcousticEncoder().encode_files([pathlib.Path(sys.argv[1])])[0].tobytes().hex())"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == encoder.encode_files([path])[0].tobytes().hex()


def test_it_is_many_times_faster_than_the_sound_lasts(encoder):
    wave = np.concatenate([tone(10), noise(10)])
    encoder.encode_sound(wave)
    start = time.process_time()
    encoder.encode_sound(wave)
    # Twenty seconds; far from what it reaches, so that a busy machine does not fail.
    assert time.process_time() - start < 2


def test_emotions_of_a_speaker_never_heard(encoder, real_data):
    folder = real_data("emodb")
    labels = pd.read_parquet(folder / "labels.parquet")
    labels = labels[labels["speaker"].isin(["03", "10", "11"])]
    x = np.stack(encoder.encode_files([folder / f"{file}.flac" for file in labels["file"]]))
    heard = (labels["speaker"] != "10").to_numpy()
    model = make_pipeline(
        StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)
    ).fit(x[heard], labels["emotion"][heard])
    found = model.predict(x[~heard])
    assert recall_score(labels["emotion"][~heard], found, average="macro") > 0.7
