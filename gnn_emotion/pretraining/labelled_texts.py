"""Texts with labels of several data sources, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.schema.errors import ContractError


@dataclass(frozen=True)
class LabelledTexts:
    """N labelled texts.

    Attributes:
        texts: ``[N]``.
        allowed: the labels of ``ekman7`` that each may stand for ``[N, K]``.
        source: where each is from, a place in ``sources`` ``[N]``.
        weight: share of each in the loss ``[N]``.
        sources: names of the data sources.
    """

    texts: pa.Array
    allowed: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        counts = {len(self.texts), len(self.allowed), len(self.source), len(self.weight)}
        if len(counts) != 1:
            raise ContractError(f"columns of {sorted(counts)} rows; expected the same number")

    def take(self, rows: npt.NDArray[np.int64]) -> LabelledTexts:
        """Return some of the texts, in the order of ``rows`` ``[M]``."""
        return replace(
            self,
            texts=self.texts.take(pa.array(rows)),
            allowed=self.allowed[rows],
            source=self.source[rows],
            weight=self.weight[rows],
        )

    def of(self, source: str) -> LabelledTexts:
        """Return the texts of one source."""
        return self.take(np.flatnonzero(self.source == self.sources.index(source)))

    @classmethod
    def join(
        cls, parts: Sequence[tuple[str, pa.Array, npt.NDArray[np.bool_], float]]
    ) -> LabelledTexts:
        """Join sources.

        Args:
            parts: name, texts ``[M]``, allowed labels ``[M, K]`` and weight of each source.
        """
        counts = [len(texts) for _, texts, _, _ in parts]
        weights = np.array([weight for *_, weight in parts], dtype=np.float32)
        return cls(
            texts=pa.concat_arrays([texts.cast(pa.string()) for _, texts, _, _ in parts]),
            allowed=np.concatenate([allowed for _, _, allowed, _ in parts]),
            source=np.repeat(np.arange(len(parts)), counts),
            weight=np.repeat(weights, counts),
            sources=tuple(name for name, *_ in parts),
        )
