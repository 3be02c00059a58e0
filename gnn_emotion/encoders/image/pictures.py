"""Open pictures that strangers sent: bounded, upright, RGB, or a reason why not.

What a file claims is checked before any pixel is decoded. Only formats that Pillow decodes by
itself are opened (EPS would start a PostScript interpreter). Colour profiles are not applied.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED

Image.init()
_KNOWN = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM")
#: Formats that are opened, as far as this Pillow was built with them.
FORMATS = tuple(name for name in _KNOWN if name in Image.OPEN)
#: Major brands of the ISO container of HEIC files (ISO/IEC 23008-12, annex B).
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
#: Tag ``Orientation`` and how to turn each of its values upright (EXIF 2.32, 4.6.4).
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: What damaged bytes make Pillow's decoders raise.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    NotImplementedError,
    AssertionError,
    RuntimeError,
    struct.error,
)

Read = TypeVar("Read")


@dataclass(frozen=True)
class PictureLimits:
    """What is not even tried.

    Attributes:
        max_bytes: longest file.
        max_pixels: width x height that the header may claim; a pixel takes up to 12 bytes (grey
            of 32 bits 20) while it is decoded and converted.
    """

    max_bytes: int = 64 << 20
    max_pixels: int = 64_000_000

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_pixels) < 1:
            raise ValueError(
                f"max_bytes {self.max_bytes}, max_pixels {self.max_pixels}; expected 1 or more"
            )


def open_picture(
    path: Path, limits: PictureLimits | None = None, side: int | None = None
) -> Image.Image:
    """Decode a picture: the first frame of an animation, turned upright, over white.

    Grey of 16 bits is scaled to 8; grey of 32 bits, whose range no format lays down, is scaled
    from its least to its greatest value.

    Args:
        path: the file.
        limits: what is skipped.
        side: pixels to which the shorter side is scaled down; never up. ``None`` keeps the size.

    Returns:
        The picture, mode RGB; it depends on nothing but the file and ``side``.

    Raises:
        Unreadable: missing (no such file), skipped (over a limit, or HEIC) or corrupt.
    """
    limits = limits or PictureLimits()
    with _open_file(path, limits) as stream:
        try:
            return _decode(stream, limits, side)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Unreadable(SKIPPED, _first_line(error)) from error
        except UnidentifiedImageError as error:
            raise _unidentified(stream) from error
        except MemoryError as error:
            raise Unreadable(SKIPPED, "no memory to decode it") from error
        except _DAMAGE as error:
            raise Unreadable(CORRUPT, _first_line(error)) from error


def read_each(
    paths: Sequence[Path], read: Callable[[Path], Read], workers: int | None = None
) -> list[Read | Unreadable]:
    """Read files in threads (decoders release the interpreter), one outcome a path, in order.

    Args:
        paths: N files.
        read: what to do with one; may raise ``Unreadable``.
        workers: threads; one a processor if ``None``.

    Returns:
        N results, or why there is none.
    """

    def outcome(path: Path) -> Read | Unreadable:
        try:
            return read(path)
        except Unreadable as why:
            return why

    workers = min(workers or os.cpu_count() or 1, len(paths))
    if workers < 2:
        return [outcome(path) for path in paths]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(outcome, paths))


def _open_file(path: Path, limits: PictureLimits) -> BinaryIO:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would block, a device would not end
            raise Unreadable(CORRUPT, "not a regular file")
        if found.st_size == 0:
            raise Unreadable(CORRUPT, "the file is empty")
        if found.st_size > limits.max_bytes:
            raise Unreadable(SKIPPED, f"{found.st_size} bytes, the limit is {limits.max_bytes}")
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # a NUL is a ValueError
        raise Unreadable(MISSING, "no such file") from error
    except OSError as error:
        raise Unreadable(CORRUPT, f"cannot be opened: {error.strerror}") from error


def _decode(stream: BinaryIO, limits: PictureLimits, side: int | None) -> Image.Image:
    with Image.open(stream, formats=FORMATS) as image:
        width, height = image.size
        if width * height > limits.max_pixels:
            raise Unreadable(
                SKIPPED, f"{width} x {height} pixels, the limit is {limits.max_pixels} in all"
            )
        if side is not None:
            # A JPEG is decoded at 1/2, 1/4 or 1/8; twice the side is left for the exact filter.
            scale = 2 * side / min(width, height)
            image.draft("RGB", (max(int(width * scale), 1), max(int(height * scale), 1)))
        turn = _UPRIGHT.get(_orientation(image))
        image.load()
        plain = _over_white(_scaled_down(_eight_bits(image), side))
    return plain if turn is None else plain.transpose(turn)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except _DAMAGE:  # damaged metadata do not damage the picture
        return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring any mode to L, RGB or RGBA."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        return _stretched(np.asarray(image, dtype=np.float32))
    kept = ("RGBA",) if image.has_transparency_data else ("RGB", "L")
    return image if image.mode in kept else image.convert(kept[0])


def _stretched(grey: npt.NDArray[np.float32]) -> Image.Image:
    finite = grey[np.isfinite(grey)]
    low, high = (finite.min(), finite.max()) if finite.size else (0, 1)
    level = np.nan_to_num((grey - low) * (255 / max(float(high) - float(low), 1e-12)))
    return Image.fromarray(np.rint(level.clip(0, 255)).astype(np.uint8))


def _scaled_down(image: Image.Image, side: int | None) -> Image.Image:
    shorter = min(image.size)
    if side is None or shorter <= side:
        return image
    width, height = (max(round(length * side / shorter), 1) for length in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


def _over_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white


def _unidentified(stream: BinaryIO) -> Unreadable:
    stream.seek(0)
    head = stream.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return Unreadable(SKIPPED, "HEIC cannot be decoded; convert it to JPEG")
    return Unreadable(CORRUPT, f"not a picture ({', '.join(FORMATS)})")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
