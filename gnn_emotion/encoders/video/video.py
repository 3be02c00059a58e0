"""A video as one row: features of a few frames, summed up over time, beside those of its sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from gnn_emotion.encoders.media import FileEncoder, Outcome, Unreadable
from gnn_emotion.encoders.video.frames import FrameOptions, sample_frames
from gnn_emotion.schema.errors import closest
from gnn_emotion.schema.features import CORRUPT, MISSING, STATUSES, EncoderSpec

MEAN_STD, SEQUENCE = "mean_std", "sequence"
POOLINGS = (MEAN_STD, SEQUENCE)
Row = npt.NDArray[np.float32]


class FrameEncoder(Protocol):
    """An encoder of pictures that are open already."""

    @property
    def spec(self) -> EncoderSpec:
        """What makes its features."""
        ...

    def encode_images(self, images: Sequence[Image.Image]) -> Row:
        """Encode pictures of mode RGB to features ``[B, D]``."""
        ...


@dataclass(frozen=True)
class VideoOptions:
    """How a clip becomes a row.

    Attributes:
        frame_options: which frames.
        pooling: ``mean_std`` over the frames, or ``sequence``, all of them in order, for a model
            that learns to pool them (``gnn_emotion.nn.temporal``).
    """

    frame_options: FrameOptions = field(default_factory=FrameOptions)
    pooling: str = MEAN_STD

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise ValueError(f"unknown pooling {self.pooling!r}; {closest(self.pooling, POOLINGS)}")


class VideoEncoder:
    """Features of frames and of the sound track.

    A row is ``[frames | sound | has_frames, has_sound]``. With pooling ``mean_std``, the frames are
    the mean and the standard deviation of their features over time ``[2 D]``. With ``sequence``
    they are the features of the T frames, one after the other, and which of them are there
    ``[T D + T]``: those that are come first, the others are zero; the spec then has ``steps`` (T)
    and ``step_dim`` (D) among its options.

    What a file lacks, pictures or sound, is zero. Every file is encoded by itself, so that a row
    does not depend on its company.

    Args:
        frames: encodes the frames.
        sound: encodes the sound track; None to leave it out.
        options: how a clip becomes a row.
    """

    def __init__(
        self,
        frames: FrameEncoder,
        sound: FileEncoder | None = None,
        options: VideoOptions | None = None,
    ) -> None:
        self.frames, self.sound, self.options = frames, sound, options or VideoOptions()
        self.steps, self.step_dim = self.options.frame_options.frames, frames.spec.dim
        sequence = self.options.pooling == SEQUENCE
        self._frames_dim = self.steps * (self.step_dim + 1) if sequence else 2 * self.step_dim
        self._sound_dim = sound.spec.dim if sound else 0
        self.spec = self._spec()

    def encode_files(self, paths: Sequence[Path]) -> list[Outcome]:
        """Encode videos; unreadable is what has neither frames nor, if it is asked for, sound."""
        return [self._encode_file(path) for path in paths]

    def _spec(self) -> EncoderSpec:
        options: dict[str, object] = asdict(self.options) | {
            "frames": self.frames.spec.as_json(),
            "sound": self.sound.spec.as_json() if self.sound else None,
        }
        if self.options.pooling == SEQUENCE:
            options |= {"steps": self.steps, "step_dim": self.step_dim}
        return EncoderSpec("video", "1", self._frames_dim + self._sound_dim + 2, options)

    def _encode_file(self, path: Path) -> Outcome:
        frames = self._encode_frames(path)
        sound = self.sound.encode_files([path])[0] if self.sound else None
        if isinstance(frames, Unreadable) and not isinstance(sound, np.ndarray):
            return _neither(frames, sound)
        row = [_or_zeros(frames, self._frames_dim), _or_zeros(sound, self._sound_dim)]
        there = [float(isinstance(part, np.ndarray)) for part in (frames, sound)]
        return np.concatenate([*row, there], dtype=np.float32)

    def _encode_frames(self, path: Path) -> Outcome:
        try:
            pictures = sample_frames(path, self.options.frame_options)
        except Unreadable as outcome:
            return outcome
        x = np.asarray(self.frames.encode_images(pictures), dtype=np.float32)
        if self.options.pooling == MEAN_STD:
            return np.concatenate([x.mean(0), x.std(0)])
        padded = np.zeros((self.steps, self.step_dim), dtype=np.float32)
        padded[: len(x)] = x
        return np.concatenate([padded.ravel(), np.arange(self.steps) < len(x)], dtype=np.float32)


def _neither(frames: Unreadable, sound: Outcome | None) -> Unreadable:
    """Say why a file gives nothing at all."""
    if not isinstance(sound, Unreadable) or sound.reason == frames.reason:
        return frames
    # A file that is there but has no sound track is not what is missing.
    said = sound.reason if sound.status == MISSING else f"{STATUSES[sound.status]}: {sound.reason}"
    status = CORRUPT if CORRUPT in (frames.status, sound.status) else frames.status
    return Unreadable(status, f"{frames.reason}; {said}")


def _or_zeros(part: Outcome | None, width: int) -> Row:
    return part if isinstance(part, np.ndarray) else np.zeros(width, dtype=np.float32)
