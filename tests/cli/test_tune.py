"""``gnn-emotion tune`` on a small dump, and ``train`` with what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from gnn_emotion import tuning

#: The options of train that hold for all trials.
QUICK = ("--epochs", 2, "--layers", 1, "--heads", 2, "--seed", 3)
SPACE = """
learning_rate = {low = 1e-3, high = 1e-2, log = true}
conv = ["gcn", "none"]
hidden_channels = {low = 8, high = 16, step = 8}
edge_types = [["rev_replies_to"], ["rev_in_thread", "rev_replies_to"]]
"""


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "space.toml"
    path.write_text(SPACE, encoding="utf-8")
    return path


def test_tune_then_train(run, posts, space, tmp_path):
    folder = tmp_path / "found"
    ran = run("tune", posts, "--output", folder, "--trials", 4, "--space", space, *QUICK)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("| trial | val_macro_f1 | learning_rate | conv |")
    assert lines[-1].endswith(f"--config {folder / 'best.toml'}")
    trials = pd.read_csv(folder / "trials.csv")
    assert len(trials) == 4 and trials.learning_rate.nunique() == 4
    best = trials.loc[trials.val_macro_f1.idxmax()]

    ran = run("train", posts, "--output", tmp_path / "model", "--config", folder / "best.toml")
    assert ran.code == 0, ran.err
    trained = json.loads((tmp_path / "model" / "config.json").read_text("utf-8"))["training"]
    assert trained["conv"] == best.conv
    assert trained["hidden_channels"] == best.hidden_channels
    assert trained["heads"] == 2
    assert trained["fit"]["learning_rate"] == pytest.approx(best.learning_rate)
    assert (trained["fit"]["epochs"], trained["fit"]["seed"]) == (2, 3)
    val = next(line for line in ran.out.splitlines() if line.startswith("| val |"))
    assert f"{best.val_macro_f1:.3f}" in val


def test_features_are_made_once_and_trials_go_on(run, posts, space, tmp_path, monkeypatch):
    made, prepare = [], tuning.training_data

    def counted(*arguments):
        made.append(arguments)
        return prepare(*arguments)

    monkeypatch.setattr(tuning, "training_data", counted)
    folder = tmp_path / "found"
    for trials in (1, 3):
        ran = run("tune", posts, "--output", folder, "--trials", trials, "--space", space, *QUICK)
        assert ran.code == 0, ran.err
    assert len(made) == 2
    assert list(pd.read_csv(folder / "trials.csv").trial) == [0, 1, 2]
    ran = run("tune", posts, "--output", folder, "--trials", 4, *QUICK)
    assert ran.code == 1
    assert "holds a search of other space" in ran.err


def test_the_default_space(run, posts, tmp_path):
    ran = run("tune", posts, "--output", tmp_path, "--trials", 1, *QUICK)
    assert ran.code == 0, ran.err
    first = pd.read_csv(tmp_path / "trials.csv").iloc[0]
    assert (first.learning_rate, first.hidden_channels, first.balance) == (3e-3, 64, 0.5)


def test_spaces_that_cannot_be(run, posts, tmp_path):
    space = tmp_path / "space.toml"
    space.write_text("drpout = [0.1]")
    ran = run("tune", posts, "--output", tmp_path / "found", "--space", space)
    assert ran.code == 2
    assert "did you mean 'dropout'" in ran.err
    space.write_text("split = ['time']")
    ran = run("tune", posts, "--output", tmp_path / "found", "--space", space)
    assert ran.code == 2
    assert "'split' cannot be searched" in ran.err
    space.write_text("dropout = ")
    ran = run("tune", posts, "--output", tmp_path / "found", "--space", space)
    assert ran.code == 2
    assert "is no TOML file" in ran.err
    assert not (tmp_path / "found").exists()
