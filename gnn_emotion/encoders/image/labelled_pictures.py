"""Pictures with a class each, to train on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gnn_emotion.encoders.image.pictures import open_picture, read_each
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import LabelError

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LabelledPictures:
    """Pictures with their classes.

    Attributes:
        paths: N files.
        labels: classes from 0 ``[N]``.
    """

    paths: Sequence[Path]
    labels: Labels

    def __post_init__(self) -> None:
        if self.labels.shape != (len(self.paths),):
            raise LabelError(
                f"{len(self.paths)} pictures with labels {self.labels.shape}; expected one each"
            )
        if len(self.labels) and self.labels.min() < 0:
            raise LabelError(f"label {self.labels.min()}; expected classes from 0")

    def take(self, rows: npt.NDArray[np.int64]) -> LabelledPictures:
        """Return some of them, in the order of ``rows``."""
        return LabelledPictures([self.paths[row] for row in rows], self.labels[rows])

    def readable(self) -> tuple[LabelledPictures, dict[Path, Unreadable]]:
        """Decode all; return those that can be, and why the others cannot."""
        found = read_each(self.paths, lambda path: open_picture(path).size)
        good = [row for row, size in enumerate(found) if not isinstance(size, Unreadable)]
        pairs = zip(self.paths, found, strict=True)
        bad = {path: why for path, why in pairs if isinstance(why, Unreadable)}
        return self.take(np.array(good, dtype=np.int64)), bad

    def split(self, seed: int) -> tuple[LabelledPictures, LabelledPictures]:
        """Put an eighth of each class aside; of a class with two or more, at least one.

        Returns:
            Those to train on, and those aside.
        """
        order = np.random.default_rng(seed).permutation(len(self.labels))
        of_class = [order[self.labels[order] == k] for k in np.unique(self.labels)]
        aside = [rows[: max(len(rows) // 8, 1)] for rows in of_class if len(rows) > 1]
        val = np.concatenate([np.empty(0, dtype=np.int64), *aside])
        return self.take(np.setdiff1d(order, val)), self.take(val)
