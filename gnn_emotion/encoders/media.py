"""What every encoder of files offers, and how a file that gives no features says why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.features import STATUSES, EncoderSpec


class Unreadable(Exception):  # noqa: N818 - it is an outcome of one file, not a failed run
    """A file that gives no features.

    Args:
        status: code into ``STATUSES``: missing, corrupt or skipped.
        reason: one line for the report, without the path.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{STATUSES[status]}: {reason}")
        self.status = status
        self.reason = reason


#: What a file gave: its feature row ``[D]``, or why there is none.
Outcome = npt.NDArray[np.float32] | Unreadable


class FileEncoder(Protocol):
    """An encoder of pictures, clips or sounds."""

    @property
    def spec(self) -> EncoderSpec:
        """What makes its features."""
        ...

    def encode_files(self, paths: Sequence[Path]) -> list[Outcome]:
        """Encode files, one outcome a path, in order; no content of a file may raise.

        The row of a file does not depend on which others it is encoded with.
        """
        ...
