"""Rows of clips: frames pooled or in order, sound beside them, and what is not there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.text.text_names import read_options
from gnn_emotion.encoders.video.frames import FrameOptions
from gnn_emotion.encoders.video.video import VideoEncoder, VideoOptions
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED, EncoderSpec

from ..clips import BLUE, GREEN, RED, film, record, tone

STEPS = FrameOptions(frames=4)


class MeanColour:
    """Encodes a picture by its mean colour; counts what it is shown."""

    spec = EncoderSpec("mean-colour", "1", 3)

    def __init__(self) -> None:
        self.shown = 0

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        self.shown += len(images)
        return np.stack([np.asarray(i).mean((0, 1)) / 255 for i in images]).astype(np.float32)


class Loudness:
    """Encodes a sound by two numbers, or says what it was told to."""

    spec = EncoderSpec("loudness", "1", 2)

    def __init__(self, outcome: Unreadable | None = None) -> None:
        self.outcome = outcome

    def encode_files(self, paths) -> list:
        if self.outcome:
            return [self.outcome for _ in paths]
        from gnn_emotion.encoders.audio.sound import read_sound

        return [self._encode(read_sound, path) for path in paths]

    def _encode(self, read, path):
        try:
            wave = read(path)
        except Unreadable as outcome:
            return outcome
        return np.array([np.abs(wave).max(), len(wave) / 16_000], dtype=np.float32)


@pytest.fixture
def files(tmp_path) -> dict:
    colours = [RED] * 10 + [GREEN] * 10
    return {
        "both": film(tmp_path / "both.mp4", colours, sound=tone(2)),
        "mute": film(tmp_path / "mute.mp4", colours),
        "heard": record(tmp_path / "heard.flac", tone(2)),
        "still": film(tmp_path / "still.mp4", [BLUE]),
    }


def encode(path, pooling: str = "mean_std", sound: Loudness | None = None):
    options = VideoOptions(STEPS, pooling)
    encoder = VideoEncoder(MeanColour(), sound, options)
    outcome = encoder.encode_files([path])[0]
    if isinstance(outcome, np.ndarray):
        assert outcome.dtype == np.float32
        assert outcome.shape == (encoder.spec.dim,)
    return outcome


def test_mean_and_standard_deviation_over_time(files):
    row = encode(files["mute"])
    assert len(row) == 3 + 3 + 2
    np.testing.assert_allclose(row[:3], [120 / 255, 110 / 255, 20 / 255], atol=0.03)
    np.testing.assert_allclose(row[3:6], [100 / 255, 90 / 255, 0], atol=0.03)
    assert row[6:].tolist() == [1, 0]


def test_frames_in_order_and_which_are_there(files):
    row = encode(files["mute"], "sequence")
    steps, there = row[:12].reshape(4, 3), row[12:16]
    assert there.tolist() == [1] * 4
    assert steps.argmax(1).tolist() == [0, 0, 1, 1]
    row = encode(files["still"], "sequence")
    assert row[12:16].tolist() == [1, 0, 0, 0]
    assert row[:3].argmax() == 2
    assert not row[3:12].any()


@pytest.mark.parametrize("pooling", ["mean_std", "sequence"])
def test_sound_beside_the_frames(files, pooling):
    width = 6 if pooling == "mean_std" else 16
    mute = encode(files["mute"], pooling, Loudness())
    both = encode(files["both"], pooling, Loudness())
    np.testing.assert_allclose(both[:width], mute[:width], atol=0.02)
    assert both[width] > 0.3
    assert both[width + 1] == pytest.approx(2, abs=0.2)
    assert both[width + 2 :].tolist() == [1, 1]
    assert mute[width:].tolist() == [0, 0, 1, 0]
    heard = encode(files["heard"], pooling, Loudness())
    assert not heard[:width].any()
    assert heard[width] > 0.3
    assert heard[width + 2 :].tolist() == [0, 1]


def test_without_an_audio_encoder_no_sound_is_read(files):
    assert len(encode(files["both"])) == 8
    outcome = encode(files["heard"])
    assert isinstance(outcome, Unreadable)
    assert outcome.status == CORRUPT


def test_a_file_with_neither_says_why(tmp_path):
    (tmp_path / "text.mp4").write_text("neither")
    assert encode(tmp_path / "text.mp4", sound=Loudness()).status == CORRUPT
    gone = encode(tmp_path / "gone.mp4", sound=Loudness())
    assert (gone.status, gone.reason) == (MISSING, "no such file")
    large = encode(tmp_path / "gone.mp4", sound=Loudness(Unreadable(SKIPPED, "too large")))
    assert "no such file" in large.reason
    assert "too large" in large.reason


def test_frames_too_large_leave_the_sound(files):
    options = VideoOptions(FrameOptions(max_pixels=100))
    row = VideoEncoder(MeanColour(), Loudness(), options).encode_files([files["both"]])[0]
    assert row[-2:].tolist() == [0, 1]
    outcome = VideoEncoder(MeanColour(), None, options).encode_files([files["both"]])[0]
    assert outcome.status == SKIPPED


def test_company_does_not_matter(files):
    encoder = VideoEncoder(MeanColour(), Loudness())
    paths = [files[name] for name in ("both", "still", "mute", "heard", "both")]
    together = encoder.encode_files(paths)
    for path, row in zip(paths, together, strict=True):
        np.testing.assert_array_equal(encoder.encode_files([path])[0], row)


def test_no_more_frames_are_encoded_than_asked_for(files):
    frames = MeanColour()
    VideoEncoder(frames, None, VideoOptions(STEPS)).encode_files([files["both"], files["still"]])
    assert frames.shown == 4 + 1


def test_the_spec_says_all_that_changes_a_row():
    specs = [
        VideoEncoder(MeanColour(), sound, options).spec
        for sound in (None, Loudness())
        for options in (
            VideoOptions(),
            VideoOptions(STEPS),
            VideoOptions(FrameOptions(sampling="scene")),
            VideoOptions(STEPS, "sequence"),
        )
    ]
    assert len({spec.key for spec in specs}) == len(specs)
    assert "steps" not in specs[0].options
    assert (specs[3].options["steps"], specs[3].options["step_dim"]) == (4, 3)
    for spec in specs:
        assert EncoderSpec.from_json(spec.as_json()) == spec


def test_options_by_name():
    stated = {"frames": "5", "sampling": "scene", "pooling": "sequence"}
    options = read_options("affect", VideoOptions, stated)
    assert options == VideoOptions(FrameOptions(frames=5, sampling="scene"), "sequence")
    with pytest.raises(ContractError, match="unknown pooling 'sequences'; did you mean 'sequence'"):
        read_options("affect", VideoOptions, {"pooling": "sequences"})
    with pytest.raises(ContractError, match="frames is 0"):
        read_options("affect", VideoOptions, {"frames": "0"})
