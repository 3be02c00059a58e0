"""The words inside a picture, for the text encoder: screenshots, banners and long text pictures.

RapidOCR runs PP-OCR's models for Chinese and English, which travel in its wheel: no download.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from gnn_emotion.encoders.image.pictures import PictureLimits, open_picture
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import ContractError

#: Side of the square pieces that a long picture is read in, and how many of them are read.
_PIECE, _MAX_PIECES = 960, 8
#: Lines that are less sure are left out.
_MIN_SCORE = 0.5


def read_words(
    paths: Sequence[Path], limits: PictureLimits | None = None
) -> list[str | Unreadable]:
    """Read the words in pictures.

    A picture is scaled down to a shorter side of 960 pixels, never up; of a strip that is longer
    than 8 squares, the rest is not read.

    Args:
        paths: N files.
        limits: pictures that are skipped.

    Returns:
        The lines of each picture from top to bottom, with spaces between; empty where there are no
        words; or why there is no picture.

    Raises:
        ContractError: RapidOCR is not installed.
    """
    engine = _engine()
    found: list[str | Unreadable] = []
    for path in tqdm(paths, unit="picture", desc="read words", disable=None):
        try:
            found.append(words_of(open_picture(path, limits, _PIECE), engine))
        except Unreadable as why:
            found.append(why)
    return found


def words_of(image: Image.Image, engine: Any | None = None) -> str:
    """Read the words in one picture or frame.

    Args:
        image: mode RGB.
        engine: a RapidOCR; the package's own if ``None``.

    Raises:
        ContractError: RapidOCR is not installed.
    """
    engine = engine or _engine()
    lines: list[str] = []
    for piece in _pieces(np.asarray(image)):
        result, _ = engine(np.ascontiguousarray(piece[..., ::-1]))  # it expects BGR
        lines += [line[1].strip() for line in result or ()]
    return " ".join(line for line in lines if line)


@functools.cache
def _engine() -> Any:
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError as error:
        raise ContractError(
            "RapidOCR, which reads the words in pictures, is not installed; "
            "pip install 'gnn-emotion[ocr]'"
        ) from error
    return RapidOCR(text_score=_MIN_SCORE, det_limit_type="max", det_limit_side_len=_PIECE)


def _pieces(pixels: npt.NDArray[np.uint8]) -> Iterator[npt.NDArray[np.uint8]]:
    """Cut a strip ``[H, W, 3]`` across its longer side into pieces that are about square."""
    across = pixels if pixels.shape[0] >= pixels.shape[1] else pixels.swapaxes(0, 1)
    start, length = 0, across.shape[0]
    for _ in range(_MAX_PIECES):
        stop = length if length - start <= 1.5 * _PIECE else _quiet_row(across, start)
        piece = across[start:stop]
        yield piece if across is pixels else piece.swapaxes(0, 1)
        start = stop
        if start == length:
            return


def _quiet_row(pixels: npt.NDArray[np.uint8], start: int) -> int:
    """Find where to cut: the row of least change, so between lines, in the last third."""
    first = start + _PIECE * 2 // 3
    grey = pixels[first : start + _PIECE].mean(axis=2)
    change = np.abs(np.diff(grey, axis=1)).mean(axis=1) if grey.shape[1] > 1 else grey[:, 0] * 0
    return first + len(change) - 1 - int(np.argmin(change[::-1]))
