"""The audio encoder that travels with the package: named acoustic columns, nothing to download.

The contours of a sound (``contours.py``) are summed up over time (``functionals.py``). Nothing is
fitted: every column has a fixed scale, which makes it about 1 in size for speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gnn_emotion.encoders.audio.contours import Contours, import_librosa, measure
from gnn_emotion.encoders.audio.functionals import Row, summarise
from gnn_emotion.encoders.audio.sound import RATE, Wave, read_sound
from gnn_emotion.encoders.media import Outcome, Unreadable
from gnn_emotion.schema.features import EncoderSpec

#: How much sound of a file is read.
MAX_SECONDS = 60.0
#: A shorter sound is continued with silence, which no statistic but the time counts.
_MIN_SECONDS = 2.0
#: Larger values, of sounds like no voice, are cut.
_LIMIT = 8.0
#: Below full scale by 80 dB nothing is heard.
_QUIETEST_DB = -80.0


class AcousticEncoder:
    """Statistics of loudness, spectrum, cepstrum and pitch over time.

    Every sound is encoded by itself, so that a row does not depend on its company. Another machine
    or number of threads may change the last digits.

    Attributes:
        names: what the D columns are, such as ``centroid_voiced_p90``.

    Raises:
        ContractError: librosa is not installed.
    """

    def __init__(self) -> None:
        import_librosa()
        self.names = tuple(_columns(np.zeros(1, dtype=np.float32)))

    @property
    def spec(self) -> EncoderSpec:
        """Name, version and width."""
        return EncoderSpec("acoustic", "1", len(self.names), {"max_seconds": MAX_SECONDS})

    def encode_sound(self, wave: Wave) -> npt.NDArray[np.float32]:
        """Encode a wave.

        Args:
            wave: mono, 16 kHz, in [-1, 1], ``[T]``; below two seconds it is continued with silence.

        Returns:
            The row ``[D]``, within [-8, 8]; silence is near 0 in most columns.
        """
        row = np.fromiter(_columns(wave).values(), dtype=np.float32)
        return np.clip(row, -_LIMIT, _LIMIT)

    def encode_files(self, paths: Sequence[Path]) -> list[Outcome]:
        """Encode the sound track of any files that FFmpeg reads, at most a minute of each."""
        return [self._encode_file(path) for path in paths]

    def _encode_file(self, path: Path) -> Outcome:
        try:
            return self.encode_sound(read_sound(path, max_seconds=MAX_SECONDS))
        except Unreadable as outcome:
            return outcome


def _columns(wave: Wave) -> Row:
    missing = round(_MIN_SECONDS * RATE) - len(wave)
    contours = measure(np.pad(wave, (0, max(missing, 0))))
    return summarise(contours) | _loudness(wave, contours)


def _loudness(wave: Wave, contours: Contours) -> Row:
    """Level of the sounding part and peak, on a scale from 0 (-80 dB) to 2 (full scale)."""
    seconds = max(float(contours.active.sum()) * 0.01, 0.01)
    mean = np.sqrt(float((wave.astype(np.float64) ** 2).sum()) / (seconds * RATE))
    values = {"loudness": mean, "peak": float(np.abs(wave).max(initial=0.0))}
    decibel = {name: 20 * np.log10(max(v, 1e-9)) for name, v in values.items()}
    return {name: 2 * max(1 - db / _QUIETEST_DB, 0.0) for name, db in decibel.items()}
