"""Shared by all tests: where the public data sets lie, and a skip by name when they do not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--data-dir",
        default=os.environ.get("GNN_EMOTION_DATA", str(REPO.parent / "shared" / "data")),
        help="where the public data sets lie (see data/README.md)",
    )


@pytest.fixture(scope="session")
def repo() -> Path:
    return REPO


@pytest.fixture(scope="session")
def real_data(request: pytest.FixtureRequest):
    """Return a function: name of a data set -> its path; skips, by name, where it is missing."""
    root = Path(request.config.getoption("--data-dir"))

    def locate(name: str) -> Path:
        path = root / name
        if not path.exists():
            pytest.skip(f"public data set {name!r} is not under {root}")
        return path

    return locate
