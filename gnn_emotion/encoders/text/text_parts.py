"""A text as the sum of what an encoder reads: what an attribution to words is computed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gnn_emotion.schema.errors import ContractError


@dataclass(frozen=True)
class TextParts:
    """The pieces of a text, and how their vectors become its features.

    Attributes:
        text: as the encoder reads it.
        spans: first and last character (exclusive) of each piece ``[T, 2]``; empty spans stand for
            marks that the encoder adds.
        x: vector of each piece ``[T, E]``.
        baseline: the vectors of nothing ``[T, E]``.
        join: vectors of R versions ``[R, T, E]`` -> features ``[R, D]``, with their gradient.
    """

    text: str
    spans: npt.NDArray[np.int64]
    x: Tensor
    baseline: Tensor
    join: Callable[[Tensor], Tensor]

    def __post_init__(self) -> None:
        if self.x.shape != self.baseline.shape or len(self.x) != len(self.spans):
            raise ContractError(
                f"{len(self.spans)} pieces with vectors {tuple(self.x.shape)} and baselines "
                f"{tuple(self.baseline.shape)}; expected as many of the same width"
            )


@runtime_checkable
class Divisible(Protocol):
    """A text encoder whose features are a differentiable function of its pieces."""

    def parts(self, text: str) -> TextParts:
        """Return the pieces of a text."""
        ...
