"""Emotions straight from the vector of a text: a linear head for each data source.

Annotators of different sources draw the lines between emotions differently, and one set of labels
may join what another tells apart; each therefore has a head, and a temperature, of its own over the
same vectors. What a head of one source says of a label that the source never gives means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy import special

from gnn_emotion.encoders.text.bundled_text import BASE, BUNDLED_TEXT, bundled_text
from gnn_emotion.encoders.text.load_text import (
    EMBEDDED,
    TextEncoder,
    encode_texts,
    load_text_encoder,
)
from gnn_emotion.encoders.text.ngram_text import FILE as NGRAM_FILE
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.schema.errors import ContractError, closest

FILE = "emotion_heads.safetensors"
_TENSORS = ("weight", "bias", "temperature", "threshold")


@dataclass(frozen=True, eq=False)
class EmotionHeads:
    """The heads.

    Attributes:
        sources: names of the S data sources.
        weight: ``[S, K, D]``.
        bias: ``[S, K]``.
        temperature: what the logits of each source are divided by ``[S]``.
        threshold: below this confidence a reader had better not say ``[S]``.
        revision: of the encoder whose vectors they read.
    """

    sources: tuple[str, ...]
    weight: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    temperature: npt.NDArray[np.float32]
    threshold: npt.NDArray[np.float32]
    revision: str

    def __post_init__(self) -> None:
        shape = (len(self.sources), label_set(CANONICAL).K)
        if self.weight.shape[:2] != shape or self.bias.shape != shape:
            raise ContractError(
                f"heads of shape {self.weight.shape} and {self.bias.shape}; expected "
                f"{(*shape, 'D')} and {shape}"
            )
        if self.temperature.shape != shape[:1] or not (self.temperature > 0).all():
            raise ContractError(
                f"temperatures {self.temperature.tolist()}; expected {shape[0]} above 0"
            )
        if self.threshold.shape != shape[:1]:
            raise ContractError(
                f"thresholds {self.threshold.tolist()}; expected one of each of {shape[0]} sources"
            )

    def logits(self, x: npt.NDArray[np.float32], source: str) -> npt.NDArray[np.float32]:
        """Score labels as a source would give them, before calibration.

        Args:
            x: vectors ``[N, D]``.
            source: one of ``sources``.

        Returns:
            Logits ``[N, K]``, in the order of the label set ``ekman7``.

        Raises:
            ContractError: unknown source.
        """
        if source not in self.sources:
            raise ContractError(f"unknown data source {source!r}; {closest(source, self.sources)}")
        at = self.sources.index(source)
        return np.asarray(x @ self.weight[at].T + self.bias[at])

    def probabilities(self, x: npt.NDArray[np.float32], source: str) -> npt.NDArray[np.float64]:
        """Return calibrated probabilities ``[N, K]``; see ``logits``."""
        logits = self.logits(x, source) / self.temperature[self.sources.index(source)]
        return np.asarray(special.softmax(logits.astype(np.float64), axis=1))

    def save(self, folder: Path) -> None:
        """Write ``FILE`` into a folder."""
        tensors = {name: getattr(self, name) for name in _TENSORS}
        told = {"sources": "\n".join(self.sources), "revision": self.revision}
        save_file(tensors, folder / FILE, metadata=told)

    @classmethod
    def load(cls, folder: Path) -> EmotionHeads:
        """Read what ``save`` wrote.

        Raises:
            ContractError: the folder has no such file, or a damaged one.
        """
        path = folder / FILE
        if not path.is_file():
            raise ContractError(f"{path} is missing; expected a fine-tuned text encoder")
        try:
            with safe_open(path, "np") as file:
                told = file.metadata()
                tensors = {name: file.get_tensor(name) for name in _TENSORS}
            sources = tuple(told["sources"].split("\n"))
            return cls(sources=sources, revision=told["revision"], **tensors)
        except (SafetensorError, KeyError, TypeError, ContractError) as error:
            raise ContractError(f"{path} is damaged: {error}") from error


class EmotionReader:
    """Labels texts by themselves, without any context.

    Args:
        encoder: whose vectors the heads read.
        heads: made for it.

    Raises:
        ContractError: the heads are of another encoder.
    """

    def __init__(self, encoder: TextEncoder, heads: EmotionHeads) -> None:
        if heads.revision != encoder.spec.revision:
            raise ContractError(
                f"the heads are of encoder {heads.revision}, not {encoder.spec.revision}; expected "
                "both from one folder"
            )
        self.encoder, self.heads = encoder, heads

    @classmethod
    def load(cls, name: str = BASE, device: str = "cpu") -> EmotionReader:
        """Load an encoder with its heads.

        Args:
            name: ``weibo-base``, ``weibo-fast``, or a folder.
            device: where a Transformer runs.

        Raises:
            ContractError: it cannot be loaded, or has no heads.
        """
        folder = bundled_text(name) if name in BUNDLED_TEXT else Path(name)
        heads = EmotionHeads.load(folder)
        kind = EMBEDDED if (folder / NGRAM_FILE).is_file() else str(folder)
        return cls(load_text_encoder(kind, folder, device), heads)

    def probabilities(self, texts: Sequence[str], source: str) -> npt.NDArray[np.float64]:
        """Label texts as a data source would.

        Args:
            texts: N texts.
            source: whose labels are asked for, one of ``heads.sources``.

        Returns:
            Calibrated probabilities ``[N, K]``, in the order of ``ekman7``.

        Raises:
            ContractError: unknown source.
        """
        x = encode_texts(self.encoder, pa.array(texts, pa.string()))
        return self.heads.probabilities(x, source)
