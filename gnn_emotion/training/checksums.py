"""Hashes, the same in every process: of a file, and of what decides the numbers of a training."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np


def checksum(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(*parts: object) -> str:
    """Hash what decides the numbers of a training: dataclasses, strings, arrays; in order."""
    digest = hashlib.sha256()
    for part in parts:
        # Read where they lie: features of a large graph are not copied.
        array = isinstance(part, np.ndarray | np.generic)
        data = np.ascontiguousarray(part).data if array else repr(part).encode()
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()[:16]
