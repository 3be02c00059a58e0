"""Sum contours up over time: from any number of frames to a fixed number of named columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gnn_emotion.encoders.audio.contours import FRAMES_PER_SECOND, Contour, Contours, Mask, runs

#: Frames between the two ends of a change.
_LAGS = (1, 4, 16)
#: Statistics of a contour, and what each is multiplied by to be about 1 in size.
STATISTICS = {
    "mean": 1.0,
    "std": 2.0,
    "p10": 1.0,
    "p50": 1.0,
    "p90": 1.0,
    "slope": 2.0,
    "change10ms": 8.0,
    "change40ms": 3.0,
    "change160ms": 2.0,
}
#: Loudness, relative to the loudest, from which a peak counts as a syllable (contour units).
_SYLLABLE = -1.0
Row = dict[str, float]


def summarise(contours: Contours) -> Row:
    """Compute all columns that do not depend on how loud the recording is.

    Args:
        contours: of F frames.

    Returns:
        Name -> value, in a fixed order, about 1 in size; 0 where there is nothing to measure.
    """
    active, voiced = contours.active, contours.voiced
    shape = np.stack(list(contours.shape.values()), axis=1)
    row: Row = {}
    for where, mask in (("active", active), ("voiced", voiced)):
        row |= _named(contours.shape, where, statistics(shape, mask))
    row |= _named(["pitch"], "voiced", statistics(contours.pitch[:, None], voiced))
    row |= _moments("mfcc", contours.mfcc, active)
    for order in (1, 2):
        change = np.abs(contours.mfcc_delta[order - 1])
        row |= {f"mfcc{k}_delta{order}": v for k, v in enumerate(_mean(change, active))}
    row |= _moments("mel", contours.mel, active)
    row |= _moments("contrast", contours.contrast, active)
    return row | _timing(contours) | _unsteadiness(contours)


def statistics(contours: Contour, mask: Mask) -> npt.NDArray[np.float64]:
    """Compute the ``STATISTICS`` of the frames of a mask.

    Slopes are per half of the sound; a change is the mean absolute difference of two frames of the
    mask that lie 10, 40 or 160 ms apart.

    Args:
        contours: ``[F, C]``.
        mask: ``[F]``.

    Returns:
        ``[C, 9]``; zero when there are less than three frames.
    """
    frames = contours[mask]
    if len(frames) < 3:
        return np.zeros((contours.shape[1], len(STATISTICS)))
    time = np.linspace(-1, 1, len(frames))
    rows = [frames.mean(0), frames.std(0), *np.percentile(frames, [10, 50, 90], axis=0)]
    rows.append(time @ (frames - rows[0]) / (time**2).sum())
    for lag in _LAGS:
        change = np.abs(contours[lag:] - contours[:-lag])
        rows.append(_mean(change, mask[lag:] & mask[:-lag]))
    return np.stack(rows, axis=1) * list(STATISTICS.values())


def _named(names: list[str] | dict[str, Contour], where: str, values: Contour) -> Row:
    return {
        f"{name}_{where}_{statistic}": float(value)
        for name, row in zip(names, values, strict=True)
        for statistic, value in zip(STATISTICS, row, strict=True)
    }


def _moments(name: str, contours: Contour, mask: Mask) -> Row:
    """Mean and standard deviation of many contours."""
    mean, spread = _mean(contours, mask), np.zeros(contours.shape[1])
    if mask.any():
        spread = contours[mask].std(0) * STATISTICS["std"]
    return {
        f"{name}{k}_{statistic}": float(values[k])
        for statistic, values in (("mean", mean), ("std", spread))
        for k in range(contours.shape[1])
    }


def _mean(contours: Contour, mask: Mask) -> Contour:
    return contours[mask].mean(0) if mask.any() else np.zeros(contours.shape[1])


def _timing(contours: Contours) -> Row:
    """How much of it is sound, speech and voice; how long and how frequent its pieces are."""
    starts, stops = runs(contours.voiced)
    lengths = (stops - starts) / FRAMES_PER_SECOND
    speech = np.flatnonzero(contours.speech)
    span = (speech[-1] - speech[0] + 1) / FRAMES_PER_SECOND if len(speech) else 1.0
    loud = np.convolve(contours.shape["level"], np.full(5, 0.2), mode="same")
    inside = loud[1:-1]
    peaks = (inside > loud[:-2]) & (inside >= loud[2:]) & (inside > _SYLLABLE)
    return {
        "active_seconds": _log_seconds(contours.active),
        "speech_seconds": _log_seconds(contours.speech),
        "voiced_seconds": _log_seconds(contours.voiced),
        "voiced_share": float(contours.voiced.sum() / max(len(speech), 1)),
        "voiced_per_second": len(starts) / span / 4,
        "speech_per_second": len(runs(contours.speech)[0]) / span / 4,
        "syllables_per_second": float(peaks.sum() / span / 8),
        "voiced_length_mean": float(lengths.mean()) * 5 if len(lengths) else 0.0,
        "voiced_length_std": float(lengths.std()) * 5 if len(lengths) else 0.0,
    }


def _log_seconds(mask: Mask) -> float:
    return float(np.log2(1 + mask.sum() / FRAMES_PER_SECOND)) / 2


def _unsteadiness(contours: Contours) -> Row:
    """Change of pitch and loudness from one voiced frame to the next, as jitter and shimmer do.

    True jitter compares single periods; at 10 ms it is the coarse part of it that is left. Rises
    and falls are the slopes of the pitch in voiced pieces, in octaves per 100 ms.
    """
    pitch, level = contours.pitch, contours.shape["level"]
    both = contours.voiced[1:] & contours.voiced[:-1]
    jitter, shimmer = np.abs(np.diff(pitch))[both], np.abs(np.diff(level))[both]
    slopes = np.array(
        [
            np.polyfit(np.arange(stop - start) / 10, pitch[start:stop], 1)[0]
            for start, stop in zip(*runs(contours.voiced), strict=True)
            if stop - start >= 5
        ]
    )
    return {
        "jitter_mean": float(jitter.mean()) * 20 if len(jitter) else 0.0,
        "jitter_p50": float(np.median(jitter)) * 40 if len(jitter) else 0.0,
        "shimmer_mean": float(shimmer.mean()) * 10 if len(shimmer) else 0.0,
        "pitch_glide": float(slopes.mean()) * 5 if len(slopes) else 0.0,
        "pitch_glide_size": float(np.abs(slopes).mean()) * 5 if len(slopes) else 0.0,
    }
