"""Affective descriptors of texture: how fine, how rough, in which directions.

The groups follow Machajdik and Hanbury 2010, with local binary patterns beside them; the source of
each is in its function.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gnn_emotion.encoders.image.affect_planes import (
    Descriptor,
    Plane,
    Planes,
    soft_bins,
    soft_histogram,
)

Numbers = npt.ArrayLike

_CHANNELS = ("grey", "green_red", "blue_yellow", "saturation")
_BANDS = ("across", "down", "diagonal")
_SCALES = 3
_GREY_LEVELS = 16
_GLCM = ("contrast", "correlation", "energy", "homogeneity", "entropy")
_WINDOWS = 5
_DIRECTIONS = 16
_ORIENTATIONS = 12
#: Steps to the eight neighbours of a pixel, around it.
_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
#: A neighbour counts as brighter from this many of 256 levels: the noise of JPEG is below.
_BRIGHTER = 2


def haar(plane: Plane) -> tuple[Plane, tuple[Plane, Plane, Plane]]:
    """Take one step of the Haar wavelet transform.

    Args:
        plane: sides even ``[S, S]``.

    Returns:
        The mean, and the differences across, down and diagonal, ``[S / 2, S / 2]`` each.
    """
    total, apart = plane[0::2] + plane[1::2], plane[0::2] - plane[1::2]
    mean, across = total[:, 0::2] + total[:, 1::2], total[:, 0::2] - total[:, 1::2]
    down, diagonal = apart[:, 0::2] + apart[:, 1::2], apart[:, 0::2] - apart[:, 1::2]
    return mean / 4, (across / 4, down / 4, diagonal / 4)


def _wavelet(planes: Planes) -> Numbers:
    """Mean size of the wavelet coefficients of three scales, log10 (Datta et al. 2006)."""
    found = []
    for name in _CHANNELS:
        plane: Plane = getattr(planes, name)
        for _ in range(_SCALES):
            plane, bands = haar(plane)
            found += [np.abs(band).mean() for band in bands]
    return np.log10(np.array(found) + 1e-3)


def _glcm(planes: Planes) -> Numbers:
    """Statistics of the grey levels of neighbours, over four directions (Haralick et al. 1973)."""
    opposed = (planes.green_red + 0.5, planes.blue_yellow + 0.5)
    channels = (planes.grey, *opposed, planes.saturation)
    return [number for channel in channels for number in _haralick(_neighbour_levels(channel))]


def _neighbour_levels(channel: Plane) -> npt.NDArray[np.float64]:
    """Count the levels of neighbours, both ways ``[levels, levels]``; sums to 1."""
    level = (channel * _GREY_LEVELS).clip(0, _GREY_LEVELS - 1).astype(np.int64)
    high = level * _GREY_LEVELS
    pairs = (
        high[:, 1:] + level[:, :-1],
        high[1:] + level[:-1],
        high[1:, 1:] + level[:-1, :-1],
        high[1:, :-1] + level[:-1, 1:],
    )
    count = np.zeros(_GREY_LEVELS**2)
    for pair in pairs:
        count += np.bincount(pair.ravel(), minlength=_GREY_LEVELS**2)
    joint = count.reshape(_GREY_LEVELS, _GREY_LEVELS) / count.sum()
    return (joint + joint.T) / 2


def _haralick(joint: npt.NDArray[np.float64]) -> list[float]:
    level = np.arange(_GREY_LEVELS)
    apart, share = np.abs(level[:, None] - level), joint.sum(axis=1)
    off = level - share @ level
    variance = share @ (off * off)
    return [
        float(np.log10((joint * apart**2).sum() + 0.01)),
        float((off @ joint @ off) / (variance + 1e-3)),
        float(np.sqrt((joint * joint).sum())),
        float((joint / (1 + apart)).sum()),
        float(-(joint * np.log(joint + 1e-12)).sum() / np.log(joint.size)),
    ]


def _tamura(planes: Planes) -> Numbers:
    """Coarseness, contrast and directionality (Tamura, Mori and Yamawaki 1978).

    Coarseness comes with the share of the pixels whose best window is 2, 4, ... 32 pixels wide, for
    which the paper takes the mean alone. Directionality is the greatest bin and the entropy of the
    directions of the edges.
    """
    best = _best_windows(planes.grey)
    sizes = np.bincount(best.ravel(), minlength=_WINDOWS) / best.size
    off = planes.grey - planes.grey.mean()
    squares = off * off
    variance = squares.mean()
    kurtosis = (squares * squares).mean() / (variance * variance + 1e-8)
    contrast = np.sqrt(variance) / (kurtosis + 1e-3) ** 0.25
    place = np.minimum(planes.angle * _DIRECTIONS, _DIRECTIONS - 1).astype(np.int64)
    edges = np.bincount(place[planes.slope > 0.05], minlength=_DIRECTIONS)
    share = edges / (edges.sum() + 1)
    entropy = -(share * np.log(share + 1e-9)).sum() / np.log(_DIRECTIONS)
    mean = sizes @ np.arange(1, _WINDOWS + 1) / _WINDOWS
    return [mean, contrast, share.max(), entropy, *sizes]


def _best_windows(grey: Plane) -> npt.NDArray[np.int64]:
    """Find, at every second pixel, which windows beside it differ most in their mean.

    Returns:
        ``k``, for windows of 2, 4, ... 32 pixels ``[S / 2, S / 2]``.
    """
    halved = haar(grey)[0]
    side, reach = halved.shape[0], 2**_WINDOWS
    padded = np.pad(halved.astype(np.float64), reach, mode="edge")
    total = np.pad(padded.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    differences = []
    for width in (2**k for k in range(_WINDOWS)):
        # Sums over windows that start `width` before each pixel or at it, centred on its row.
        rows = total[width:] - total[:-width]
        sums = (rows[:, width:] - rows[:, :-width]) / width**2
        here, centred = (
            slice(reach, reach + side),
            slice(reach - width // 2, reach - width // 2 + side),
        )
        before = slice(reach - width, reach - width + side)
        across = np.abs(sums[centred, here] - sums[centred, before])
        down = np.abs(sums[here, centred] - sums[before, centred])
        differences.append(np.maximum(across, down))
    return np.argmax(differences, axis=0)


def _lbp(planes: Planes) -> Numbers:
    """Shares of the uniform local binary patterns, square root (Ojala et al. 2002)."""
    grey = np.rint(planes.grey * 255).astype(np.int16)
    inner, side = grey[1:-1, 1:-1] + _BRIGHTER, grey.shape[0]
    code = np.zeros(inner.shape, dtype=np.uint8)
    for bit, (down, across) in enumerate(_AROUND):
        beside = grey[1 + down : side - 1 + down, 1 + across : side - 1 + across]
        code |= (beside >= inner).astype(np.uint8) << bit
    count = np.bincount(_UNIFORM[code].ravel(), minlength=len(_PATTERNS))
    return np.sqrt(count / code.size)


def _edge_orientations(planes: Planes) -> Numbers:
    """Mean gradient by direction, square root: one cell of Dalal and Triggs 2005."""
    directions = soft_bins(planes.angle, _ORIENTATIONS, around=True)
    return np.sqrt(soft_histogram(directions, _ORIENTATIONS, planes.slope.ravel()))


def _uniform_patterns() -> tuple[list[str], npt.NDArray[np.int64]]:
    """Name the 58 codes that change at most twice around, and one for the rest; map 256 codes."""
    place = np.full(256, 58, dtype=np.int64)
    names: list[str] = []
    for code in range(256):
        bits = f"{code:08b}"
        if sum(a != b for a, b in zip(bits, bits[1:] + bits[0], strict=True)) <= 2:
            place[code] = len(names)
            names.append(bits)
    return [*names, "other"], place


_PATTERNS, _UNIFORM = _uniform_patterns()

DESCRIPTORS = (
    Descriptor(
        "wavelet",
        [
            f"{channel}_{scale}_{band}"
            for channel in _CHANNELS
            for scale in range(1, _SCALES + 1)
            for band in _BANDS
        ],
        _wavelet,
        -2,
        2,
    ),
    Descriptor("glcm", [f"{c}_{name}" for c in _CHANNELS for name in _GLCM], _glcm, 0.3, 2),
    Descriptor(
        "tamura",
        [
            *("coarseness", "contrast", "direction", "direction_entropy"),
            *(f"window_{2**k}" for k in range(1, _WINDOWS + 1)),
        ],
        _tamura,
        0.4,
        5,
    ),
    Descriptor("lbp", _PATTERNS, _lbp, 0.1, 8),
    Descriptor(
        "orientation", [f"{k}_of_12" for k in range(_ORIENTATIONS)], _edge_orientations, 0.06, 15
    ),
)
