"""Bags of words and of character n-grams: counts or TF-IDF, as sparse rows.

scikit-learn counts; which terms there are, in which order and with which weights is kept as plain
lists and numbers, so that a stored vocabulary outlives its version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from gnn_emotion.encoders.text.normalise import normalise_text
from gnn_emotion.encoders.text.segment import Segmenter, SegmentOptions
from gnn_emotion.schema.errors import ContractError, closest

UNITS = {"words": ("words",), "chars": ("chars",), "both": ("words", "chars")}
WEIGHTINGS = ("counts", "tfidf")


@dataclass(frozen=True)
class TermOptions:
    """What is counted, and how it is weighed.

    Attributes:
        units: a key of ``UNITS``.
        weighting: ``counts``, or ``tfidf``: (1 + log count) times the inverse document frequency
            log((1 + N) / (1 + df)) + 1. Either way a row is scaled to length one.
        words: longest n-gram of words.
        chars: longest n-gram of characters.
        min_count: terms of fewer training texts are left out.
        max_terms: terms of each unit that are kept, those of the most texts.
        segment: how words are cut.
    """

    units: str = "both"
    weighting: str = "tfidf"
    words: int = 2
    chars: int = 3
    min_count: int = 2
    max_terms: int = 30_000
    segment: SegmentOptions = field(default_factory=SegmentOptions)

    def __post_init__(self) -> None:
        for name, known in (("units", UNITS), ("weighting", WEIGHTINGS)):
            value = getattr(self, name)
            if value not in known:
                raise ContractError(f"terms: unknown {name} {value!r}; {closest(value, known)}")
        for name in ("words", "chars", "min_count", "max_terms"):
            if getattr(self, name) < 1:
                raise ContractError(f"terms: {name} is {getattr(self, name)}, expected 1 or more")

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TermOptions:
        """Read what ``asdict`` gave."""
        return cls(**{**stored, "segment": SegmentOptions.from_json(stored["segment"])})


class TermBags:
    """Texts to sparse rows over a fixed vocabulary of V terms; made by ``fit``.

    A row does not depend on the others, to the last bit.

    Args:
        options: what is counted.
        terms: those of each unit, in the order of the columns; words before chars.
        idf: inverse document frequency of each term ``[V]``, float32.
    """

    def __init__(
        self,
        options: TermOptions,
        terms: Mapping[str, Sequence[str]],
        idf: npt.NDArray[np.float32],
    ) -> None:
        # JSON keeps no order of keys.
        self.terms = {unit: list(terms[unit]) for unit in UNITS[options.units]}
        width = sum(map(len, self.terms.values()))
        if idf.shape != (width,):
            raise ContractError(f"idf has shape {idf.shape}, expected one a term, ({width},)")
        self.options, self.idf = options, idf
        self._cut = _cutter(options)
        self._counters = {
            unit: _counter(unit, options, vocabulary=known)
            for unit, known in self.terms.items()
            if known
        }

    @classmethod
    def fit(cls, texts: pa.Array, options: TermOptions) -> tuple[TermBags, sparse.csr_matrix]:
        """Choose the terms and weigh them.

        Args:
            texts: N training texts; null and blank ones count for nothing.
            options: what is counted.

        Returns:
            What was fitted, and what its ``transform`` gives for the same texts.

        Raises:
            ContractError: no term is in ``min_count`` texts.
        """
        plain, cut = _plain(texts), _cutter(options)
        found = {
            unit: _choose(_counter(unit, options), cut(unit, plain), options)
            for unit in UNITS[options.units]
        }
        counts = sparse.hstack([x for _, x in found.values()], format="csr")
        if not counts.shape[1]:
            raise ContractError(
                f"none of the terms of {len(plain)} training texts is in {options.min_count} of "
                "them; expected more texts, or a lower min_count"
            )
        filled = sum(map(bool, plain))
        idf = np.log((1 + filled) / (1 + np.bincount(counts.indices))) + 1
        bags = cls(options, {unit: t for unit, (t, _) in found.items()}, idf.astype(np.float32))
        return bags, bags._weigh(counts)

    def transform(self, texts: pa.Array) -> sparse.csr_matrix:
        """Return weighted bags ``[N, V]``, float32; rows of length one, or zero without terms."""
        plain = _plain(texts)
        counts = [c.transform(self._cut(unit, plain)) for unit, c in self._counters.items()]
        return self._weigh(sparse.hstack(counts, format="csr"))

    def _weigh(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        if self.options.weighting == "tfidf":
            counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        return normalize(counts, copy=False)


def _plain(texts: pa.Array) -> list[str]:
    return normalise_text(texts.cast(pa.string())).fill_null("").to_pylist()


def _cutter(options: TermOptions) -> Callable[[str, list[str]], list[Any]]:
    """Return a function: unit and texts -> what the counter of that unit reads."""
    segmenter = Segmenter(options.segment) if "words" in UNITS[options.units] else None

    def cut(unit: str, texts: list[str]) -> list[Any]:
        return segmenter.segment(texts) if segmenter and unit == "words" else texts

    return cut


def _counter(unit: str, options: TermOptions, **more: Any) -> CountVectorizer:
    shape = {"ngram_range": (1, getattr(options, unit)), "lowercase": False, "dtype": np.float32}
    if unit == "chars":
        return CountVectorizer(analyzer="char", **shape, **more)
    # Words come cut: there is nothing to prepare and nothing to split.
    return CountVectorizer(
        preprocessor=_as_is, tokenizer=_as_is, token_pattern=None, **shape, **more
    )


def _as_is(words: list[str]) -> list[str]:
    return words


def _choose(
    counter: CountVectorizer, texts: list[Any], options: TermOptions
) -> tuple[list[str], sparse.csr_matrix]:
    """Return the terms of the most texts, ordered by spelling, and their counts ``[N, V]``."""
    if not any(len(text) for text in texts):
        return [], sparse.csr_matrix((len(texts), 0), dtype=np.float32)
    counts = counter.fit_transform(texts)
    frequency = np.bincount(counts.indices)
    often = np.flatnonzero(frequency >= options.min_count)
    # Of terms in as many texts, those that come first by spelling are kept, on any machine.
    kept = np.sort(often[np.argsort(-frequency[often], kind="stable")[: options.max_terms]])
    return counter.get_feature_names_out()[kept].tolist(), counts[:, kept]
