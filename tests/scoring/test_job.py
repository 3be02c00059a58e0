"""Scoring killed by SIGKILL and run again gives the bytes of an uninterrupted run."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gnn_emotion.pipeline import score
from gnn_emotion.schema.errors import ContractError, DumpError, LabelError
from gnn_emotion.scoring.batch import ScoreOptions
from gnn_emotion.scoring.memory import Rows

from .conftest import save_model

QUIET = ScoreOptions(progress=False)


def _start(posts_csv: Path, output: Path, model: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gnn_emotion.cli.main", "score", str(posts_csv)]
    command += ["--output", str(output), "--model", str(model), "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _kill_when(process: subprocess.Popen[bytes], seen: Callable[[], bool]) -> None:
    while process.poll() is None and not seen():
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("stage", ["job.json", "dump", "features"])
def test_killed_and_run_again(posts_csv, model_folder, tmp_path, stage):
    whole, output = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    score(posts_csv, whole, model=model_folder, options=QUIET)
    process = _start(posts_csv, output, model_folder)
    _kill_when(process, (tmp_path / "out.parquet.partial" / stage).exists)
    assert not output.exists()
    again = _start(posts_csv, output, model_folder)
    assert again.wait() == 0, again.stderr
    assert output.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet", "whole.parquet"]


def test_a_limit_of_memory_gives_the_same_file(posts_csv, model_folder, tmp_path, monkeypatch):
    whole, output = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    score(posts_csv, whole, model=model_folder, options=QUIET)
    mapped, new = [], Rows.new

    def watched(*shape_and_place):
        rows = new(*shape_and_place)
        mapped.append(rows.mapping is not None)
        return rows

    monkeypatch.setattr(Rows, "new", watched)
    limited = ScoreOptions(progress=False, memory=1e-9)
    score(posts_csv, output, model=model_folder, options=limited)
    assert mapped == [True] * 5  # features, the first states of posts and users, two layers
    assert output.read_bytes() == whole.read_bytes()


def test_a_dump_that_was_read_is_not_read_again(posts_csv, model_folder, tmp_path, monkeypatch):
    from gnn_emotion import pipeline
    from gnn_emotion.scoring import job

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(job, "write_predictions", stop)
        with pytest.raises(KeyboardInterrupt):
            score(posts_csv, tmp_path / "out.csv", model=model_folder, options=QUIET)
    monkeypatch.setattr(pipeline, "read_dump", stop)
    scored = score(posts_csv, tmp_path / "out.csv", model=model_folder, options=QUIET)
    assert scored.table.num_rows == 300
    assert scored.summary["totals"]["rows_read"] == 300


def test_a_folder_gets_a_file(posts_csv, model_folder, tmp_path):
    scored = score(posts_csv, tmp_path, model=model_folder, options=ScoreOptions(progress=False))
    assert scored.path == tmp_path / "predictions.parquet"
    assert scored.path.exists()


def test_output_inside_the_input_is_refused(posts_csv, model_folder, tmp_path):
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "posts.csv").write_bytes(posts_csv.read_bytes())
    with pytest.raises(DumpError, match="lies in the dump"):
        score(folder, folder / "out.csv", model=model_folder, options=QUIET)
    assert [path.name for path in folder.iterdir()] == ["posts.csv"]


def test_an_impossible_label_set_is_refused_before_work(model_folder, posts_csv, tmp_path):
    with pytest.raises(LabelError):
        score(
            posts_csv,
            tmp_path / "out.csv",
            model=model_folder,
            options=ScoreOptions("goemotions28", progress=False),
        )
    assert not list(tmp_path.iterdir())


def test_a_foreign_text_encoder_is_refused_by_name(posts_csv, model_folder, tmp_path):
    other = save_model(tmp_path / "other", seed=1)
    (other / "text_encoder.safetensors").write_bytes(
        (model_folder / "text_encoder.safetensors").read_bytes()
    )
    with pytest.raises(ContractError, match="features of 'post' come from 'ngram' revision"):
        score(posts_csv, tmp_path / "out.csv", model=other, options=QUIET)
