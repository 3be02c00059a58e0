"""What a sound is like every 10 ms: loudness, shape of the spectrum, voice; and where it speaks.

The low-level descriptors follow GeMAPS (Eyben et al., "The Geneva Minimalistic Acoustic Parameter
Set (GeMAPS) for Voice Research and Affective Computing", IEEE Transactions on Affective Computing
7(2), 2016) in spirit, not to the digit: levels are relative to the loudest part, because nobody
knows how far a phone was from the mouth, and formants are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfilt

from gnn_emotion.encoders.audio.pitch import HOP, track_pitch
from gnn_emotion.encoders.audio.sound import RATE, Wave
from gnn_emotion.schema.errors import ContractError

Contour = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]

FRAMES_PER_SECOND = RATE / HOP
_N_FFT, _WINDOW = 512, 400
_N_MELS, _N_MFCC, _N_CONTRAST = 40, 13, 6
#: Below full scale by 80 dB nothing is heard.
_SILENCE = 1e-4
#: Level in dB, relative to the loudest frames, of sound and of speech.
_ACTIVE, _SPEECH = -50.0, -28.0
#: A voiced frame repeats itself so much, for this long, within an octave of the median.
_PERIODIC, _FRAMES, _SEMITONES = 0.6, 3, 11.0
_FREQUENCIES = np.arange(_N_FFT // 2 + 1) * RATE / _N_FFT
_RUMBLE = butter(4, 70, "highpass", fs=RATE, output="sos")
#: Bands of the slopes of the spectrum in Hz, and a usual slope in dB per kHz.
_SLOPES = {(0, 500): 40.0, (500, 1500): 15.0, (1500, 4000): 6.0, (4000, 8000): 4.0}


@dataclass(frozen=True)
class Contours:
    """Descriptors of F frames, each offset and divided so that it is about 1 in size.

    Attributes:
        shape: one contour ``[F]`` a name: loudness, spectrum, voice quality.
        pitch: octaves above 150 Hz ``[F]``; meaningless where nothing is voiced.
        mfcc: cepstral coefficients ``[F, 13]``.
        mfcc_delta: their first and second derivative, each ``[F, 13]``.
        mel: log-mel bands ``[F, 20]``, without the mean of the frame.
        contrast: peaks over valleys in six octaves ``[F, 6]``.
        active: where there is sound ``[F]``.
        speech: where it is loud enough to be the voice in front ``[F]``.
        voiced: where it has a pitch ``[F]``.
    """

    shape: dict[str, Contour]
    pitch: Contour
    mfcc: Contour
    mfcc_delta: tuple[Contour, Contour]
    mel: Contour
    contrast: Contour
    active: Mask
    speech: Mask
    voiced: Mask


def import_librosa() -> Any:
    """Import librosa.

    Raises:
        ContractError: it is not installed.
    """
    try:
        import librosa
    except ImportError as error:
        raise ContractError(
            "the acoustic encoder needs librosa, which is not installed: "
            "pip install 'gnn-emotion[video]'"
        ) from error
    return librosa


def measure(wave: Wave) -> Contours:
    """Compute the contours of a wave.

    Args:
        wave: at 16 kHz ``[T]``, T at least 512, in [-1, 1].

    Returns:
        Contours of ``F = 1 + T // 160`` frames.

    Raises:
        ContractError: librosa is not installed.
    """
    librosa = import_librosa()
    clean = sosfilt(_RUMBLE, wave.astype(np.float64))
    clean = (clean / max(np.abs(clean).max(), _SILENCE)).astype(np.float32)
    magnitude = np.abs(librosa.stft(clean, n_fft=_N_FFT, hop_length=HOP, win_length=_WINDOW))
    power = magnitude**2
    level = _relative_level(power)
    pitch, periodicity = track_pitch(clean)
    semitones = 12 * np.log2(pitch / 150)
    shape = {
        "level": level / 20,
        "flux": _flux(power) / 0.3,
        "zero_crossings": _zero_crossings(librosa, clean) / 0.2,
        "harmonicity": -np.log10(1.005 - periodicity),
        "cepstral_peak": _cepstral_peak(librosa, clean) / 1.5,
        **_spectral(librosa, magnitude, power),
    }
    log_mel = _log_mel(librosa, power)
    mfcc = librosa.feature.mfcc(S=log_mel, n_mfcc=_N_MFCC) / _mfcc_scale()[:, None]
    return Contours(
        shape=shape,
        pitch=semitones / 12,
        mfcc=mfcc.T,
        mfcc_delta=_deltas(librosa, mfcc),
        mel=_tilt(log_mel).T / 10,
        contrast=_contrast(librosa, magnitude).T / 20,
        active=level > _ACTIVE,
        speech=level > _SPEECH,
        voiced=_voiced(level, periodicity, semitones),
    )


def runs(mask: Mask) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where runs of true start and where they stop, each ``[R]``."""
    steps = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)


def _relative_level(power: Contour) -> Contour:
    energy = power.sum(0)
    return 10 * np.log10(energy / max(np.percentile(energy, 98), 1e-9) + 1e-9)


