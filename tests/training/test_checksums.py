"""Hashes are of contents, and of nothing else."""

from __future__ import annotations

import hashlib

import numpy as np

from gnn_emotion.training.checksums import checksum, fingerprint


def test_the_checksum_of_a_file_is_that_of_its_content(tmp_path):
    content = b"\x00weights" * 100_000
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(content)
    expected = hashlib.sha256(content).hexdigest()
    assert checksum(tmp_path / "a") == checksum(tmp_path / "b") == expected


def test_fingerprints_are_of_contents():
    assert fingerprint(np.arange(3), "a") == fingerprint(np.arange(3), "a")
    assert fingerprint(np.arange(3), "a") != fingerprint(np.arange(4), "a")
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
