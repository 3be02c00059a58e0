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

from gnn_emotion.encoders.sound import RATE, Wave

#: Samples from one frame to the next: 10 ms.
HOP = 160
#: Where a voice may be, in Hz.
LOWEST, HIGHEST = 60.0, 600.0
#: Harmonics up to 4 kHz are enough, at a quarter of the cost.
_HALF = 2
_RATE, _HOP = RATE // _HALF, HOP // _HALF
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
    correlation = _correlate(resample_poly(wave, 1, _HALF).astype(np.float32))
    lags = np.arange(correlation.shape[1])
    octaves = np.log2(np.maximum(lags, 1) / _SHORTEST)
    merit = np.where(_is_peak(correlation), correlation - _OCTAVE_COST * octaves, -2.0)
    merit[:, lags < _SHORTEST] = -3.0
    lag = merit.argmax(1)
    clear = np.take_along_axis(correlation, lag[:, None], 1)[:, 0] > _CLEAR
    if clear.any():
        centre = np.median(octaves[lag[clear]])
        merit[:, (octaves < centre - _ABOVE) | (octaves > centre + _BELOW)] = -3.0
        lag = merit.argmax(1)
    return _refine(correlation, lag)


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


def _is_peak(correlation: Contour) -> npt.NDArray[np.bool_]:
    inside = correlation[:, 1:-1]
    peak = (inside >= correlation[:, :-2]) & (inside >= correlation[:, 2:])
    return np.pad(peak, ((0, 0), (1, 1)))


def _refine(correlation: Contour, lag: npt.NDArray[np.int64]) -> tuple[Contour, Contour]:
    """Put a parabola through the peak and its neighbours."""
    lag = lag.clip(_SHORTEST, _LONGEST)
    rows = np.arange(len(lag))
    before, here, after = (correlation[rows, lag + k] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(bend < -1e-6, 0.5 * (before - after) / np.minimum(bend, -1e-6), 0.0)
    pitch = _RATE / (lag + shift.clip(-0.5, 0.5))
    return pitch.clip(LOWEST, HIGHEST), here.clip(-1.0, 1.0)
