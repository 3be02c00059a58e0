"""How much the presence of a term says about the class of a text, term by term.

The three measures that Yang & Pedersen compare (1997, "A Comparative Study on Feature Selection in
Text Categorization"), from one table of how many texts of each class have each term.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import sparse, special

Counts = npt.NDArray[np.float64]


def score_terms(
    method: str, x: sparse.csr_matrix, label: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Score every term.

    Args:
        method: a key of ``SCORES``.
        x: terms of the texts ``[N, V]``; whether an entry is there counts, not its value.
        label: classes ``[N]``, none below 0, two or more of them.

    Returns:
        Scores ``[V]``; higher says more.
    """
    classes, label = np.unique(label, return_inverse=True)
    member = sparse.csr_matrix((np.ones(len(label)), (label, np.arange(len(label)))))
    there = sparse.csr_matrix((np.ones(x.nnz), x.indices, x.indptr), shape=x.shape)
    texts = np.bincount(label, minlength=len(classes)).astype(np.float64)
    return SCORES[method]((member @ there).toarray(), texts)


def chi_square(with_term: Counts, texts: Counts) -> npt.NDArray[np.float64]:
    """Chi-square of term and class, the largest over the classes.

    Args:
        with_term: texts of each class that have each term ``[K, V]``.
        texts: texts of each class ``[K]``.

    Returns:
        ``[V]``.
    """
    total, term, size = texts.sum(), with_term.sum(axis=0), texts[:, None]
    gap = with_term * total - term * size
    spread = term * (total - term) * size * (total - size)
    return (total * gap**2 / np.maximum(spread, 1)).max(axis=0)


def mutual_information(with_term: Counts, texts: Counts) -> npt.NDArray[np.float64]:
    """Pointwise mutual information log P(t, c) / (P(t) P(c)), the largest over the classes.

    Args:
        with_term: ``[K, V]``, as for ``chi_square``.
        texts: ``[K]``.

    Returns:
        Nats ``[V]``.
    """
    expected = with_term.sum(axis=0) * texts[:, None] / texts.sum()
    with np.errstate(divide="ignore"):
        return np.log(with_term / np.maximum(expected, 1e-12)).max(axis=0)


def information_gain(with_term: Counts, texts: Counts) -> npt.NDArray[np.float64]:
    """Entropy of the class that knowing whether a text has the term takes away.

    Args:
        with_term: ``[K, V]``, as for ``chi_square``.
        texts: ``[K]``.

    Returns:
        Nats ``[V]``, from 0 to log K.
    """
    total, term = texts.sum(), with_term.sum(axis=0)
    left = term * _entropy(with_term) + (total - term) * _entropy(texts[:, None] - with_term)
    return _entropy(texts[:, None]) - left / total


def _entropy(counts: Counts) -> npt.NDArray[np.float64]:
    return special.entr(counts / np.maximum(counts.sum(axis=0), 1e-12)).sum(axis=0)


#: By the name of the method.
SCORES: dict[str, Callable[[Counts, Counts], npt.NDArray[np.float64]]] = {
    "chi2": chi_square,
    "mutual_information": mutual_information,
    "information_gain": information_gain,
}
