"""A few still pictures that stand for a video: evenly spaced, or one of every scene.

A first pass reads the packets without decoding them. So the plan is made from what a file holds,
not from the duration that it claims, and only the stretches between a key frame and a wanted
picture are decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.video.containers import open_container
from gnn_emotion.encoders.video.scenes import middle_of_scenes
from gnn_emotion.encoders.video.seeking import PacketIndex, Seeker
from gnn_emotion.schema.errors import closest
from gnn_emotion.schema.features import CORRUPT

SAMPLINGS = ("even", "scene")
#: Scenes are looked for among this many times the wanted frames.
_CANDIDATES = 8
#: A key frame this near to the middle of a step, in steps, is as good and costs less.
_NEAR = 0.25


@dataclass(frozen=True)
class FrameOptions:
    """Which frames of a video are taken, and how much work a file is worth.

    Attributes:
        frames: at most so many.
        sampling: ``even`` in time, or ``scene``: one of each scene, the longest scenes first.
        side: frames are scaled down until the shorter side has no more pixels than this.
        max_bytes: larger files are skipped.
        max_seconds: only so much of the beginning counts.
        max_packets: read from a file, of all streams together.
        max_pixels: of a picture; videos with larger ones are skipped.
        max_decoded: pixels decoded of a file, in all.
    """

    frames: int = 8
    sampling: str = "even"
    side: int = 256
    max_bytes: int = 1 << 30
    max_seconds: float = 600.0
    max_packets: int = 100_000
    max_pixels: int = 1 << 25
    max_decoded: int = 1 << 33

    def __post_init__(self) -> None:
        if self.sampling not in SAMPLINGS:
            raise ValueError(
                f"unknown sampling {self.sampling!r}; {closest(self.sampling, SAMPLINGS)}"
            )
        for name, value in vars(self).items():
            if name != "sampling" and value <= 0:
                raise ValueError(f"{name} is {value}, expected more than 0")


def sample_frames(path: Path, options: FrameOptions | None = None) -> list[Image.Image]:
    """Take frames of a video, upright and in the order of time.

    The pictures depend on the file and the options alone. Time and memory are bounded by the
    limits, whatever the file claims: of an endless video the beginning counts, and a file that
    breaks off gives what came before.

    Args:
        path: the file.
        options: which frames; limits.

    Returns:
        One RGB picture or more, at most ``options.frames``, all of different frames.

    Raises:
        Unreadable: no file (missing), beyond a limit (skipped), no frame that can be decoded
            (corrupt).
        ContractError: PyAV is not installed.
    """
    options = options or FrameOptions()
    with open_container(path, options.max_bytes) as container:
        seeker = Seeker(container, options.max_pixels)
        index = seeker.read_index(options.max_packets, options.max_seconds)
        count = options.frames * (_CANDIDATES if options.sampling == "scene" else 1)
        wanted = plan_even(index, count)
        found = list(seeker.decode(index, wanted, options.side, options.max_decoded))
    if not found:
        raise Unreadable(CORRUPT, f"none of {len(index.times)} frames can be decoded")
    pictures = [picture for _, picture in found]
    if options.sampling == "even":
        return pictures
    starts = np.array([time for time, _ in found])
    chosen = middle_of_scenes(pictures, starts, index.stop, options.frames)
    return [pictures[i] for i in chosen]


def plan_even(index: PacketIndex, count: int) -> npt.NDArray[np.int64]:
    """Choose a frame for each of ``count`` equal steps of time.

    It is the key frame next to the middle of the step, if there is one near it, or else the frame
    that is on the screen at the middle. What is on the screen for several steps is taken once.

    Args:
        index: the packets of a video.
        count: of steps.

    Returns:
        The times of the frames ``[W]``, ascending, W at most ``count``.
    """
    step = (index.stop - index.times[0]) / count
    middles = index.times[0] + step * (np.arange(count) + 0.5)
    shown = index.times[(np.searchsorted(index.times, middles, side="right") - 1).clip(0)]
    if not index.keys.any():
        return np.unique(shown)
    keys = index.times[index.keys]
    after = np.searchsorted(keys, middles).clip(max=len(keys) - 1)
    before = (after - 1).clip(0)
    nearest = np.where(middles - keys[before] < keys[after] - middles, keys[before], keys[after])
    near = np.abs(nearest - middles) <= _NEAR * step
    return np.unique(np.where(near, nearest, shown))
