"""Where the states of all posts live in inference: in memory, or in files that are mapped into it.

A mapped file is read and written as an array is; the system keeps the pages that are used, and
takes them back as it needs. The numbers are the same wherever they lie.
"""

from __future__ import annotations

import mmap
import tempfile
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gnn_emotion.schema.errors import GnnEmotionError

#: Posts a pass, at most and at least.
PART, SMALLEST_PART = 65_536, 1_024
#: Copies of a source's state that are alive in a layer: taken, projected, summed, normed.
_COPIES = 4
_GB = 2**30
_FLOAT = 4


@dataclass(frozen=True)
class MemoryLimit:
    """How much memory inference may take beside the graph and the answers.

    Attributes:
        gigabytes: of 2^30 bytes. Half of it is for the states of all posts, which are mapped from
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
            raise GnnEmotionError(f"memory is {self.gigabytes} GB; expected more than 0")

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
    """A row of numbers a post.

    Attributes:
        x: float32 ``[N, D]``.
        mapping: the file that they lie in; None for memory.
    """

    x: Tensor
    mapping: mmap.mmap | None = None

    @classmethod
    def new(cls, count: int, width: int, mapped: bool, folder: Path | None) -> Rows:
        """Make rows of no particular value, in memory or in a nameless file of a folder."""
        size = _FLOAT * count * width
        if not mapped or not size:
            return cls(torch.empty(count, width))
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(size)
            mapping = mmap.mmap(file.fileno(), size)
        array = np.frombuffer(mapping, dtype=np.float32).reshape(count, width)
        return cls(torch.from_numpy(array), mapping)

    def release(self) -> None:
        """Give the pages back that were touched; the system still has what they hold."""
        if self.mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
            self.mapping.madvise(mmap.MADV_DONTNEED)
