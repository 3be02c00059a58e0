"""Where the states of all nodes live in inference: in memory, or in files that are mapped into it.

A mapped file is read as an array is; the system keeps the pages that are used, and takes them back
as it needs. The numbers are the same wherever they lie.
"""

from __future__ import annotations

import mmap
import tempfile
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import IO

import numpy as np
import torch
from torch import Tensor

from gnn_emotion.schema.errors import GnnEmotionError

#: Posts a pass, at most and at least. States of more do not stay near the processor, and are asked
#: of the system anew each time.
PART, SMALLEST_PART = 16_384, 1_024
#: Copies of a source's state that are alive in a layer: taken, projected, summed, normed.
_COPIES = 4
_GB = 2**30
_FLOAT = 4


@dataclass(frozen=True)
class MemoryLimit:
    """How much memory inference may take beside the graph and the answers.

    Attributes:
        gigabytes: of 2^30 bytes. Half of it is for the states of all nodes, which are mapped from
            files where they do not fit; a quarter for the posts of a pass, which is made smaller
            until it fits. A single post takes what its neighbours take. None for no limit.
        folder: where the files lie while they are needed; None for the system's own. Not on a
            disk in memory.

    Raises:
        GnnEmotionError: a limit that is not positive.
    """

    gigabytes: float | None = None
    folder: Path | None = None

    def __post_init__(self) -> None:
        if self.gigabytes is not None and not 0 < self.gigabytes < inf:
            raise GnnEmotionError(f"memory is {self.gigabytes} GB; expected a number above 0")

    @property
    def bytes(self) -> float:
        """The limit in bytes; infinite where there is none."""
        return inf if self.gigabytes is None else self.gigabytes * _GB

    def maps(self, count: int, width: int) -> bool:
        """Tell whether two layers of states ``[N, D]`` are too large for memory."""
        return 2 * _FLOAT * count * width > self.bytes / 2

    def part(self, count: int, edges: int, width: int) -> int:
        """Choose how many posts a pass takes.

        Args:
            count: posts N.
            edges: edges into them, of all relations together.
            width: of a state, D.
        """
        a_post = _COPIES * _FLOAT * width * (1 + edges / max(count, 1))
        part = PART
        while part > SMALLEST_PART and part * a_post > self.bytes / 4:
            part //= 2
        return part


@dataclass(frozen=True)
class Rows:
    """A row of numbers a node.

    Attributes:
        x: float32 ``[N, D]``, to be read.
        file: the nameless file that they lie in; None for memory.
        mapping: of that file.
    """

    x: Tensor
    file: IO[bytes] | None = None
    mapping: mmap.mmap | None = None

    @classmethod
    def new(cls, count: int, width: int, mapped: bool, folder: Path | None) -> Rows:
        """Make rows of no particular value, in memory or in a nameless file of a folder."""
        size = _FLOAT * count * width
        if not mapped or not size:
            return cls(torch.empty(count, width))
        # Unbuffered: what was written is seen through the mapping at once.
        file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        file.truncate(size)
        mapping = mmap.mmap(file.fileno(), size)
        array = np.frombuffer(mapping, dtype=np.float32).reshape(count, width)
        return cls(torch.from_numpy(array), file, mapping)

    def put(self, rows: slice, values: Tensor) -> None:
        """Set some rows ``[B, D]``."""
        if self.file is None:
            self.x[rows] = values
            return
        # Writing through the mapping would cost a fault for every page.
        data = values.contiguous().numpy().data.cast("B")
        self.file.seek(_FLOAT * rows.start * self.x.shape[1])
        while data:
            data = data[self.file.write(data) :]

    def release(self) -> None:
        """Give the pages back that were read; the system still has what they hold."""
        if self.mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
            self.mapping.madvise(mmap.MADV_DONTNEED)
