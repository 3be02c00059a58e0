"""Word2Vec as a text encoder: the weighted mean of the vectors of a text's words.

Vectors are trained on the training texts (Mikolov et al. 2013, "Distributed Representations of
Words and Phrases"; gensim), or read from a file. Words are weighed by a / (a + p(word)) and the
direction that all texts share is taken out, as Arora et al. 2017 do ("A Simple but Tough-to-Beat
Baseline for Sentence Embeddings"). Taking a direction out is linear, so it is done once, to the
words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from gnn_emotion.encoders.text.fitted_files import FittedEncoder, read_fitted
from gnn_emotion.encoders.text.normalise import normalise_text
from gnn_emotion.encoders.text.segment import Segmenter, SegmentOptions
from gnn_emotion.encoders.text.text_rows import encode_distinct, in_passes
from gnn_emotion.encoders.text.word_vectors_file import import_gensim, read_word_vectors
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.features import EncoderSpec, Features

NAME = "word2vec"
WEIGHTINGS = ("sif", "idf", "mean")


@dataclass(frozen=True)
class Word2VecOptions:
    """How vectors are trained, and words weighed.

    Attributes:
        weighting: ``sif`` (Arora et al. 2017), ``idf`` (log(N / df)), or the plain ``mean``.
        dim: width of the vectors, D; where they are read from a file, the file says.
        window: words on either side that a word is trained to foretell (skip-gram).
        min_count: words that occur less often are left out.
        epochs: passes over the texts.
        smoothing: a in a / (a + p(word)).
        seed: of vectors and of samples.
        segment: how words are cut.
    """

    weighting: str = "sif"
    dim: int = 100
    window: int = 5
    min_count: int = 3
    epochs: int = 10
    smoothing: float = 1e-3
    seed: int = 0
    segment: SegmentOptions = field(default_factory=SegmentOptions)

    def __post_init__(self) -> None:
        if self.weighting not in WEIGHTINGS:
            raise ContractError(
                f"word2vec: unknown weighting {self.weighting!r}; "
                f"{closest(self.weighting, WEIGHTINGS)}"
            )
        for name in ("dim", "window", "min_count", "epochs", "smoothing"):
            if getattr(self, name) <= 0:
                raise ContractError(f"word2vec: {name} is {getattr(self, name)}, expected above 0")

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Word2VecOptions:
        """Read what ``asdict`` gave."""
        return cls(**{**stored, "segment": SegmentOptions.from_json(stored["segment"])})


class Word2VecEncoder(FittedEncoder):
    """Means of word vectors; made by ``fit``, ``from_file`` or ``load``.

    A row does not depend on the batch it is in, to the last bit: it is a sum over its own words.

    Args:
        options: how words are cut; how the vectors came about.
        words: V words.
        vectors: ``[V, D]``, float32.
        weights: of the words in a text ``[V]``, float32.
    """

    FILES: ClassVar[tuple[str, ...]] = ("word2vec.json", "word2vec.safetensors")

    def __init__(
        self,
        options: Word2VecOptions,
        words: Sequence[str],
        vectors: npt.NDArray[np.float32],
        weights: npt.NDArray[np.float32],
    ) -> None:
        self.options, self.words, self.vectors, self.weights = options, words, vectors, weights
        self._row_of = {word: row for row, word in enumerate(words)}
        self._segmenter = Segmenter(options.segment)
        checksum = self._checksum()
        described = {"weighting": options.weighting}
        self._spec = EncoderSpec(NAME, checksum, vectors.shape[1], described)

    @classmethod
    def fit(
        cls,
        texts: pa.Array,
        options: Word2VecOptions | None = None,
        vectors: Path | None = None,
    ) -> Word2VecEncoder:
        """Train vectors, and weigh words, on texts.

        Args:
            texts: N training texts; null and blank ones count for nothing.
            options: how.
            vectors: a file of vectors that take the place of training; see ``read_word_vectors``.

        Returns:
            The encoder; the same for the same texts, in any process.

        Raises:
            ContractError: no word occurs often enough, or gensim or the file is missing.
        """
        options = options or Word2VecOptions()
        segmenter = Segmenter(options.segment)
        cut = [words for words in segmenter.segment(_plain(texts)) if words]
        words, table = read_word_vectors(vectors) if vectors else _train(cut, options)
        options = replace(options, dim=table.shape[1])
        weights = _weights(words, cut, options)
        means = cls(options, words, table, weights)._mean(cut)
        if options.weighting == "sif":
            direction = _common_direction(means)
            table = table - np.outer(table @ direction, direction)
            means = means - np.outer(means @ direction, direction)
        size = np.sqrt(np.square(means, dtype=np.float64).mean())
        return cls(options, words, table, (weights / max(size, 1e-6)).astype(np.float32))

    @classmethod
    def from_file(cls, path: Path, segment: SegmentOptions | None = None) -> Word2VecEncoder:
        """Read vectors from a file; words are not weighed, for want of texts to count them in.

        Args:
            path: see ``read_word_vectors``.
            segment: how words are cut.
        """
        words, vectors = read_word_vectors(path)
        segment = segment or SegmentOptions()
        options = Word2VecOptions(weighting="mean", dim=vectors.shape[1], segment=segment)
        return cls(options, words, vectors, np.ones(len(words), dtype=np.float32))

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Encode texts; null and blank ones are missing, those of unknown words alone are zero.

        Args:
            ids: N post ids.
            texts: N texts.

        Returns:
            Features ``[N, D]``: 1/n times the sum of the weighted vectors of the n known words.
            Those of the texts that ``fit`` saw have a mean square of one.
        """
        return encode_distinct(ids, texts, self.spec, self._embed)

    def lookup(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors of words ``[len(words), D]``; zero for an unknown word."""
        found = np.zeros((len(words), self.spec.dim), dtype=np.float32)
        for row, word in enumerate(words):
            if word in self._row_of:
                found[row] = self.vectors[self._row_of[word]]
        return found

    @classmethod
    def load(cls, folder: Path) -> Word2VecEncoder:
        """Read what ``save`` wrote; needs no gensim.

        Raises:
            ContractError: the folder has no such files, or damaged ones.
        """
        state, arrays = read_fitted(folder, cls.FILES)
        options = Word2VecOptions.from_json(state["options"])
        return cls(options, state["words"], arrays["vectors"], arrays["weights"])

    def _state(self) -> dict[str, Any]:
        return {"options": asdict(self.options), "words": list(self.words)}

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"vectors": self.vectors, "weights": self.weights}

    def _embed(self, texts: list[str]) -> npt.NDArray[np.float32]:
        return in_passes(texts, lambda part: self._mean(self._segmenter.segment(_plain(part))))

    def _mean(self, cut: list[list[str]]) -> npt.NDArray[np.float32]:
        known = [[self._row_of[word] for word in words if word in self._row_of] for words in cut]
        counts = np.array([len(rows) for rows in known], dtype=np.int64)
        columns = np.array([row for rows in known for row in rows], dtype=np.int64)
        share = self.weights[columns] / np.repeat(counts, counts).astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(counts)])
        shape = (len(cut), len(self.words))
        return np.asarray(sparse.csr_matrix((share, columns, starts), shape) @ self.vectors)


def _plain(texts: pa.Array) -> list[str]:
    return normalise_text(texts.cast(pa.string())).fill_null("").to_pylist()


def _train(
    cut: list[list[str]], options: Word2VecOptions
) -> tuple[list[str], npt.NDArray[np.float32]]:
    models = import_gensim()
    counts = Counter(word for words in cut for word in words)
    if not any(count >= options.min_count for count in counts.values()):
        raise ContractError(
            f"none of the {len(counts)} words of {len(cut)} training texts occurs "
            f"{options.min_count} times; expected more texts, or a lower min_count"
        )
    # With more than one worker, the order of the updates would be another in every run.
    model = models.Word2Vec(
        cut,
        vector_size=options.dim,
        window=options.window,
        min_count=options.min_count,
        epochs=options.epochs,
        sg=1,
        seed=options.seed,
        workers=1,
    )
    return list(model.wv.index_to_key), np.array(model.wv.vectors, dtype=np.float32)


def _weights(
    words: list[str], cut: list[list[str]], options: Word2VecOptions
) -> npt.NDArray[np.float32]:
    """Weigh words; those of a file that no training text has count as rarest."""
    if options.weighting == "mean":
        return np.ones(len(words), dtype=np.float32)
    of_texts = options.weighting == "idf"
    counts = Counter(word for row in cut for word in (set(row) if of_texts else row))
    count = np.array([counts[word] for word in words], dtype=np.float64)
    if of_texts:
        weights = np.log(max(len(cut), 1) / np.maximum(count, 1))
    else:
        weights = options.smoothing / (options.smoothing + count / max(counts.total(), 1))
    return weights.astype(np.float32)


def _common_direction(means: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the first singular direction ``[D]`` of the texts ``[N, D]``."""
    exact = means.astype(np.float64)
    return np.linalg.eigh(exact.T @ exact)[1][:, -1].astype(np.float32)
