"""Correct & Smooth: let the known labels around a post speak after the model has.

Huang et al. 2021, "Combining Label Propagation and Simple Models Out-performs Graph Neural
Networks". First the errors that the model makes on posts of known label are spread along the edges
and taken off the others; then the labels and the corrected answers are spread themselves. Messages
go the way that the model's do, row-normalised (the paper's ``DA``), so that no post hears of a
later one; a post that hears from none keeps its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from gnn_emotion.graph.blocks import Incoming, edge_counts
from gnn_emotion.schema.errors import LabelError

Probs = npt.NDArray[np.float64]
#: Shares that a choice on validation posts looks at; 0 leaves a step out.
_SHARES = (0.0, 0.3, 0.5, 0.8)


@dataclass(frozen=True)
class SmoothOptions:
    """How far labels are spread.

    Attributes:
        correction: share of the error of a post that comes from its neighbours.
        smoothing: share of its answer that does.
        iterations: how often both are spread.
        scale: length (L1) that a spread error gets, the mean of those on the known labels of the
            training (the paper's "autoscale"). Measured on the dump that is scored, it would tell
            each post of the labels of later ones.
    """

    correction: float = 0.5
    smoothing: float = 0.5
    iterations: int = 10
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("correction", "smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected 0 <= {name} < 1")
        if self.iterations < 1:
            raise ValueError(f"iterations is {self.iterations}; expected 1 or more")
        if not 0 <= self.scale <= 2:
            raise ValueError(f"scale is {self.scale}; expected 0 to 2")


def correct_and_smooth(
    probs: Probs, known: npt.NDArray[np.floating], past: sparse.csr_array, options: SmoothOptions
) -> Probs:
    """Correct and smooth the answers of a model.

    Args:
        probs: of all posts ``[N, K]``.
        known: their known labels, a distribution a row, zero where none is ``[N, K]``.
        past: averages the posts that each hears from ``[N, N]``; see ``past_mean``.
        options: how far.

    Returns:
        ``[N, K]``; rows sum to one. A post of known label gets an answer near it: judge only the
        others.
    """
    seen = np.asarray((known > 0).any(axis=1))
    if not seen.any():
        return probs
    error = np.where(seen[:, None], known - probs, 0.0)
    spread = _spread(error, past, options.correction, options.iterations)
    size = np.abs(spread).sum(axis=1, keepdims=True)
    scaled = np.where(size > 1e-9, spread * options.scale / np.maximum(size, 1e-9), 0.0)
    corrected = probs + (scaled if options.correction else 0.0)
    corrected = np.clip(corrected, 1e-6, None)
    corrected /= corrected.sum(axis=1, keepdims=True)
    smooth = _spread(
        np.where(seen[:, None], known, corrected), past, options.smoothing, options.iterations
    )
    return np.asarray(smooth / smooth.sum(axis=1, keepdims=True))


def past_mean(adjacency: Incoming, count: int) -> sparse.csr_array:
    """Return the matrix that averages the posts that each post hears from ``[N, N]``.

    Args:
        adjacency: incoming edges by type, without those from the future; those of other nodes
            than posts are left out.
        count: N. A post that hears from none stands for itself.
    """
    total = edge_counts(adjacency, count).astype(np.float64)
    degree = np.asarray(total.sum(axis=1)).ravel()
    alone = sparse.diags_array((degree == 0).astype(np.float64)).tocsr()
    return sparse.csr_array(sparse.diags_array(1 / np.maximum(degree, 1)) @ total + alone)


def choose_smoothing(
    probs: Probs,
    known: npt.NDArray[np.floating],
    past: sparse.csr_array,
    rows: npt.NDArray[np.int64],
    allowed: npt.NDArray[np.bool_],
) -> SmoothOptions:
    """Choose how far labels are spread, by the likelihood of validation labels.

    Args:
        probs: of all posts ``[N, K]``.
        known: their known labels, as in ``correct_and_smooth``.
        past: see ``past_mean``.
        rows: the posts of those labels ``[M]``.
        allowed: the labels that are right ``[M, K]``.

    Raises:
        LabelError: no validation label to choose by.
    """
    if not len(rows):
        raise LabelError(
            "correct and smooth chooses its shares by validation labels, of which there are none; "
            "expected a split with some"
        )

    def loss(options: SmoothOptions) -> float:
        smooth = correct_and_smooth(probs, known, past, options)[rows]
        return float(-np.log(np.where(allowed, smooth, 0.0).sum(axis=1).clip(1e-9)).mean())

    scale = _error_length(probs, known)
    return min((replace(one, scale=scale) for one in _candidates(_SHARES)), key=loss)


def _error_length(probs: Probs, known: npt.NDArray[np.floating]) -> float:
    """Average the length (L1) of the errors on posts of known label; 1 where there is none."""
    seen = (known > 0).any(axis=1)
    return min(float(np.abs(known - probs)[seen].sum(axis=1).mean()), 2.0) if seen.any() else 1.0


def _candidates(shares: Sequence[float]) -> list[SmoothOptions]:
    return [SmoothOptions(c, s) for c in shares for s in shares]


def _spread(start: Probs, past: sparse.csr_array, share: float, iterations: int) -> Probs:
    found = start
    for _ in range(iterations if share else 0):
        found = (1 - share) * start + share * (past @ found)
    return found
