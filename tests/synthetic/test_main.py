from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gnn_emotion.synthetic.__main__ import main


def test_the_command_writes_a_sample(tmp_path: Path, texts: dict[str, str]):
    pytest.importorskip("av")
    result = CliRunner().invoke(main, ["--output", str(tmp_path / "new" / "sample")])
    assert result.exit_code == 0, result.output
    assert "wrote 600 posts" in result.output
    written = tmp_path / "new" / "sample"
    assert (written / "posts.jsonl").read_text("utf-8") == texts["posts.jsonl"]
    assert len(list((written / "media").iterdir())) == 68


def test_a_refusal_is_one_line_and_exit_code_1(tmp_path: Path):
    result = CliRunner().invoke(main, ["--output", str(tmp_path), "--posts", "3"])
    assert result.exit_code == 1
    assert result.output == (
        "Error: a sample of 3 posts is too small for its pictures and dirty rows; "
        "ask for 200 or more\n"
    )
