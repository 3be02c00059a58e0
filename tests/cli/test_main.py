"""Help, wrong usage, exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gnn_emotion.cli.main import COMMANDS


def test_help_lists_every_command(run):
    ran = run("--help")
    assert ran.code == 0
    assert all(name in ran.out for name in COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(run, name):
    ran = run(name, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: gnn-emotion {name}")


def test_help_needs_no_torch():
    check = "import sys, gnn_emotion.cli.main as m; sys.argv = ['gnn-emotion', '--help']\n"
    check += "try: m.main()\nexcept SystemExit: pass\nsys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_unknown_command_names_the_closest(run):
    ran = run("scroe")
    assert ran.code == 2
    assert "did you mean 'score'?" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.csv", "--output", "o.csv"], "'nowhere.csv' does not exist"),
        ([__file__], "Missing option '--output'"),
        ([__file__, "--output", "o", "--label-set", "smp"], "'smp2020'"),
        ([__file__, "--output", "o", "--input-format", "weibo"], "unknown format 'weibo'"),
        ([__file__, "--output", "o", "--map", "text"], "'text' is not COLUMN=FIELD"),
        ([__file__, "--output", "o", "--map", "a=txt"], "did you mean 'text'?"),
        ([__file__, "--output", "o", "--format", "xml"], "'parquet'"),
    ],
)
def test_wrong_usage_is_two(run, arguments, said):
    ran = run("score", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_nothing_to_read_is_one(run, tmp_path):
    (tmp_path / "empty.csv").touch()
    ran = run("score", tmp_path / "empty.csv", "--output", tmp_path / "out.csv")
    assert ran.code == 1
    assert ran.err.startswith("error: nothing could be read")
    assert len(ran.err.splitlines()) == 1


def test_a_place_that_cannot_be_written_is_one(run, tmp_path):
    (tmp_path / "posts.csv").write_text("text\nhello there\n")
    (tmp_path / "file").touch()
    ran = run("score", tmp_path / "posts.csv", "--output", tmp_path / "file" / "out.csv")
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert len(ran.err.splitlines()) == 1
