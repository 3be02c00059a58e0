"""Hashes, the same in every process: of a file, and of what decides the numbers of a training."""

from __future__ import annotations

import hashlib
from pathlib import Path


def checksum(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(*parts: object) -> str:
    """Hash what decides the numbers of a training: dataclasses, strings, arrays; in order."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.tobytes() if hasattr(part, "tobytes") else repr(part).encode()
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()[:16]
