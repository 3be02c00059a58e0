"""Bags of terms as features: counts or TF-IDF, reduced to D columns.

Vocabulary, weights and reduction are fitted on the training texts alone. ``transform`` gives the
sparse bags for linear models, ``encode`` the reduced ones for the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from gnn_emotion.encoders.text.fitted_files import FittedEncoder, read_fitted
from gnn_emotion.encoders.text.term_bags import TermBags, TermOptions
from gnn_emotion.encoders.text.term_scores import SCORES, score_terms
from gnn_emotion.encoders.text.text_rows import encode_distinct, in_passes
from gnn_emotion.schema.errors import ContractError, LabelError, closest
from gnn_emotion.schema.features import EncoderSpec, Features

NAME = "bag_of_words"
#: Latent directions, or the terms that say most about the label.
REDUCTIONS = ("svd", *SCORES)


@dataclass(frozen=True)
class BagOfWordsOptions:
    """What is counted, and what is left of it.

    Attributes:
        terms: what is counted, and how it is weighed.
        reduction: one of ``REDUCTIONS``: ``svd`` (latent semantic analysis, Deerwester et al.
            1990), or a key of ``SCORES``, which needs labels.
        dim: columns that are left, D; fewer where the training texts or their terms are fewer.
        seed: of the randomised SVD.
    """

    terms: TermOptions = field(default_factory=TermOptions)
    reduction: str = "svd"
    dim: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        if self.reduction not in REDUCTIONS:
            raise ContractError(
                f"bag of words: unknown reduction {self.reduction!r}; "
                f"{closest(self.reduction, REDUCTIONS)}"
            )
        if self.dim < 1:
            raise ContractError(f"bag of words: dim is {self.dim}, expected 1 or more")

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> BagOfWordsOptions:
        """Read what ``asdict`` gave."""
        return cls(**{**stored, "terms": TermOptions.from_json(stored["terms"])})


class BagOfWordsEncoder(FittedEncoder):
    """Bags of terms, reduced; made by ``fit`` or ``load``.

    A row does not depend on the batch it is in, to the last bit: it is a sum over its own terms.
    Its length is at most the square root of D: the mean square of a value at most one.

    Args:
        options: what is counted.
        bags: the fitted vocabulary of V terms.
        reduction: ``components [V, D]`` float32 of SVD, or the ``columns [D]`` that are kept.
    """

    FILES: ClassVar[tuple[str, ...]] = ("bag_of_words.json", "bag_of_words.safetensors")

    def __init__(
        self, options: BagOfWordsOptions, bags: TermBags, reduction: npt.NDArray[Any]
    ) -> None:
        self.options, self.bags, self.reduction = options, bags, reduction
        terms = options.terms
        described = {
            "units": terms.units,
            "weighting": terms.weighting,
            "reduction": options.reduction,
        }
        checksum = self._checksum()
        self._spec = EncoderSpec(NAME, checksum, reduction.shape[-1], described)

    @classmethod
    def fit(
        cls,
        texts: pa.Array,
        labels: npt.NDArray[np.int64] | None = None,
        options: BagOfWordsOptions | None = None,
    ) -> BagOfWordsEncoder:
        """Fit vocabulary, weights and reduction.

        Args:
            texts: N training texts; null and blank ones count for nothing.
            labels: their classes ``[N]``, -1 where unknown; for the reductions that need them.
            options: what is counted.

        Raises:
            ContractError: no term is in ``min_count`` texts.
            LabelError: the reduction needs labels of two classes or more.
        """
        options = options or BagOfWordsOptions()
        bags, x = TermBags.fit(texts, options.terms)
        if options.reduction == "svd":
            return cls(options, bags, _components(x, options))
        return cls(options, bags, _best_columns(x, labels, options))

    def transform(self, texts: pa.Array) -> sparse.csr_matrix:
        """Return the weighted bags before reduction, ``[N, V]``; see ``TermBags.transform``."""
        return self.bags.transform(texts)

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Encode texts; null and blank ones are missing, those of unknown terms alone are zero.

        Args:
            ids: N post ids.
            texts: N texts.

        Returns:
            Features ``[N, D]``.
        """
        return encode_distinct(ids, texts, self.spec, self._embed)

    @classmethod
    def load(cls, folder: Path) -> BagOfWordsEncoder:
        """Read what ``save`` wrote.

        Raises:
            ContractError: the folder has no such files, or damaged ones.
        """
        state, arrays = read_fitted(folder, cls.FILES)
        options = BagOfWordsOptions.from_json(state["options"])
        bags = TermBags(options.terms, state["terms"], arrays["idf"])
        return cls(options, bags, arrays["reduction"])

    def _state(self) -> dict[str, Any]:
        return {"options": asdict(self.options), "terms": self.bags.terms}

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"idf": self.bags.idf, "reduction": self.reduction}

    def _embed(self, texts: list[str]) -> npt.NDArray[np.float32]:
        return in_passes(texts, lambda part: self._reduce(self.transform(part)))

    def _reduce(self, x: sparse.csr_matrix) -> npt.NDArray[np.float32]:
        latent = self.options.reduction == "svd"
        rows = x @ self.reduction if latent else x[:, self.reduction].toarray()
        return rows * np.float32(np.sqrt(self.spec.dim))


def _components(x: sparse.csr_matrix, options: BagOfWordsOptions) -> npt.NDArray[np.float32]:
    dim = min(options.dim, x.shape[1], int(np.count_nonzero(x.getnnz(axis=1))))
    svd = TruncatedSVD(dim, random_state=options.seed).fit(x)
    return np.ascontiguousarray(svd.components_.T, dtype=np.float32)


def _best_columns(
    x: sparse.csr_matrix, labels: npt.NDArray[np.int64] | None, options: BagOfWordsOptions
) -> npt.NDArray[np.int64]:
    known = np.empty(0, dtype=np.int64) if labels is None else np.flatnonzero(labels >= 0)
    classes = 0 if labels is None else len(np.unique(labels[known]))
    if labels is None or classes < 2:
        raise LabelError(
            f"reduction {options.reduction!r} looks at the labels of the training texts, which "
            f"name {classes} class(es); expected 2 or more, or reduction 'svd', which needs none"
        )
    score = score_terms(options.reduction, x[known], labels[known])
    # Of terms that score alike the earlier ones are kept, in any process.
    return np.sort(np.argsort(-score, kind="stable")[: options.dim])
