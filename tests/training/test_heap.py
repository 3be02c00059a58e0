"""Giving memory back."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gnn_emotion.training.heap import release_free_memory


def resident() -> int:
    """Bytes of memory that are in use, files left out."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (found,) = [line for line in lines if line.startswith("RssAnon")]
    return int(found.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="it does nothing elsewhere")
def test_gaps_between_what_is_in_use_are_given_back():
    size, count = 100_000, 2_000  # below what the allocator maps by itself
    blocks = [np.ones(size, dtype=np.uint8) for _ in range(count)]
    kept = blocks[::2]
    del blocks
    before = resident()
    release_free_memory()
    assert before - resident() > size * count / 4
    assert all(block.all() for block in kept)
