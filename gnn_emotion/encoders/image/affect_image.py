"""The embedded image encoder: affective descriptors from the literature, no weights, no download.

Colour, texture and composition as art theory and psychology tie them to emotion (Machajdik and
Hanbury 2010); each column has a name and each group its source, in ``affect_colour``,
``affect_texture`` and ``affect_composition``. Nothing is fitted: every group is centred and scaled
by constants that stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from gnn_emotion.encoders.image import affect_colour, affect_composition, affect_texture
from gnn_emotion.encoders.image.affect_planes import measure_planes
from gnn_emotion.encoders.image.pictures import PictureLimits, open_picture, read_each
from gnn_emotion.encoders.media import Outcome
from gnn_emotion.schema.features import EncoderSpec

NAME = "affect"
#: Goes up with every change of a value.
_REVISION = "1"
#: Pictures are scaled down to this shorter side when opened: large ones decode faster.
_OPEN_SIDE = 256

_DESCRIPTORS = (
    *affect_colour.DESCRIPTORS,
    *affect_texture.DESCRIPTORS,
    *affect_composition.DESCRIPTORS,
)
#: The D names of the columns, ``group.column``.
AFFECT_COLUMNS = tuple(
    f"{group.name}.{column}" for group in _DESCRIPTORS for column in group.columns
)


def describe(image: Image.Image) -> npt.NDArray[np.float32]:
    """Describe one picture or frame.

    Args:
        image: any size, mode RGB.

    Returns:
        One number a name of ``AFFECT_COLUMNS`` ``[D]``, nearly all within -4 to 4.
    """
    planes = measure_planes(image)
    row = [
        (np.asarray(group.measure(planes), dtype=np.float64) - group.centre) * group.scale
        for group in _DESCRIPTORS
    ]
    return np.concatenate(row).astype(np.float32)


class AffectEncoder:
    """Pictures to affective descriptors; a row depends on nothing but its picture.

    Args:
        limits: pictures that are skipped.
        workers: threads; one a processor if ``None``.
    """

    def __init__(self, limits: PictureLimits | None = None, workers: int | None = None) -> None:
        self.limits, self.workers = limits or PictureLimits(), workers

    @property
    def spec(self) -> EncoderSpec:
        """Name, revision of the descriptors, width, and which files are skipped."""
        options = {"open_side": _OPEN_SIDE, **asdict(self.limits)}
        return EncoderSpec(NAME, _REVISION, len(AFFECT_COLUMNS), options)

    def encode_images(self, images: Sequence[Image.Image]) -> npt.NDArray[np.float32]:
        """Encode pictures that are already open.

        Args:
            images: B pictures, mode RGB.

        Returns:
            Features ``[B, D]``.
        """
        rows = [describe(image) for image in images]
        return np.stack(rows) if rows else np.zeros((0, len(AFFECT_COLUMNS)), dtype=np.float32)

    def encode_files(self, paths: Sequence[Path]) -> list[Outcome]:
        """Encode files, one outcome a path; see ``FileEncoder``."""
        return read_each(paths, self._encode_file, self.workers)

    def _encode_file(self, path: Path) -> npt.NDArray[np.float32]:
        return describe(open_picture(path, self.limits, _OPEN_SIDE))
