"""Affective descriptors of colour: what hues, how bright, how vivid, how opposed.

The groups follow Machajdik and Hanbury 2010 (Affective image classification using features
inspired by psychology and art theory); the source of each is in its function.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gnn_emotion.encoders.image.affect_planes import (
    Descriptor,
    Plane,
    Planes,
    cells,
    soft_bins,
    soft_histogram,
    soft_joint_histogram,
)

Numbers = npt.ArrayLike

_MOMENTS_OF = ("lightness", "green_red", "blue_yellow", "saturation", "value")
_HUES = (
    "red",
    "orange",
    "yellow",
    "chartreuse",
    "green",
    "spring",
    "cyan",
    "azure",
    "blue",
    "violet",
    "magenta",
    "rose",
)
_SHADES = ("black", "white", "grey", "brown", "pink")
_BRIGHTNESS = ("very_dark", "dark", "middle", "bright", "very_bright")
_VIVID = ("dull", "middle", "vivid")
_TINY = 1e-6


def _moments(planes: Planes) -> Numbers:
    """Mean, spread and signed root of the skew of each channel (Stricker and Orengo 1995).

    Hues go around: their mean is a vector, weighed by saturation (Hanbury 2003).
    """
    found = []
    for name in _MOMENTS_OF:
        channel: Plane = getattr(planes, name)
        off = channel - channel.mean()
        found += [channel.mean(), channel.std(), np.cbrt((off * off * off).mean())]
    across, up = _hue_vector(planes, 1)
    cos, sin = across.mean(), up.mean()
    return [*found, cos, sin, np.hypot(cos, sin) / (planes.saturation.mean() + _TINY)]


def _pad(planes: Planes) -> Numbers:
    """Pleasure, arousal and dominance of brightness and saturation (Valdez and Mehrabian 1994)."""
    bright, vivid = planes.luma, planes.saturation
    pleasure = 0.69 * bright + 0.22 * vivid
    arousal = -0.31 * bright + 0.60 * vivid
    dominance = -0.76 * bright + 0.32 * vivid
    return [f(plane) for plane in (pleasure, arousal, dominance) for f in (np.mean, np.std)]


def _names(planes: Planes) -> Numbers:
    """Share of the pixels that would be called by a name, square root.

    Basic colour terms (Berlin and Kay 1969), by soft regions of HSV that were laid down by hand for
    this project: no learned table.
    """
    hue, value = planes.hue.ravel(), planes.value.ravel()
    vivid = planes.saturation.ravel() / np.maximum(value, 1e-3)
    colour = _rise(vivid, 0.15, 0.35) * _rise(value, 0.15, 0.30)
    black = 1 - _rise(value, 0.10, 0.30)
    white = (1 - colour) * _rise(value, 0.70, 0.90)
    grey = np.clip(1 - colour - black - white, 0, 1)
    dark = 1 - _rise(value, 0.30, 0.60)
    brown = colour * dark * np.clip(1 - np.abs(hue - 0.07) / 0.07, 0, 1)
    reddish = np.clip(1 - np.minimum(hue, 1 - hue) / 0.1, 0, 1)
    pink = colour * (1 - dark) * reddish * (1 - _rise(vivid, 0.40, 0.70))
    named = soft_histogram(
        soft_bins(hue, len(_HUES), around=True), len(_HUES), colour - brown - pink
    )
    shades = [shade.mean() for shade in (black, white, grey, brown, pink)]
    return np.sqrt([*named.clip(min=0), *shades])


def _brightness_saturation(planes: Planes) -> Numbers:
    """Soft histogram of brightness and saturation, square root (Wang, Yu and Jiang 2006)."""
    bright = soft_bins(planes.luma, len(_BRIGHTNESS))
    vivid = soft_bins(planes.saturation, len(_VIVID))
    return np.sqrt(soft_joint_histogram(bright, len(_BRIGHTNESS), vivid, len(_VIVID)))


def _warmth(planes: Planes) -> Numbers:
    """Warm against cold: nearness of the hue to orange (Wang, Yu and Jiang 2006)."""
    warm = _warm(planes)
    return [warm.mean(), warm.std(), warm.clip(min=0).mean(), -warm.clip(max=0).mean()]


def _contrasts(planes: Planes) -> Numbers:
    """Contrasts of Itten 1961, between the 16 cells of a grid and between all hues.

    Machajdik and Hanbury 2010 take them between segmented regions; a grid needs no segmentation.
    """
    across, up = (cells(plane, 4).mean(axis=1) for plane in _hue_vector(planes, 1))
    spread = 1 - np.hypot(across.mean(), up.mean()) / (np.hypot(across, up).mean() + _TINY)
    # Opposite hues cancel in the mean of hues, and agree in the mean of doubled hues.
    twice = [plane.mean() for plane in _hue_vector(planes, 2)]
    opposed = np.hypot(*twice) / (planes.saturation.mean() + _TINY)
    hues = soft_bins(planes.hue, 12, around=True)
    wheel = soft_histogram(hues, 12, planes.saturation.ravel())
    wheel /= planes.saturation.mean() + _TINY
    complementary = np.sqrt((wheel * np.roll(wheel, 6)).sum())
    entropy = -(wheel * np.log(wheel + _TINY)).sum() / np.log(12)
    over = [cells(p, 4).mean(axis=1) for p in (planes.luma, planes.saturation, _warm(planes))]
    spreads = [f(plane) for plane in over for f in (np.std, np.ptp)]
    return [*spreads, spread, opposed, complementary, entropy]


def _colourfulness(planes: Planes) -> Numbers:
    """Spread and mean of the opponent colours (Hasler and Suesstrunk 2003)."""
    red_green = planes.red - planes.green
    yellow_blue = (planes.red + planes.green) / 2 - planes.blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return [spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())]


def _hue_vector(planes: Planes, times: int) -> tuple[Plane, Plane]:
    turn = planes.hue * np.float32(2 * np.pi * times)
    return planes.saturation * np.cos(turn), planes.saturation * np.sin(turn)


def _warm(planes: Planes) -> Plane:
    return planes.saturation * np.cos(np.float32(2 * np.pi) * (planes.hue - np.float32(1 / 12)))


def _rise(plane: Plane, start: float, end: float) -> Plane:
    return np.clip((plane - start) / (end - start), 0, 1)


DESCRIPTORS = (
    Descriptor(
        "moments",
        [
            *(f"{name}_{moment}" for name in _MOMENTS_OF for moment in ("mean", "std", "skew")),
            *("hue_cos", "hue_sin", "hue_concentration"),
        ],
        _moments,
        0,
        4,
    ),
    Descriptor(
        "pad",
        [f"{name}_{of}" for name in ("pleasure", "arousal", "dominance") for of in ("mean", "std")],
        _pad,
        0,
        6,
    ),
    Descriptor("name", [*_HUES, *_SHADES], _names, 0.2, 4),
    Descriptor(
        "light",
        [f"{bright}_{vivid}" for bright in _BRIGHTNESS for vivid in _VIVID],
        _brightness_saturation,
        0.2,
        4,
    ),
    Descriptor("warmth", ["mean", "std", "warm", "cold"], _warmth, 0, 5),
    Descriptor(
        "contrast",
        [
            *(f"{name}_{of}" for name in ("light", "vivid", "warm") for of in ("std", "range")),
            *("hue_spread", "hue_opposed", "complementary", "hue_entropy"),
        ],
        _contrasts,
        0.3,
        3,
    ),
    Descriptor("colourfulness", ["all"], _colourfulness, 0.15, 5),
)
