"""Run a command in this process, as a shell would, on posts with labels."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from gnn_emotion.cli.main import main

from ..scoring.conftest import frame


class Ran(NamedTuple):
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run_command(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["gnn-emotion", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        printed = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), printed.out, printed.err)

    return run_command


@pytest.fixture(scope="session")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Threads whose words decide their label; synthetic."""
    data = frame(200)
    data["label"] = ["joy" if "哈哈" in text else "anger" for text in data.text]
    data["label_set"] = "ekman7"
    path = tmp_path_factory.mktemp("labelled") / "posts.csv"
    data.to_csv(path, index=False)
    return path
