"""Intervals of shares that respect that one user posts often and that a bin may hold few posts.

A share is a ratio: weighted sum of probabilities over sum of weights. Its variance is that of the
cluster bootstrap by user with endlessly many samples, the infinitesimal jackknife (Efron 1982, "The
jackknife, the bootstrap and other resampling plans", ch. 6), corrected for few users (CR2; Bell &
McCaffrey 2002). Percentiles of bootstrap samples cover too little where users are few or a share is
near 0 (``benchmarks/trends.py`` measures it), so that the variance is told as an effective number
of posts, ``share * (1 - share) / variance``, and the interval is Wilson's with that number (Kott &
Carr 1997; Wilson 1927), with Student's quantile.

The variance of a cell with few users is hardly known from these. Three estimates are averaged, each
with the degrees of freedom of its evidence: of the cell itself; of all cells of the table, which
share how alike the posts of a user are (Smyth 2004 borrows strength in this way); and, while there
is little of both, the bound that all posts of a user in a cell say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.cells import Floats, UserSums

#: The most that other cells count for, and what the bound counts for where there are no others,
#: in degrees of freedom.
_BORROWED, _BOUND = 10.0, 1.0
#: The rarer what is counted, the less its variance is known: as if from so many normal draws a
#: user, times p (1 - p). Chosen on simulated dumps, of other seeds than the benchmark's.
_KURTOSIS = 8.0
_MOST = 1e6
#: Posts that tell of a share whose posts all say the same: endlessly many cannot be reckoned with.
_LARGEST = 1e9
#: A share as near to 0 or 1 as this tells nothing of how posts vary.
_NOTHING = 1e-9


@dataclass(frozen=True)
class Shares:
    """Shares of V values in C cells, and how well each is known.

    Attributes:
        share: weighted means ``[C, V]``; nan in cells without posts.
        size: effective number of posts ``[C, V]``; 0 in cells without posts.
        df: degrees of freedom of ``size`` ``[C, V]``.
    """

    share: Floats
    size: Floats
    df: Floats

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the low and high ends ``[C, V]``, in [0, 1]; nan in cells without posts."""
        if not 0 < level < 1:
            raise GnnEmotionError(f"level is {level}; expected between 0 and 1")
        return wilson(self.share, self.size, stdtrit(self.df, 0.5 + level / 2))


def wilson(share: Floats, size: Floats, quantile: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the ends of Wilson's interval for shares of (effectively) ``size`` posts."""
    with np.errstate(invalid="ignore", divide="ignore"):
        slack = np.asarray(quantile) ** 2 / size
        middle = (share + slack / 2) / (1 + slack)
        half = np.sqrt(slack * (share * (1 - share) + slack / 4)) / (1 + slack)
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    # A share of 0 or 1 is its own end, but for rounding.
    return np.minimum(low, share), np.maximum(high, share)


def shares(sums: UserSums) -> Shares:
    """Estimate shares and how well they are known; see the head of this file."""
    total = sums.over_cells(sums.weight)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(sums.over_cells(sums.value_sums) / total, 0, 1)
        kish = total**2 / sums.over_cells(sums.weight**2)[:, None]
    spread = np.nan_to_num(share * (1 - share))
    spread[spread < _NOTHING] = 0
    own = linearised_variance(sums, share)
    pooled, bound = _pooled(sums, share, spread, total)
    with np.errstate(invalid="ignore", divide="ignore"):
        own_df = np.nan_to_num(1 / (1 / (kish - 1) + 1 / (_KURTOSIS * kish * spread)))
        own_ratio = np.where(spread > 0, own / spread, 0)
        others = own_df.sum(axis=0) - own_df
        ratio, df = _averaged(own_ratio, own_df, pooled, others, bound / kish)
    empty = np.broadcast_to(total == 0, share.shape)
    return Shares(
        share, np.where(empty, 0, 1 / np.maximum(ratio, 1 / _LARGEST)), np.where(empty, 1, df)
    )


def _averaged(
    own: Floats, own_df: Floats, pooled: Floats, others: Floats, bound: Floats
) -> tuple[Floats, Floats]:
    """Average variances by their evidence; its degrees of freedom after Satterthwaite (1946)."""
    borrowed = np.minimum(_BORROWED, others)
    assumed = _BOUND * (1 - borrowed / _BORROWED)
    weight = own_df + borrowed + assumed
    ratio = (own_df * own + borrowed * pooled + assumed * bound) / weight
    known = np.where(others > 0, borrowed**2 * pooled**2 / others, 0)
    unsure = (own_df * own**2 + known) / weight**2
    return ratio, np.clip(ratio**2 / np.maximum(unsure, 1 / _MOST**2), 1, _MOST)


def linearised(sums: UserSums, share: Floats) -> Floats:
    """Return what each user adds to the error of the share of a cell ``[P, V]``.

    The sum of their squares over a cell is the variance of its share; over two cells, the sum of
    the products of the same users is the covariance.
    """
    total = sums.over_cells(sums.weight)[sums.cell]
    part = sums.weight / total
    residual = sums.value_sums - sums.weight[:, None] * share[sums.cell]
    # One user alone in a cell tells nothing about others: part is 1, and so is the residual 0.
    return residual / (total * np.sqrt(np.maximum(1 - part, 1e-12)))[:, None]


def linearised_variance(sums: UserSums, share: Floats) -> Floats:
    """Return the variances of shares ``[C, V]`` from the users of each cell alone."""
    return sums.over_cells(linearised(sums, share) ** 2)


def _pooled(
    sums: UserSums, share: Floats, spread: Floats, total: Floats
) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Fit how posts vary and how alike those of a user are, over all cells (moments).

    The variance of a post is ``spread`` times a + b, of which a is shared by the posts of a user in
    a cell.

    Returns:
        The variance of each share in units of ``spread`` ``[C, V]``, and a + b ``[V]``, 1 where
        there are few posts to tell it from.
    """
    m, q = sums.weight, sums.squares
    total = np.maximum(total[:, 0], 1e-12)
    mm, qq, mmm, mq = (sums.over_cells(x) for x in (m * m, q, m**3, m * q))
    residual = sums.value_sums - m[:, None] * np.nan_to_num(share)[sums.cell]
    between = (sums.over_cells(residual**2)).sum(axis=0)
    around = np.maximum(sums.value_squares - total[:, None] * np.nan_to_num(share) ** 2, 0)
    rows = (
        (mm - 2 * mmm / total + (mm / total) ** 2, qq - 2 * mq / total + mm * qq / total**2),
        (total - mm / total, total - qq / total),
    )
    left = np.array([[spread.T @ column for column in row] for row in rows])  # [2, 2, V]
    shared, alone = _solved(left, np.stack([between, around.sum(axis=0)]))
    ratio = (np.outer(mm, shared) + np.outer(qq, alone)) / total[:, None] ** 2
    evidence = left[1, 1]
    bound = (evidence * np.minimum(shared + alone, 1) + 1) / (evidence + 1)
    return ratio, bound


def _solved(left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Solve ``[2, 2, V] x = [2, V]`` for parts that are not negative."""
    found = np.einsum("vij,jv->vi", np.linalg.pinv(left.transpose(2, 0, 1)), right)
    shared, alone = np.clip(found, 0, None).T
    return shared, alone
