"""What a killed run leaves is used by the same job, and by no other."""

from __future__ import annotations

import os
from pathlib import Path

from gnn_emotion.scoring.workspace import fingerprint, open_workspace


def test_the_same_job_finds_its_folder_again(tmp_path: Path):
    source = tmp_path / "a.csv"
    source.write_text("text\nx\n")
    work = open_workspace(tmp_path / "out.csv", [source], {"format": None})
    (work / "kept").write_text("1")
    assert open_workspace(tmp_path / "out.csv", [source], {"format": None}) == work
    assert (work / "kept").exists()


def test_other_settings_start_over(tmp_path: Path):
    work = open_workspace(tmp_path / "out", [], {"format": None})
    (work / "kept").write_text("1")
    open_workspace(tmp_path / "out", [], {"format": "weibo-search"})
    assert not (work / "kept").exists()


def test_a_changed_file_starts_over(tmp_path: Path):
    source = tmp_path / "folder" / "a.csv"
    source.parent.mkdir()
    source.write_text("text\nx\n")
    before = fingerprint([source.parent])
    os.utime(source, ns=(1, 1))
    assert fingerprint([source.parent]) != before


def test_a_damaged_job_starts_over(tmp_path: Path):
    work = open_workspace(tmp_path / "out", [], {})
    (work / "job.json").write_text("{")
    (work / "kept").write_text("1")
    open_workspace(tmp_path / "out", [], {})
    assert not (work / "kept").exists()
