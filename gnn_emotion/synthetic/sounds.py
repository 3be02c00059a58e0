"""What the clips sound like: noise, chords and beats, each with the mood of its scene."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float64]
#: Samples a second.
RATE = 16_000
SECONDS = 2.0


def _time() -> Wave:
    return np.arange(round(RATE * SECONDS)) / RATE


def _smooth(noise: Wave, samples: int) -> Wave:
    """Take the high tones out of noise: a mean over ``samples``."""
    return np.convolve(noise, np.ones(samples) / np.sqrt(samples), mode="same")


def _mix(waves: Iterable[Wave]) -> Wave:
    return np.sum(list(waves), axis=0, dtype=np.float64)


def _pluck(start: float, pitch: float, decay: float) -> Wave:
    """Return a tone with two overtones that starts at once and fades.

    Args:
        start: seconds.
        pitch: Hz.
        decay: how fast it fades, a second.
    """
    t = _time() - start
    tone = _mix(np.sin(2 * np.pi * pitch * k * t) / k**2 for k in (1, 2, 3))
    return np.where(t >= 0, tone * np.exp(-decay * np.clip(t, 0, None)), 0.0)


def storm(rng: np.random.Generator) -> Wave:
    """Rain, and thunder after two thirds of a second. Fear."""
    t = _time()
    rain = 0.12 * _smooth(rng.standard_normal(t.size), 3)
    roll = np.where(t > 0.6, np.exp(-1.6 * (t - 0.6)), 0.0)
    return rain + 0.5 * roll * _smooth(rng.standard_normal(t.size), 160)


def lament(rng: np.random.Generator) -> Wave:
    """A low minor chord that swells and trembles. Sadness."""
    t = _time()
    chord = _mix(np.sin(2 * np.pi * pitch * t + rng.uniform(0, 6)) for pitch in (110, 131, 165))
    return 0.16 * chord * np.sin(np.pi * t / SECONDS) * (1 + 0.2 * np.sin(2 * np.pi * 4 * t))


def fanfare(rng: np.random.Generator) -> Wave:
    """A major chord, plucked upwards, over the murmur of people. Joy."""
    pitches = (262, 330, 392, 523, 659, 523, 659, 784)
    tune = _mix(_pluck(0.1 + 0.2 * i, pitch, 3.0) for i, pitch in enumerate(pitches))
    return 0.28 * tune + 0.02 * _smooth(rng.standard_normal(tune.size), 8)


def alarm(rng: np.random.Generator) -> Wave:
    """Two harsh tones in turn, over gushing water. Anger."""
    t = _time()
    pitch = np.where((t * 3).astype(int) % 2 == 0, 620.0, 465.0)
    horn = np.tanh(4 * np.sin(2 * np.pi * np.cumsum(pitch) / RATE))
    return 0.3 * horn + 0.08 * _smooth(rng.standard_normal(t.size), 5)


def flies(rng: np.random.Generator) -> Wave:
    """A buzz that comes and goes. Disgust."""
    t = _time()
    pitch = 170 + 25 * np.sin(2 * np.pi * 0.9 * t) + 6 * _smooth(rng.standard_normal(t.size), 400)
    saw = np.mod(np.cumsum(pitch) / RATE, 1.0) - 0.5
    return 0.3 * saw * (0.55 + 0.45 * np.sin(2 * np.pi * 1.3 * t))


def beat(rng: np.random.Generator) -> Wave:
    """A drum on every half second, a chord on every second one, and cheering. Joy."""
    drum = _mix(_pluck(0.5 * i, 62, 14.0) for i in range(4))
    chord = _mix(_pluck(float(i), p, 1.8) for i in range(2) for p in (330, 415, 494))
    return 0.55 * drum + 0.12 * chord + 0.05 * _smooth(rng.standard_normal(drum.size), 4)


def bangs(rng: np.random.Generator) -> Wave:
    """A whistle that rises into a bang, twice. Surprise."""
    t, total = _time(), np.zeros(round(RATE * SECONDS))
    for start in (0.55, 1.3):
        before, after = np.clip(t - start + 0.5, 0, 0.5), t - start
        whistle = np.sin(2 * np.pi * (700 * before + 1200 * before**2))
        total += 0.12 * whistle * ((before > 0) & (after < 0))
        burst = _smooth(rng.standard_normal(t.size), 12) * np.exp(-9 * np.clip(after, 0, None))
        total += np.where(after >= 0, 0.4 * burst, 0.0)
    return total


def room(rng: np.random.Generator) -> Wave:
    """A quiet room, a spoon against a cup. Neutral."""
    quiet = 0.015 * _smooth(rng.standard_normal(round(RATE * SECONDS)), 24)
    return quiet + 0.05 * _pluck(0.7, 1900, 16.0) + 0.04 * _pluck(1.2, 2050, 16.0)