def _flux(power: Contour) -> Contour:
    """Change of the shape of the spectrum since the frame before (Hellinger distance)."""
    share = np.sqrt(power / (power.sum(0) + 1e-9))
    change = np.sqrt((np.diff(share, axis=1) ** 2).sum(0))
    return np.concatenate([[0.0], change])


def _zero_crossings(librosa: Any, wave: Wave) -> Contour:
    return librosa.feature.zero_crossing_rate(wave, frame_length=_N_FFT, hop_length=HOP)[0]


def _cepstral_peak(librosa: Any, wave: Wave) -> Contour:
    """Height of the cepstrum at the pitch over its trend (Hillenbrand and Houde, 1996)."""
    magnitude = np.abs(librosa.stft(wave, n_fft=2 * _N_FFT, hop_length=HOP, win_length=640))
    cepstrum = np.fft.irfft(20 * np.log10(magnitude + 1e-6), axis=0)
    at = np.arange(RATE // 500, RATE // 60)
    trend = np.stack([at, np.ones(len(at))], axis=1)
    part = cepstrum[at]
    return (part - trend @ (np.linalg.pinv(trend) @ part)).max(0)


def _spectral(librosa: Any, magnitude: Contour, power: Contour) -> dict[str, Contour]:
    """Moments, roll-off, flatness, balance and slopes of the spectrum."""
    feature, decibel = librosa.feature, 10 * np.log10(power + 1e-10)
    found = {
        "centroid": _octaves(feature.spectral_centroid(S=power, freq=_FREQUENCIES)[0]),
        "bandwidth": _octaves(feature.spectral_bandwidth(S=power, freq=_FREQUENCIES)[0]),
        "flatness": np.log10(feature.spectral_flatness(S=magnitude)[0]) / 2 + 1.5,
        "alpha_ratio": (_sum(power, 50, 1000) - _sum(power, 1000, 5000)) / 20,
        "hammarberg_index": (_max(decibel, 0, 2000) - _max(decibel, 2000, 5000)) / 20,
    }
    total = np.cumsum(power, axis=0)
    for share in (25, 50, 75, 90):
        reached = (total < share / 100 * total[-1]).sum(0).clip(max=_N_FFT // 2)
        found[f"rolloff{share}"] = _octaves(_FREQUENCIES[reached])
    for (low, high), usual in _SLOPES.items():
        found[f"slope{low}_{high}"] = _slope(decibel, low, high) / usual
    return found


def _octaves(frequency: Contour) -> Contour:
    """Put a frequency on a scale that is logarithmic above 100 Hz, 0 at 1 kHz."""
    return np.log2((frequency + 100) / 1100)


def _band(low: float, high: float) -> slice:
    """Return the bins of ``low`` Hz and above, below ``high``."""
    return slice(*(math.ceil(edge * _N_FFT / RATE) for edge in (low, high)))


def _sum(power: Contour, low: float, high: float) -> Contour:
    return 10 * np.log10(power[_band(low, high)].sum(0) + 1e-10)


def _max(decibel: Contour, low: float, high: float) -> Contour:
    return decibel[_band(low, high)].max(0)


def _slope(decibel: Contour, low: float, high: float) -> Contour:
    """Fit a line to a band; dB per kHz."""
    kilohertz = _FREQUENCIES[_band(low, high)] / 1000
    centred = kilohertz - kilohertz.mean()
    return centred @ decibel[_band(low, high)] / (centred**2).sum()


def _log_mel(librosa: Any, power: Contour) -> Contour:
    """Log-mel spectrogram in dB below the maximum, at least -80 ``[40, F]``."""
    mel = librosa.feature.melspectrogram(S=power, sr=RATE, n_mels=_N_MELS, fmin=20, fmax=RATE / 2)
    return librosa.power_to_db(mel, amin=1e-9, ref=max(float(mel.max()), 1e-9), top_db=80)


def _tilt(log_mel: Contour) -> Contour:
    """Merge bands by twos and subtract the mean of every frame ``[20, F]``."""
    bands = log_mel.reshape(_N_MELS // 2, 2, -1).mean(1)
    return bands - bands.mean(0)


def _mfcc_scale() -> Contour:
    """Coefficients spread less the higher they are."""
    return 80 / np.sqrt(1 + np.arange(_N_MFCC))


def _deltas(librosa: Any, mfcc: Contour) -> tuple[Contour, Contour]:
    """Derivatives over 50 ms, per 10 ms, enlarged to about 1."""
    first, second = (librosa.feature.delta(mfcc, width=5, order=order).T for order in (1, 2))
    return first * 10, second * 10


def _contrast(librosa: Any, magnitude: Contour) -> Contour:
    return librosa.feature.spectral_contrast(
        S=magnitude, freq=_FREQUENCIES, fmin=200, n_bands=_N_CONTRAST - 1
    )


def _voiced(level: Contour, periodicity: Contour, semitones: Contour) -> Mask:
    voiced = (level > _SPEECH) & (periodicity > _PERIODIC)
    for start, stop in zip(*runs(voiced), strict=True):
        if stop - start < _FRAMES:
            voiced[start:stop] = False
    if voiced.any():
        voiced &= np.abs(semitones - np.median(semitones[voiced])) < _SEMITONES
    return voiced
