"""Encoders that are cheap, know what they gave, and count what they were asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.encoders.media import Outcome, Unreadable
from gnn_emotion.schema.features import CORRUPT, MISSING, OK, EncoderSpec, Features

DIM = 6


def vector_of(content: bytes, dim: int = DIM) -> npt.NDArray[np.float32]:
    """Return numbers that depend on every byte, and that float16 cannot hold exactly."""
    seed = int.from_bytes(hashlib.sha256(content).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=dim).astype(np.float32)


class CountingEncoder:
    """Encodes the bytes of files; a file that begins with ``bad`` is corrupt.

    Attributes:
        seen: contents that it was asked to encode, in order.
    """

    def __init__(self, name: str = "counting", dim: int = DIM) -> None:
        self.spec = EncoderSpec(name, "1", dim)
        self.seen: list[bytes] = []

    def encode_files(self, paths: Sequence[Path]) -> list[Outcome]:
        contents = [path.read_bytes() for path in paths]
        self.seen += contents
        return [self._outcome(content) for content in contents]

    def _outcome(self, content: bytes) -> Outcome:
        if content.startswith(b"bad"):
            return Unreadable(CORRUPT, "no picture 坏")
        return vector_of(content, self.spec.dim)


class CountingTextEncoder:
    """Encodes texts; a blank one is missing.

    Attributes:
        seen: texts that it was asked to encode, in order.
    """

    def __init__(self, name: str = "counting") -> None:
        self.spec = EncoderSpec(name, "1", DIM)
        self.seen: list[str | None] = []

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        words = texts.to_pylist()
        self.seen += words
        present = np.array([bool(text and text.strip()) for text in words], dtype=bool)
        x = np.zeros((len(words), DIM), dtype=np.float32)
        for row in np.flatnonzero(present):
            x[row] = vector_of(words[row].encode())
        return Features(ids, x, present, np.where(present, OK, MISSING).astype(np.uint8), self.spec)
