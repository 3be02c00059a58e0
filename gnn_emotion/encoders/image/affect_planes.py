"""What the affective descriptors read: a picture as small planes of numbers, made once.

Every picture is squeezed to one size, so that descriptors of pictures of any size and shape can be
compared, and a fine one costs no more than a coarse one. The shape itself is a descriptor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Plane = npt.NDArray[np.floating]

#: Side of the grey plane, which texture and edges are read from, in pixels.
GREY_SIDE = 128
#: Side of the colour planes.
COLOUR_SIDE = GREY_SIDE // 2

#: Linear light of each 8-bit level, and linear RGB to XYZ over its white D65 (IEC 61966-2-1).
_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])
_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True)
class Planes:
    """One picture, measured.

    Attributes:
        red, green, blue: 0 to 1 ``[64, 64]``.
        hue: in turns, 0 to 1 ``[64, 64]``; 0 is red.
        saturation: the greatest less the least of red, green and blue, 0 to 1 ``[64, 64]``: unlike
            that of HSV it is small where it is dark (Hanbury and Serra 2003).
        value: the greatest of red, green and blue ``[64, 64]``.
        luma: brightness, ITU-R BT.709 ``[64, 64]``.
        lightness, green_red, blue_yellow: CIE 1976 L*, a*, b* over 100 ``[64, 64]``.
        grey: brightness, finer, 0 to 1 ``[128, 128]``.
        slope: length of the gradient of ``grey`` a pixel ``[128, 128]``.
        angle: direction of the gradient in half turns, 0 to 1 ``[128, 128]``; 0 is across an
            upright edge.
        aspect: width over height of the whole picture.
    """

    red: Plane
    green: Plane
    blue: Plane
    hue: Plane
    saturation: Plane
    value: Plane
    luma: Plane
    lightness: Plane
    green_red: Plane
    blue_yellow: Plane
    grey: Plane
    slope: Plane
    angle: Plane
    aspect: float


@dataclass(frozen=True)
class Descriptor:
    """Named numbers that are read off a picture.

    Attributes:
        name: of the group.
        columns: names of the D numbers.
        measure: ``Planes -> [D]``.
        centre: taken off every number.
        scale: every number is multiplied by it, to spread over about -1 to 1.
    """

    name: str
    columns: Sequence[str]
    measure: Callable[[Planes], npt.ArrayLike]
    centre: float
    scale: float


def measure_planes(image: Image.Image) -> Planes:
    """Squeeze a picture and compute its planes.

    Args:
        image: any size, mode RGB.
    """
    middle = image.resize((GREY_SIDE, GREY_SIDE), Image.Resampling.BILINEAR, reducing_gap=3.0)
    small = middle.reduce(GREY_SIDE // COLOUR_SIDE)
    levels = np.asarray(small)
    rgb = levels.astype(np.float32) / 255
    value = rgb.max(axis=2)
    lightness, green_red, blue_yellow = _cie_lab(levels)
    grey = np.asarray(middle.convert("L"), dtype=np.float32) / 255
    down, across = np.gradient(grey)
    return Planes(
        red=rgb[..., 0],
        green=rgb[..., 1],
        blue=rgb[..., 2],
        hue=np.asarray(small.convert("HSV"))[..., 0].astype(np.float32) / 255,
        saturation=value - rgb.min(axis=2),
        value=value,
        luma=rgb @ _LUMA,
        lightness=lightness,
        green_red=green_red,
        blue_yellow=blue_yellow,
        grey=grey,
        slope=np.hypot(across, down),
        angle=np.mod(np.arctan2(down, across) / np.float32(np.pi), 1),
        aspect=image.width / image.height,
    )


def cells(plane: Plane, count: int) -> Plane:
    """Cut a plane into ``count`` x ``count`` cells; what is left over on the far sides is dropped.

    Returns:
        The pixels of each cell, row by row ``[count * count, P]``.
    """
    side = plane.shape[0] // count
    cut = plane[: side * count, : side * count].reshape(count, side, count, side)
    return cut.transpose(0, 2, 1, 3).reshape(count * count, side * side)


def grid(count: int) -> list[str]:
    """Name the cells of ``cells``: row and column from 1."""
    return [f"{row}{column}" for row in range(1, count + 1) for column in range(1, count + 1)]


#: For each pixel its lower bin, its upper bin, and the share of the upper one.
SoftBins = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Plane]


def soft_bins(plane: Plane, count: int, around: bool = False) -> SoftBins:
    """Share each pixel between the two nearest of ``count`` bins, so that no border matters.

    Args:
        plane: values from 0 to 1.
        count: bins.
        around: whether 1 is 0 again, as for a hue; else the first bin is at 0, the last at 1.
    """
    at = plane.ravel() * (count if around else count - 1)
    lower = at.astype(np.int64)
    share = at - lower
    if around:
        return lower % count, (lower + 1) % count, share
    return lower.clip(max=count - 1), (lower + 1).clip(max=count - 1), share


def soft_histogram(
    bins: SoftBins, count: int, weight: Plane | None = None
) -> npt.NDArray[np.float64]:
    """Count pixels in soft bins.

    Args:
        bins: of P pixels.
        count: bins.
        weight: how much each pixel counts ``[P]``; 1 if ``None``.

    Returns:
        The weight in each bin over the number of pixels ``[count]``.
    """
    lower, upper, share = bins
    weight = np.ones_like(share) if weight is None else weight
    total = np.bincount(lower, weight * (1 - share), count)
    return (total + np.bincount(upper, weight * share, count)) / len(lower)


def soft_joint_histogram(
    first: SoftBins, rows: int, second: SoftBins, columns: int
) -> npt.NDArray[np.float64]:
    """Count pixels in soft bins of two planes.

    Returns:
        Shares of the pixels ``[rows * columns]``, row by row.
    """
    (low, high, share), count = first, rows * columns
    lower, upper, along = second
    found = soft_histogram((low * columns + lower, low * columns + upper, along), count, 1 - share)
    return found + soft_histogram(
        (high * columns + lower, high * columns + upper, along), count, share
    )


def _cie_lab(levels: npt.NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    linear = _LINEAR.astype(np.float32)[levels]
    xyz = linear @ _XYZ.T.astype(np.float32)
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * (841 / 108) + 4 / 29)
    x, y, z = np.moveaxis(root.astype(np.float32), 2, 0)
    return 1.16 * y - 0.16, 5 * (x - y), 2 * (y - z)
