"""The eight clips: a scene that moves, with sound, as small MP4 files (H.264 and AAC)."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.synthetic import canvas, scenes, sounds
from gnn_emotion.synthetic.pictures import Medium

#: Pictures a second.
FPS = 10
Motion = Callable[[Image.Image, float, Random], Image.Image]


@dataclass(frozen=True)
class Clip:
    """A clip of ``sounds.SECONDS``.

    Attributes:
        name: the file name without its ending.
        event: what it is about.
        emotion: what picture and sound say.
        scene: draws what is seen.
        drawings: how many different drawings follow each other.
        move: drawing, seconds since the start, chance -> frame.
        sound: makes the sound from a source of chance.
    """

    name: str
    event: str
    emotion: str
    scene: Callable[[Random], Image.Image]
    drawings: int
    move: Motion
    sound: Callable[[np.random.Generator], sounds.Wave]


def _window(image: Image.Image, x: float, y: float, zoom: float) -> Image.Image:
    """Cut a window of ``1 / zoom`` the size, off the centre by x and y, and enlarge it."""
    width, height = image.width / zoom, image.height / zoom
    left, top = (image.width - width) / 2 + x, (image.height - height) / 2 + y
    box = (left, top, left + width, top + height)
    return image.resize(image.size, Image.Resampling.BILINEAR, box=box)


def _shaken_rain(image: Image.Image, t: float, rng: Random) -> Image.Image:
    frame = image.copy()
    canvas.rain(rng, frame, 60, (110, 126, 150))
    return _window(frame, rng.uniform(-5, 5), rng.uniform(-4, 4), 1.08)


def _flicker(image: Image.Image, t: float, rng: Random) -> Image.Image:
    frame = ImageEnhance.Brightness(image).enhance(rng.uniform(0.86, 1.04))
    return _window(frame, 0, 0, 1 + 0.08 * t)


def _sway(image: Image.Image, t: float, rng: Random) -> Image.Image:
    return _window(image, 8 * math.sin(2 * t), 4 * math.sin(5 * t), 1.1)


def _shake(image: Image.Image, t: float, rng: Random) -> Image.Image:
    return _window(image, rng.uniform(-9, 9), rng.uniform(-6, 6), 1.1)


def _creep(image: Image.Image, t: float, rng: Random) -> Image.Image:
    return _window(image, -12 + 8 * t, 6, 1.15)


def _pulse(image: Image.Image, t: float, rng: Random) -> Image.Image:
    """Brighten and enlarge the picture on every half second."""
    since = t % 0.5
    frame = ImageEnhance.Brightness(image).enhance(1.3 - 0.8 * since)
    return _window(frame, 0, 0, 1.1 - 0.15 * since)


CLIPS = (
    Clip("clip_storm", "flood", "fear", scenes.flooded_street, 1, _shaken_rain, sounds.storm),
    Clip("clip_candles", "flood", "sadness", scenes.candles, 1, _flicker, sounds.lament),
    Clip("clip_boat", "flood", "joy", scenes.rescue_boat, 1, _sway, sounds.fanfare),
    Clip("clip_drain", "flood", "anger", scenes.broken_drain, 3, _shake, sounds.alarm),
    Clip("clip_trash", "flood", "disgust", scenes.trash_heap, 1, _creep, sounds.flies),
    Clip("clip_show", "concert", "joy", scenes.stage, 6, _pulse, sounds.beat),
    Clip("clip_fireworks", "concert", "surprise", scenes.fireworks, 4, _sway, sounds.bangs),
    Clip("clip_coffee", "daily", "neutral", scenes.coffee, 1, _creep, sounds.room),
)


def list_clips() -> list[Medium]:
    """Return what clips there are, in the order of ``CLIPS``."""
    return [Medium(f"media/{c.name}.mp4", c.event, c.emotion) for c in CLIPS]


def film_clips(seed: int) -> dict[str, bytes]:
    """Make all clips; the same seed and the same PyAV give the same bytes.

    Returns:
        path -> MP4 file, below 60 KB each.

    Raises:
        GnnEmotionError: PyAV is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise GnnEmotionError(
            "the clips of the synthetic sample need PyAV, which is not installed: "
            "pip install 'gnn-emotion[video]'"
        ) from error
    return {f"media/{clip.name}.mp4": _film(av, clip, seed) for clip in CLIPS}


def _film(av: Any, clip: Clip, seed: int) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        width, height = canvas.SIZE
        # x264's macroblock tree gives other bytes from one run to the next.
        options = {"crf": "30", "x264-params": "mbtree=0"}
        video = container.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        # Several threads would give other bytes on another number of cores.
        video.codec_context.thread_count = 1
        audio = container.add_stream("aac", rate=sounds.RATE, layout="mono")
        audio.bit_rate = 32_000
        for frame in _frames(clip, seed):
            container.mux(video.encode(av.VideoFrame.from_image(frame)))
        container.mux(video.encode(None))
        wave = clip.sound(np.random.default_rng(seed))
        samples = np.clip(wave, -1, 1).astype(np.float32)[None]
        sound = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        sound.sample_rate = sounds.RATE
        container.mux(audio.encode(sound))
        container.mux(audio.encode(None))
    return buffer.getvalue()


def _frames(clip: Clip, seed: int) -> Iterator[Image.Image]:
    count = round(FPS * sounds.SECONDS)
    chance = Random(f"{seed}:{clip.name}")
    drawings = [clip.scene(Random(f"{seed}:{clip.name}:{i}")) for i in range(clip.drawings)]
    for i in range(count):
        drawing = drawings[i * clip.drawings // count]
        yield clip.move(drawing, i / FPS, chance)
