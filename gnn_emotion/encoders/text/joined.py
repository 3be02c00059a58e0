"""Several text encoders side by side: ``tfidf+logistic``, their columns one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING, OK, EncoderSpec, Features

if TYPE_CHECKING:
    from gnn_emotion.encoders.text.load_text import TextEncoder


def part_names(name: str) -> list[str]:
    """Return the names of the encoders that a name joins; a file or folder is never cut."""
    parts = name.split("+")
    if len(parts) == 1 or not all(parts) or Path(name.partition("?")[0]).exists():
        return [name]
    return parts


class JoinedEncoder:
    """Text encoders side by side.

    Args:
        names: of the parts.
        parts: the encoders; none may give token numbers.

    Raises:
        ContractError: the same encoder twice.
    """

    def __init__(self, names: Sequence[str], parts: Sequence[TextEncoder]) -> None:
        if len(set(names)) < len(names):
            raise ContractError(f"text encoders {'+'.join(names)}: one stands there twice")
        self.names, self.parts = tuple(names), tuple(parts)

    @property
    def spec(self) -> EncoderSpec:
        """The specs of the parts in one."""
        specs = [part.spec for part in self.parts]
        revision = hashlib.sha256(" ".join(spec.key for spec in specs).encode()).hexdigest()[:16]
        dim = sum(spec.dim for spec in specs)
        joined = [spec.as_json() for spec in specs]
        return EncoderSpec("joined", revision, dim, {"parts": joined})

    def columns(self) -> dict[str, slice]:
        """Return where the columns of each part are."""
        ends = np.cumsum([part.spec.dim for part in self.parts]).tolist()
        starts = [0, *ends[:-1]]
        return {n: slice(a, b) for n, a, b in zip(self.names, starts, ends, strict=True)}

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Encode N texts to features ``[N, D]``; one is there where any part finds something."""
        given = [part.encode(ids, texts) for part in self.parts]
        present = np.any([one.present for one in given], axis=0)
        status = np.where(present, OK, MISSING).astype(np.uint8)
        return Features(ids, np.hstack([one.x for one in given]), present, status, self.spec)
