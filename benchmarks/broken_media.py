"""Media as a crawl brings them home: odd, broken, hostile, or not there at all.

Each comes with the status that it must get. Everything is made here and small on disk: the file of
1 GB is sparse, and the picture of 900 million pixels packs into 110 KB.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

OK, MISSING, CORRUPT, SKIPPED = "ok", "missing", "corrupt", "skipped"
IMAGE, VIDEO = "image", "video"
#: More than a clip is read of (``FrameOptions.max_packets``).
ENDLESS = 210_000
_GIGABYTE = 1 << 30
_SECRET = "../secret"
_THOUSANDTH = Fraction(1, 1000)
#: Clips that have nothing to see, but something to hear.
_HEARD = ("sound_only.mp4",)


@dataclass(frozen=True)
class Medium:
    """A picture or clip that a post names.

    Attributes:
        name: as the post names it: a path from the dump's folder, or an address.
        kind: image or video.
        status: what encoding it must say.
        heard: what it must say where sound is read as well.
    """

    name: str
    kind: str
    status: str
    heard: str


def write_broken(folder: Path, endless: int = ENDLESS) -> list[Medium]:
    """Write every kind of odd file.

    Args:
        folder: of the dump; the files go into ``media`` in it, and a picture and a clip that no
            path may lead to beside it.
        endless: frames of the clip that does not end.

    Returns:
        What posts may name, with the status that it must get.
    """
    (folder / "media").mkdir(parents=True, exist_ok=True)
    for end, content in ((".jpg", _jpeg(_scene(9))), (".mp4", film(9))):
        (folder / f"{_SECRET}{end}").write_bytes(content)
    made = []
    for name, kind, status, write in _files(endless):
        write(folder / "media" / name)
        made.append(Medium(f"media/{name}", kind, status, OK if name in _HEARD else status))
    return made + [Medium(name, kind, MISSING, MISSING) for name, kind in _absent()]


def _absent() -> Iterator[tuple[str, str]]:
    for kind, end in ((IMAGE, ".jpg"), (VIDEO, ".mp4")):
        yield f"media/gone{end}", kind
        # It is there, but no file outside of the dump is ever taken for one of its own.
        yield f"media/../{_SECRET}{end}", kind
    yield "https://wx1.sinaimg.cn/large/0071kQ3ygy1hqz0a1b2c3j30u00u0abc.jpg", IMAGE
    yield "https://f.video.weibocdn.com/o0/a1B2c3D4e5f6.mp4?label=mp4_720p", VIDEO


def _files(endless: int) -> Iterator[tuple[str, str, str, Callable[[Path], object]]]:
    """Yield name, kind, status, and what writes the file."""
    scene, clip = _scene(1), film(1)
    yield "bomb.png", IMAGE, SKIPPED, _content(_bomb(30_000))
    yield "huge.gif", IMAGE, SKIPPED, _write_huge
    yield "animated.gif", IMAGE, OK, _content(_animation())
    yield "cmyk.jpg", IMAGE, OK, _content(_jpeg(scene.convert("CMYK")))
    yield "sixteen_bits.png", IMAGE, OK, _content(_deep())
    yield "rotated.jpg", IMAGE, OK, _content(_jpeg(scene, orientation=6))
    yield "large.png", IMAGE, OK, lambda path: Image.new("RGB", (7_000, 7_000)).save(path)
    yield "see_through.png", IMAGE, OK, lambda path: scene.convert("LA").save(path)
    yield "truncated.jpg", IMAGE, CORRUPT, _content(_jpeg(scene)[:900])
    yield "zero_frames.mkv", VIDEO, CORRUPT, _content(_mux("matroska", 0))
    yield "endless.mkv", VIDEO, OK, _content(_mux("matroska", endless))
    yield "years.mkv", VIDEO, OK, _content(_mux("matroska", 4, seconds=100_000_000))
    yield "silent.mp4", VIDEO, OK, _content(film(2, sound=False))
    yield "sound_only.mp4", VIDEO, CORRUPT, _content(film(3, frames=0))
    yield "truncated.mp4", VIDEO, CORRUPT, _content(clip[: len(clip) // 2])
    yield "playlist.mp4", VIDEO, CORRUPT, _content(b"#EXTM3U\n#EXTINF:9,\nfile:///etc/hosts\n")
    for kind, end in ((IMAGE, ".jpg"), (VIDEO, ".mp4")):
        yield f"empty{end}", kind, CORRUPT, _content(b"")
        yield f"text{end}", kind, CORRUPT, _content("抱歉，文件已被删除。".encode())
        yield f"pipe{end}", kind, SKIPPED, os.mkfifo  # reading it would never end
        yield f"link{end}", kind, SKIPPED, _link(f"../{_SECRET}{end}")
        yield f"beside{end}", kind, OK, _link(f"same{end}")
    yield "same.jpg", IMAGE, OK, _content(_jpeg(scene))
    yield "same.mp4", VIDEO, OK, _content(clip)


def _content(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _link(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


def _write_huge(path: Path) -> None:
    path.write_bytes(b"GIF89a" + struct.pack("<HH", 500, 500))
    os.truncate(path, _GIGABYTE)


def _scene(seed: int, width: int = 160, height: int = 120) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def _jpeg(image: Image.Image, orientation: int | None = None) -> bytes:
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def _animation() -> bytes:
    buffer = io.BytesIO()
    _scene(2).save(
        buffer, "GIF", save_all=True, append_images=[_scene(3), _scene(4)], duration=80, loop=0
    )
    return buffer.getvalue()


def _deep() -> bytes:
    grey = np.asarray(_scene(5).convert("L")).astype(np.uint16) * 257
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG")
    return buffer.getvalue()


def _bomb(side: int) -> bytes:
    """Pack a black picture of one bit a pixel: Pillow would unpack it to a byte a pixel."""
    packer = zlib.compressobj(9)
    row = bytes(1 + -(-side // 8))
    packed = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def film(
    seed: int,
    frames: int = 20,
    size: tuple[int, int] = (64, 48),
    rate: int = 10,
    sound: bool = True,
) -> bytes:
    """Film a texture that moves, with a tone in noise: MP4, H.264 and AAC.

    Args:
        seed: of texture and sound.
        frames: pictures; 0 for sound alone, of two seconds.
        size: width and height.
        rate: pictures a second.
        sound: whether there is any.
    """
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        video = _video_stream(container, size, rate) if frames else None
        audio = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        texture = np.asarray(_scene(seed, *size))
        for i in range(frames):
            moved = np.ascontiguousarray(np.roll(texture, 2 * i, axis=1))
            container.mux(video.encode(av.VideoFrame.from_ndarray(moved, format="rgb24")))
        if video is not None:
            container.mux(video.encode(None))
        if audio is not None:
            frame = av.AudioFrame.from_ndarray(
                _tone(seed, frames / rate or 2.0), format="fltp", layout="mono"
            )
            frame.sample_rate = 16_000
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return buffer.getvalue()


def _video_stream(container: Any, size: tuple[int, int], rate: int) -> Any:
    options = {"preset": "ultrafast", "crf": "30"}
    video = container.add_stream("libx264", rate=rate, options=options)
    (video.width, video.height), video.pix_fmt = size, "yuv420p"
    video.codec_context.thread_count = 1
    return video


def _tone(seed: int, seconds: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(round(16_000 * seconds)) / 16_000
    wave = 0.3 * np.sin(2 * np.pi * rng.uniform(100, 400) * t) + 0.02 * rng.standard_normal(t.size)
    return wave.astype(np.float32)[None]


def _mux(container_format: str, frames: int, seconds: int = 0) -> bytes:
    """Put one grey picture of 4 x 4 pixels into a container again and again.

    Args:
        container_format: as FFmpeg names it.
        frames: how often; 0 leaves a picture track without pictures.
        seconds: between two of them; 0 for a thousandth.
    """
    import av
    from av.packet import Packet

    picture, buffer = bytes([128] * 16), io.BytesIO()
    with av.open(buffer, "w", format=container_format) as container:
        stream = container.add_stream("rawvideo", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 4, 4, "gray"
        container.start_encoding()
        step = seconds * 1000 or 1
        for i in range(frames):
            packet = Packet(picture)
            packet.stream, packet.time_base = stream, _THOUSANDTH
            packet.pts = packet.dts = i * step
            packet.is_keyframe = True
            container.mux(packet)
    return buffer.getvalue()
