"""Pitch and how periodic a sound is, frame by frame: the normalised cross-correlation.

Librosa's fast estimator (yin) does not say whether a frame has a pitch at all, and the one that
does (pyin) runs slower than a video plays. One correlation gives both here.

After Talkin, "A Robust Algorithm for Pitch Tracking (RAPT)", in Speech Coding and Synthesis, 1995;
in place of its dynamic programming, the range is narrowed to that of the voice in a second look, as
De Looze and Hirst propose ("Detecting changes in key and range for the automatic modelling and
coding of intonation", Speech Prosody 2008).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, rfft
from scipy.signal import resample_poly

from gnn_emotion.encoders.audio.sound import RATE, Wave

#: Samples from one frame to the next: 10 ms.
HOP = 160
#: Where a voice may be, in Hz.
LOWEST, HIGHEST = 60.0, 600.0
#: Harmonics up to 4 kHz are enough, at a quarter of the cost.
_HALF = 2
_RATE, _HOP = RATE // _HALF, HOP // _HALF
#: Softens what is above 2 kHz, where a period is few samples.
_SMOOTH = (0.25, 0.5, 0.25)
_FRAME = 512
_LONGEST = round(_RATE / LOWEST)
_SHORTEST = round(_RATE / HIGHEST)
_WINDOW = _FRAME - _LONGEST - 1
#: A frame counts for the range of a voice when it is this periodic.
_CLEAR = 0.8
#: The second look goes this many octaves below and above the median of the first.
_BELOW, _ABOVE = 0.8, 1.3
#: Every octave down must be this much more periodic: twice a period is a period too.
_OCTAVE_COST = 0.03

Contour = npt.NDArray[np.floating[Any]]


def track_pitch(wave: Wave) -> tuple[Contour, Contour]:
    """Estimate pitch and periodicity every 10 ms.

    Args:
        wave: at 16 kHz, ``[T]``, free of rumble.

    Returns:
        Pitch in Hz ``[F]``, in 60 to 600 whether or not there is one; and how much the sound
        repeats itself at that period ``[F]``, at most 1. F is ``1 + T // 160``.
    """
    halved = np.convolve(resample_poly(wave, 1, _HALF), _SMOOTH)[1:-1]
    correlation = _correlate(halved.astype(np.float32))
    height, shift = _peaks(correlation)
    octaves = np.log2(np.maximum(np.arange(height.shape[1]), 1) / _SHORTEST)
    merit = np.where(octaves < 0, -3.0, height - _OCTAVE_COST * octaves)
    lag, rows = merit.argmax(1), np.arange(len(merit))
    clear = height[rows, lag] > _CLEAR
    if clear.any():
        centre = np.median(octaves[lag[clear]])
        beyond = (octaves < centre - _ABOVE) | (octaves > centre + _BELOW)
        lag = np.where(beyond, -3.0, merit).argmax(1)
    pitch = _RATE / (lag + shift[rows, lag]).clip(1.0)
    return pitch.clip(LOWEST, HIGHEST), height[rows, lag].clip(-1.0, 1.0)


def _correlate(wave: Wave) -> Contour:
    """Compare the start of every frame with what is 0 to ``_LONGEST + 1`` samples later."""
    padded = np.pad(wave, _FRAME // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP]
    frames = frames - frames.mean(1, keepdims=True)
    # No zeros are appended: lags below zero wrap around to beyond the longest.
    start = rfft(frames[:, :_WINDOW], _FRAME)
    product = irfft(np.conj(start) * rfft(frames), _FRAME)[:, : _LONGEST + 2]
    total = np.cumsum(np.pad(frames.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
    energy = total[:, _WINDOW : _WINDOW + _LONGEST + 2] - total[:, : _LONGEST + 2]
    # A floor of energy: digital silence, and noise near it, repeats nothing.
    return product / np.sqrt(energy * energy[:, :1] + 1e-4)


def _peaks(correlation: Contour) -> tuple[Contour, Contour]:
    """Put a parabola through every peak and its neighbours.

    A period rarely is a whole number of samples: without it, twice the period may look better.

    Returns:
        Height of the peaks, -2 where there is none; and how far they are from the sample.
    """
    before, here, after = correlation[:, :-2], correlation[:, 1:-1], correlation[:, 2:]
    bend = np.minimum(before - 2 * here + after, -1e-9)
    shift = (0.5 * (before - after) / bend).clip(-0.5, 0.5)
    peak = (here >= before) & (here >= after)
    height = np.where(peak, here - 0.25 * (before - after) * shift, -2.0)
    edge = ((0, 0), (1, 1))
    return np.pad(height, edge, constant_values=-2.0), np.pad(shift, edge)
