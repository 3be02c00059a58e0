"""Pictures that are painted, whose descriptors can be told beforehand."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gnn_emotion.encoders.image.affect_image import AFFECT_COLUMNS, describe


def flat(colour: object, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """One colour all over."""
    return Image.new("RGB", size, colour)


def from_grey(grey: np.ndarray) -> Image.Image:
    """Grey levels from 0 to 1 ``[H, W]``."""
    return Image.fromarray((grey * 255).astype(np.uint8)).convert("RGB")


def stripes(period: int, side: int = 128) -> np.ndarray:
    """Upright stripes, ``[side, side]``."""
    return np.tile((np.arange(side) // (period // 2)) % 2, (side, 1)).astype(float)


def noise(side: int = 128, seed: int = 0) -> np.ndarray:
    """Even noise, ``[side, side]``."""
    return np.random.default_rng(seed).random((side, side))


def named(image: Image.Image) -> dict[str, float]:
    """The descriptors of a picture by name."""
    return dict(zip(AFFECT_COLUMNS, describe(image).tolist(), strict=True))
