"""The sample of seed 0, read once: its files as text, and its rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gnn_emotion.synthetic.sample import sample_texts

Row = dict[str, Any]


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    return sample_texts(seed=0)


@pytest.fixture(scope="session")
def lines(texts: dict[str, str]) -> list[Row]:
    """All rows of posts.jsonl, the wrong ones included."""
    return [json.loads(line) for line in texts["posts.jsonl"].splitlines()]


@pytest.fixture(scope="session")
def posts(lines: list[Row]) -> dict[str, Row]:
    """The first row of every post, by its mid."""
    found: dict[str, Row] = {}
    for row in lines:
        if row["mid"]:
            found.setdefault(row["mid"], row)
    return found
