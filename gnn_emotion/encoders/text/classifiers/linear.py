"""Linear text classifiers as encoders: the K columns of a text are its scores for the K labels.

Fitted on the training texts and their labels, kept in a checkpoint, and applied by a sparse
product. With ``conv="as_is"`` the scores are the answer; a graph model may also build on them, if
those of its own training texts are cross-fitted (``cross_fit``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import special

from gnn_emotion.encoders.text.classifiers.linear_fits import LINEAR, LinearOptions
from gnn_emotion.encoders.text.fitted_files import FittedEncoder, read_fitted
from gnn_emotion.encoders.text.term_bags import TermBags
from gnn_emotion.encoders.text.text_rows import encode_distinct, in_passes
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import ContractError, LabelError
from gnn_emotion.schema.features import EncoderSpec, Features


class LinearTextEncoder(FittedEncoder):
    """Scores of labels, linear in the terms of a text; made by ``fit`` or ``load``.

    ``svm`` gives margins, the others log-probabilities. A label that no training text has is given
    the lowest score of the others: it is never the answer.

    A row does not depend on the batch it is in, to the last bit: it is a sum over its own terms.

    Args:
        kind: a key of ``LINEAR``.
        options: of that kind.
        native: the label set of the columns.
        bags: the fitted vocabulary of V terms.
        classes: the labels that the training texts have ``[C]``, two or more, ascending.
        weights: ``[V, C]``, float32.
        bias: ``[C]``, float32.
    """

    FILES: ClassVar[tuple[str, ...]] = ("classifier.json", "classifier.safetensors")

    def __init__(
        self,
        kind: str,
        options: LinearOptions,
        native: str,
        bags: TermBags,
        classes: Sequence[int],
        weights: npt.NDArray[np.float32],
        bias: npt.NDArray[np.float32],
    ) -> None:
        self.kind, self.options, self.native, self.bags = kind, options, native, bags
        self.classes, self.weights, self.bias = list(classes), weights, bias
        described = {"label_set": native, "units": options.terms.units, "storage": "float32"}
        checksum = self._checksum()
        self._spec = EncoderSpec(kind, checksum, label_set(native).K, described)

    @classmethod
    def fit(
        cls,
        kind: str,
        texts: pa.Array,
        labels: npt.NDArray[np.int64],
        native: str,
        options: LinearOptions | None = None,
    ) -> LinearTextEncoder:
        """Fit vocabulary, weights and biases.

        Args:
            kind: a key of ``LINEAR``.
            texts: N training texts; null and blank ones are left out.
            labels: their positions in the label set ``[N]``, -1 where unknown.
            native: a registered label set.
            options: of that kind.

        Raises:
            ContractError: no term is in ``min_count`` texts.
            LabelError: labels that are not of the set, or of fewer than two classes.
        """
        options = options or LINEAR[kind]()
        rows = np.flatnonzero((labels >= 0) & _filled(texts))
        classes, label = np.unique(labels[rows], return_inverse=True)
        _check(kind, classes, native)
        bags, x = TermBags.fit(texts.take(pa.array(rows)), options.terms)
        weights, bias = (part.astype(np.float32) for part in options.fit(x, label))
        return cls(
            kind, options, native, bags, classes.tolist(), np.ascontiguousarray(weights), bias
        )

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Score texts; null and blank ones are missing, those of unknown terms get the biases.

        Args:
            ids: N post ids.
            texts: N texts.

        Returns:
            Features ``[N, K]``.
        """
        return encode_distinct(ids, texts, self.spec, self._score)

    @classmethod
    def load(cls, folder: Path, kind: str) -> LinearTextEncoder:
        """Read what ``save`` wrote.

        Raises:
            ContractError: the folder has no such files, damaged ones, or those of another kind.
        """
        state, arrays = read_fitted(folder, cls.FILES)
        if state["kind"] != kind:
            raise ContractError(
                f"{folder} holds a text classifier of kind {state['kind']!r}, not {kind!r}; load "
                "the encoder by the name that it was fitted by"
            )
        options = LINEAR[kind].from_json(state["options"])
        bags = TermBags(options.terms, state["terms"], arrays["idf"])
        return cls(
            kind,
            options,
            state["label_set"],
            bags,
            state["classes"],
            arrays["weights"],
            arrays["bias"],
        )

    def _state(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "options": asdict(self.options),
            "label_set": self.native,
            "terms": self.bags.terms,
            "classes": self.classes,
        }

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"idf": self.bags.idf, "weights": self.weights, "bias": self.bias}

    def _score(self, texts: list[str]) -> npt.NDArray[np.float32]:
        found = in_passes(texts, lambda part: self.bags.transform(part) @ self.weights + self.bias)
        if self.options.LOGITS:
            found = special.log_softmax(found, axis=1)
        scores = np.repeat(found.min(axis=1, keepdims=True), self.spec.dim, axis=1)
        scores[:, self.classes] = found
        return scores


def _filled(texts: pa.Array) -> npt.NDArray[np.bool_]:
    return np.array([bool(text and text.strip()) for text in texts.to_pylist()], dtype=bool)


def _check(kind: str, classes: npt.NDArray[np.int64], native: str) -> None:
    known = label_set(native)
    if len(classes) and classes[-1] >= known.K:
        raise LabelError(
            f"{kind}: label {classes[-1]} is not a position in {native!r}; expected 0 to "
            f"{known.K - 1}"
        )
    if len(classes) < 2:
        raise LabelError(
            f"{kind} learns from labels of the training texts, which name {len(classes)} "
            f"label(s) of {native!r}; expected texts of two or more"
        )
