"""Put the columns of a feature on one scale, with the mean and deviation of the train split.

Descriptors of pictures and sounds are counts, shares, hertz and decibels: a network that takes
them as they are listens to the largest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.nn.prepare import LIMIT
from gnn_emotion.schema.errors import ContractError

#: A column whose deviation is a smaller part of its mean is constant, up to float32 rounding.
_CONSTANT = 1e-6


@dataclass(frozen=True)
class Standardiser:
    """Fitted means and deviations.

    Attributes:
        mean: ``[D]``, float64.
        std: ``[D]``, float64; 0 for a column that was constant.
    """

    mean: npt.NDArray[np.float64]
    std: npt.NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        x: npt.NDArray[np.floating],
        present: npt.NDArray[np.bool_],
        train: npt.NDArray[np.int64],
    ) -> Standardiser:
        """Take the mean and deviation of the present rows of the train split, of no other.

        Args:
            x: features ``[N, D]``.
            present: whether a row holds a feature ``[N]``.
            train: rows of the train split.

        Returns:
            Without any such row, a standardiser that answers zero everywhere.

        Raises:
            ContractError: a value of such a row is not finite.
        """
        rows = x[train[present[train]]].astype(np.float64)
        check_finite(rows)
        if not len(rows):
            return cls(np.zeros(x.shape[1]), np.zeros(x.shape[1]))
        mean, std = rows.mean(axis=0), rows.std(axis=0)
        return cls(mean, np.where(std > _CONSTANT * np.abs(mean), std, 0.0))

    def transform(
        self, x: npt.NDArray[np.floating], present: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.float32]:
        """Standardise.

        Args:
            x: features ``[N, D]``.
            present: whether a row holds a feature ``[N]``.

        Returns:
            ``[N, D]`` within ``LIMIT``; zero in absent rows and in columns that were constant in
            the train split, of which a model can have learned nothing.

        Raises:
            ContractError: the width is not the fitted one, or a present value is not finite.
        """
        check_width(x, len(self.mean))
        out = np.zeros(x.shape, dtype=np.float32)
        varied = np.flatnonzero(self.std)
        rows = x[present].astype(np.float64)
        check_finite(rows)
        scaled = (rows[:, varied] - self.mean[varied]) / self.std[varied]
        out[np.ix_(present, varied)] = scaled.clip(-LIMIT, LIMIT)
        return out

    def arrays(self) -> dict[str, npt.NDArray[np.float64]]:
        """Return what ``from_arrays`` reads, for a safetensors file."""
        return {"mean": self.mean, "std": self.std}

    @classmethod
    def from_arrays(cls, stored: Mapping[str, npt.NDArray[np.float64]]) -> Standardiser:
        """Read what ``arrays`` returned."""
        return cls(stored["mean"], stored["std"])


def check_width(x: npt.NDArray[np.floating], width: int) -> None:
    """Raise where features ``[N, D]`` are not as wide as those that something was fitted on."""
    if x.ndim != 2 or x.shape[1] != width:
        raise ContractError(
            f"features have shape {x.shape}, expected (N, {width}) as in training; "
            "encode with the encoder of the checkpoint"
        )


def check_finite(rows: npt.NDArray[np.floating]) -> None:
    """Raise where present features ``[N, D]`` hold NaN or infinity."""
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=0))
    if len(bad):
        raise ContractError(
            f"{len(bad)} feature columns hold NaN or infinity in present rows, the first is "
            f"column {bad[0]}; fill the values in, or mark the rows as not present"
        )
