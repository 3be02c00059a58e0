"""Shared by all tests: where the public data sets lie, and Dumps made by hand."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from gnn_emotion.schema.tables import Dump

from .dumps import write_dump

REPO = Path(__file__).resolve().parents[1]
# Read when huggingface_hub is imported: no test asks a hub for anything.
os.environ["HF_HUB_OFFLINE"] = "1"
# No test reads or fills the cache of whoever runs it.
os.environ["GNN_EMOTION_CACHE"] = tempfile.mkdtemp(prefix="gnn_emotion-tests-")
# The same examples in every run, on machines of any speed.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--data-dir",
        default=os.environ.get("GNN_EMOTION_DATA", str(REPO.parent / "shared" / "data")),
        help="where the public data sets lie (see data/README.md)",
    )
    parser.addoption(
        "--save-notebooks",
        action="store_true",
        help="store in the notebooks what they show now",
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


@pytest.fixture(scope="session")
def make_dump(tmp_path_factory: pytest.TempPathFactory):
    """Return a function: rows by table -> a Dump in a folder of its own; see ``write_dump``."""

    def make(**tables) -> Dump:
        return write_dump(tmp_path_factory.mktemp("dump"), **tables)

    return make


@pytest.fixture(scope="module")
def one_thread():
    """Compute with one thread: on a handful of posts, threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
