"""Affective descriptors of composition: where things are, how much there is, what stands out.

The groups follow Machajdik and Hanbury 2010 and Datta et al. 2006; the source of each is in its
function.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from gnn_emotion.encoders.image.affect_planes import (
    COLOUR_SIDE,
    Descriptor,
    Plane,
    Planes,
    cells,
    grid,
)
from gnn_emotion.encoders.image.affect_texture import haar

Numbers = npt.ArrayLike

#: A gradient of this much a pixel is an edge; one of less than the other is a flat place.
_EDGE, _FLAT = 0.08, 0.004
_DETAIL_LEVELS = 6
_THIRDS = slice(COLOUR_SIDE // 3, COLOUR_SIDE - COLOUR_SIDE // 3)


def _edges(planes: Planes) -> Numbers:
    """Density of edges, whole and by cell, and how evenly they lie.

    Sharpness is the variance of the Laplacian (Pech-Pacheco et al. 2000), log10.
    """
    edge = (planes.slope > _EDGE).astype(np.float32)
    sharp = 1 + np.log10(ndimage.laplace(planes.grey).var() + 1e-5) / 5
    spread = [edge.mean(axis=axis).std() for axis in (0, 1)]
    flat = (planes.slope < _FLAT).mean()
    slope = [planes.slope.mean(), planes.slope.std()]
    return [edge.mean(), *slope, sharp, flat, *spread, *cells(edge, 3).mean(axis=1)]


def _palette(planes: Planes) -> Numbers:
    """Few or many colours, of 4096, and the shares of the most frequent.

    They tell drawings and screens from photographs (Athitsos, Swain and Frankel 1997).
    """
    channels = (planes.red, planes.green, planes.blue)
    red, green, blue = ((plane * 255.5).astype(np.int64) >> 4 for plane in channels)
    share = np.bincount(((red << 8) | (green << 4) | blue).ravel(), minlength=4096) / red.size
    top, used = np.sort(share)[:-6:-1], share[share > 0]
    entropy = -(used * np.log(used)).sum() / np.log(4096)
    many = np.log10((used > 0.005).sum() + 1) / 2
    return [np.sqrt(top[0]), np.sqrt(top[1]), top.sum(), np.log10(len(used)) / 3, many, entropy]


def _skin(planes: Planes) -> Numbers:
    """Share of the pixels with the chroma of skin, whole and by cell, square root.

    Range of Chai and Ngan 1999 in YCbCr (ITU-R BT.601) with soft borders, not in the dark.
    """
    red, green, blue = (255 * plane for plane in (planes.red, planes.green, planes.blue))
    cb = 128 - 0.168736 * red - 0.331264 * green + 0.5 * blue
    cr = 128 + 0.5 * red - 0.418688 * green - 0.081312 * blue
    skin = _within(cb, 77, 127) * _within(cr, 133, 173) * (planes.luma > 0.15)
    return np.sqrt([skin.mean(), *cells(skin, 3).mean(axis=1)])


def _within(plane: Plane, low: float, high: float) -> Plane:
    rise, fall = (plane - (low - 4)) / 8, ((high + 4) - plane) / 8
    return np.clip(rise, 0, 1) * np.clip(fall, 0, 1)


def _saliency(planes: Planes) -> Numbers:
    """Where the picture stands out (spectral residual, Hou and Zhang 2007).

    Centre, spread, distance to the nearest crossing of the thirds, how vivid and bright it is
    there, and by cell.
    """
    salient = _spectral_residual(_halved(planes.grey))
    at = np.linspace(0, 1, COLOUR_SIDE)
    by_row, by_column = salient.sum(axis=1), salient.sum(axis=0)
    x, y = by_column @ at, by_row @ at
    wide, high = np.sqrt(by_column @ (at - x) ** 2), np.sqrt(by_row @ (at - y) ** 2)
    thirds = itertools.product((1 / 3, 2 / 3), repeat=2)
    far = min(np.hypot(x - a, y - b) for a, b in thirds)
    stands_out = [(salient * p).sum() - p.mean() for p in (planes.saturation, planes.luma)]
    return [x, y, wide, high, far, *stands_out, *np.sqrt(cells(salient, 3).sum(axis=1))]


def _spectral_residual(grey: Plane) -> Plane:
    """Saliency of each pixel; sums to 1."""
    spectrum = fft.rfft2(grey)
    size = np.log(np.abs(spectrum) + 1e-4)
    residual = size - ndimage.uniform_filter(size, 3, mode="nearest")
    rebuilt = fft.irfft2(np.exp(residual - size) * spectrum, s=grey.shape)
    salient = ndimage.gaussian_filter(rebuilt * rebuilt, 2.5, truncate=3)
    return salient / (salient.sum() + 1e-12)


def _focus(planes: Planes) -> Numbers:
    """Low depth of field: share of the detail that lies in the middle, by scale.

    Features 53 to 55 of Datta et al. 2006, with Haar wavelets.
    """
    found = []
    for plane in (planes.grey, planes.saturation):
        for _ in range(3):
            plane, bands = haar(plane)
            detail = np.abs(bands).sum(axis=0)
            edge = len(detail) // 4
            found.append(detail[edge:-edge, edge:-edge].sum() / (detail.sum() + 1e-3))
    return found


def _balance(planes: Planes) -> Numbers:
    """Symmetry, and colour of the middle third against all of the picture.

    The rule of thirds as in features 5 to 7 of Datta et al. 2006.
    """
    grey, mirrored = planes.grey, planes.grey[:, ::-1]
    off = grey - grey.mean()
    alike = (off * off[:, ::-1]).mean() / ((off * off).mean() + 1e-4)
    apart = [np.abs(grey - mirrored).mean(), np.abs(grey - grey[::-1]).mean()]
    middle = [
        number
        for plane in (planes.saturation, planes.luma)
        for number in (
            plane[_THIRDS, _THIRDS].mean(),
            plane[_THIRDS, _THIRDS].mean() - plane.mean(),
        )
    ]
    return [*apart, alike, *middle]


def _detail(planes: Planes) -> Numbers:
    """Level of detail: how many connected regions of like brightness, log10.

    Machajdik and Hanbury 2010 count the regions of a waterfall segmentation.
    """
    level = (_halved(planes.grey) * _DETAIL_LEVELS).astype(np.int64)
    count = sum(ndimage.label(level == k)[1] for k in range(_DETAIL_LEVELS))
    return [np.log10(count + 1) / 3]


def _lines(planes: Planes) -> Numbers:
    """Dynamics: share of the edges that are level or upright (calm), and their main direction.

    Machajdik and Hanbury 2010 tell static from slanted lines, found by the Hough transform.
    """
    weight = planes.slope / (planes.slope.sum() + 1e-4)
    turn = planes.angle * np.float32(np.pi)
    cos, sin = np.cos(turn), np.sin(turn)
    calm = np.maximum(np.abs(cos), np.abs(sin)) > 0.97
    return [
        (weight * calm).sum(),
        (weight * np.abs(cos)).sum(),
        (weight * (cos * cos - sin * sin)).sum(),
        (weight * (2 * cos * sin)).sum(),
    ]


def _shape(planes: Planes) -> Numbers:
    """Width over height, log2, at most 8 either way."""
    return [np.clip(np.log2(planes.aspect), -3, 3)]


def _halved(plane: Plane) -> Plane:
    return haar(plane)[0]


DESCRIPTORS = (
    Descriptor(
        "edge",
        [
            *("density", "slope_mean", "slope_std", "sharpness", "flat"),
            *("columns_std", "rows_std", *grid(3)),
        ],
        _edges,
        0.2,
        4,
    ),
    Descriptor(
        "palette",
        ["first", "second", "first_five", "colours", "frequent_colours", "entropy"],
        _palette,
        0.5,
        4,
    ),
    Descriptor("skin", ["all", *grid(3)], _skin, 0.4, 2),
    Descriptor(
        "saliency",
        ["x", "y", "width", "height", "off_thirds", "vivid", "bright", *grid(3)],
        _saliency,
        0.3,
        5,
    ),
    Descriptor(
        "focus", [f"{name}_{k}" for name in ("grey", "vivid") for k in (1, 2, 3)], _focus, 0.3, 5
    ),
    Descriptor(
        "balance",
        [
            *("left_right_apart", "top_bottom_apart", "left_right_alike"),
            *(f"middle_{name}_{of}" for name in ("vivid", "bright") for of in ("mean", "excess")),
        ],
        _balance,
        0.1,
        4,
    ),
    Descriptor("detail", ["regions"], _detail, 0.8, 5),
    Descriptor("line", ["calm", "upright", "cos", "sin"], _lines, 0.3, 4),
    Descriptor("shape", ["aspect"], _shape, 0, 1),
)
