"""Small videos and sounds for tests, made with PyAV: one plain colour a frame, tones for sound."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

RED, GREEN, BLUE, BLACK, WHITE = (220, 20, 20), (20, 200, 20), (20, 20, 220), (0, 0, 0), (255,) * 3
Colour = tuple[int, ...]
MILLISECOND = Fraction(1, 1000)


def tone(seconds: float, hertz: float = 220.0, rate: int = 16_000) -> np.ndarray:
    """Sing a vowel: harmonics that fall off, with a slow swell."""
    t = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * k * hertz * t) / k for k in range(1, 9))
    return (0.3 * wave * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * t))).astype(np.float32)


def noise(seconds: float, rate: int = 16_000, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(round(seconds * rate))).astype(np.float32)


def film(
    path: Path,
    colours: Sequence[Colour],
    size: tuple[int, int] = (64, 48),
    rate: int = 10,
    gop: int = 12,
    milliseconds: Sequence[int] | None = None,
    sound: np.ndarray | None = None,
    codec: str = "libx264",
) -> Path:
    """Film colours, one a frame.

    Args:
        path: its ending says the container.
        colours: of the frames.
        size: width and height, of any parity.
        rate: frames a second.
        gop: frames from one key frame to the next.
        milliseconds: when each frame is shown, instead of a fixed rate.
        sound: mono, 16 kHz.
        codec: of the pictures.
    """
    pictures = [Image.new("RGB", size, colour) for colour in colours]
    return film_pictures(path, pictures, rate, gop, milliseconds, sound, codec)


def film_pictures(
    path: Path,
    pictures: Sequence[Image.Image],
    rate: int = 10,
    gop: int = 12,
    milliseconds: Sequence[int] | None = None,
    sound: np.ndarray | None = None,
    codec: str = "libx264",
) -> Path:
    """Film pictures; see ``film``."""
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "18", "sc_threshold": "0"}
        options = options if codec == "libx264" else {}
        video = container.add_stream(codec, rate=rate, options=options) if pictures else None
        audio = (
            container.add_stream("aac", rate=16_000, layout="mono") if sound is not None else None
        )
        if video is not None:
            video.width, video.height = pictures[0].size
            odd = video.width % 2 or video.height % 2
            video.pix_fmt = "yuv444p" if odd and codec == "libx264" else "yuv420p"
            video.codec_context.gop_size, video.codec_context.thread_count = gop, 1
            if milliseconds is not None:
                video.codec_context.time_base = MILLISECOND
            for i, picture in enumerate(pictures):
                frame = av.VideoFrame.from_image(picture)
                if milliseconds is not None:
                    frame.pts, frame.time_base = milliseconds[i], MILLISECOND
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        if audio is not None:
            frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
            frame.sample_rate = 16_000
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


def record(path: Path, wave: np.ndarray, rate: int = 16_000, codec: str = "flac") -> Path:
    """Write a sound file; ``wave`` is ``[T]``, or ``[2, T]`` for stereo."""
    with av.open(str(path), "w") as container:
        layout = "stereo" if wave.ndim == 2 else "mono"
        stream = container.add_stream(codec, rate=rate, layout=layout)
        packed = (np.atleast_2d(wave).T.ravel() * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate = rate
        for ready in av.AudioResampler(stream.format, layout, rate).resample(frame):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path


def turn(path: Path) -> Path:
    """Mark an MP4 as filmed with the camera on its side: to be shown a quarter turn clockwise."""
    content = path.read_bytes()
    header = content.index(b"tkhd")
    # Type, version and flags; then times, numbers and volume: 40 bytes more in version 0.
    at = header + 4 + 4 + 36
    one = 1 << 16
    matrix = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(content[:at] + matrix + content[at + len(matrix) :])
    return path


def claim_duration(path: Path, factor: int) -> Path:
    """Make the headers of an MP4 lie about how long it lasts."""
    content = bytearray(path.read_bytes())
    at = content.index(b"mvhd") + 4 + 4 + 12
    duration = struct.unpack_from(">I", content, at)[0]
    struct.pack_into(">I", content, at, duration * factor)
    path.write_bytes(content)
    return path


def colour_of(picture: Image.Image) -> Colour:
    """Return the plain colour that a picture is nearest to."""
    mean = np.asarray(picture, dtype=float).mean((0, 1))
    return min((RED, GREEN, BLUE, BLACK, WHITE), key=lambda c: float(np.abs(mean - c).sum()))
