"""A search on the toy whose replies' words say nothing: only a model with a graph is any good."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import optuna
import pandas as pd
import pytest

from gnn_emotion.schema.errors import ContractError, GnnEmotionError, LabelError
from gnn_emotion.training import tuning
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.search_space import Space
from gnn_emotion.training.study import STUDY
from gnn_emotion.training.task import TEST, TRAIN
from gnn_emotion.training.train import train_as
from gnn_emotion.training.train_options import TrainOptions
from gnn_emotion.training.tuning import search, without_test

from .conftest import CONTRACT

pytestmark = pytest.mark.usefixtures("one_thread")
FIT = FitOptions(epochs=10, batch_size=64, learning_rate=0.02)
BASE = TrainOptions(conv="none", hidden_channels=8, heads=2, num_layers=1, dropout=0.1, fit=FIT)
SPACE = Space.from_table(
    {"conv": ["none", "gcn"], "dropout": {"low": 0.0, "high": 0.2}, "balance": [0.0, 0.5]}, BASE
)


@pytest.fixture
def tried(monkeypatch) -> list[TrainOptions]:
    """Options of all trainings, which take no time: gcn is good, and little dropout is better."""
    trained: list[TrainOptions] = []

    def train(options, *data):
        trained.append(options)
        return SimpleNamespace(val_macro_f1=(options.conv == "gcn") - options.dropout)

    monkeypatch.setattr(tuning, "train_as", train)
    return trained


def found(graph, task, folder, trials, options=BASE, space=SPACE, key=""):
    return search(graph, task, ("ekman7",), CONTRACT, options, space, trials, folder, key)


def test_the_good_value_is_found(toy_graph, toy_task, tmp_path, capfd):
    tuned = found(toy_graph, toy_task, tmp_path, 4)
    assert tuned.best.conv == "gcn"
    assert replace(tuned.best, conv="none", dropout=0.1, fit=BASE.fit) == BASE
    assert list(tuned.table.trial) == list(range(4))
    by_conv = tuned.table.groupby("conv").val_macro_f1.max()
    assert by_conv["gcn"] > 0.9 and by_conv["none"] < 0.6
    assert (tuned.table.seconds > 0).all()
    task = without_test(toy_task)
    again = train_as(tuned.best, toy_graph, task, ("ekman7",), CONTRACT)
    assert again.val_macro_f1 == tuned.table.val_macro_f1.max()
    assert capfd.readouterr() == ("", "")


def test_the_base_is_tried_first(toy_graph, toy_task, tmp_path, tried):
    found(toy_graph, toy_task, tmp_path, 3)
    assert tried[0] == BASE
    assert tried[1] != BASE


def test_no_trial_sees_the_test_split(toy_graph, toy_task, tmp_path):
    """Test labels that are turned round change nothing, and are not handed on."""
    hidden = without_test(toy_task)
    assert not len(hidden.at(TEST)) and len(hidden.at(TRAIN)) == len(toy_task.at(TRAIN))
    turned = toy_task.allowed.copy()
    turned[toy_task.at(TEST)] = np.roll(turned[toy_task.at(TEST)], 1, axis=1)
    quick = replace(BASE, fit=replace(FIT, epochs=3))
    tables = [
        found(toy_graph, task, tmp_path / name, 2, quick).table.drop(columns="seconds")
        for name, task in (("a", toy_task), ("b", replace(toy_task, allowed=turned)))
    ]
    pd.testing.assert_frame_equal(*tables)


def test_a_seed_is_repeatable(toy_graph, toy_task, tmp_path, tried):
    runs = {}
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        options = replace(BASE, fit=replace(FIT, seed=seed))
        table = found(toy_graph, toy_task, tmp_path / name, 15, options).table
        runs[name] = table.drop(columns="seconds")
    pd.testing.assert_frame_equal(runs["a"], runs["b"])
    assert not runs["a"].equals(runs["c"])


def test_killed_it_goes_on_to_the_same_trials(toy_graph, toy_task, tmp_path, tried, monkeypatch):
    whole = found(toy_graph, toy_task, tmp_path / "whole", 16)
    expected, quick = list(tried), tuning.train_as
    tried.clear()

    def killed(*arguments):
        if len(tried) in (0, 5, 12):
            tried.append(None)
            raise KeyboardInterrupt
        return quick(*arguments)

    monkeypatch.setattr(tuning, "train_as", killed)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            found(toy_graph, toy_task, tmp_path / "cut", 16)
    cut = found(toy_graph, toy_task, tmp_path / "cut", 16)
    assert [options for options in tried if options is not None] == expected
    pd.testing.assert_frame_equal(
        cut.table.drop(columns="seconds"), whole.table.drop(columns="seconds")
    )


def test_more_trials_go_on_and_fewer_train_nothing(toy_graph, toy_task, tmp_path, tried):
    found(toy_graph, toy_task, tmp_path, 4)
    assert len(tried) == 4
    assert len(found(toy_graph, toy_task, tmp_path, 7).table) == 7
    assert len(tried) == 7
    assert len(found(toy_graph, toy_task, tmp_path, 2).table) == 7
    assert len(tried) == 7


def test_the_search_learns(toy_graph, toy_task, tmp_path, tried):
    """Once it knows enough, it no longer tries the useless value half of the time."""
    table = found(toy_graph, toy_task, tmp_path, 30).table
    late = table[15:]
    assert (late.conv == "gcn").mean() > 0.7
    assert late.dropout.mean() < 0.09


def test_what_was_tried_is_not_trained_again(toy_graph, toy_task, tmp_path, tried):
    space = Space.from_table({"conv": ["none", "gcn"]}, BASE)
    table = found(toy_graph, toy_task, tmp_path, 8, space=space).table
    assert len(table) == 8
    assert len(tried) == 2
    assert table.groupby("conv").val_macro_f1.nunique().eq(1).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"options": replace(BASE, num_layers=2)}, r"of other options \(num_layers\)"),
        ({"options": replace(BASE, fit=replace(FIT, seed=3))}, r"of other options \(fit\)"),
        ({"space": Space.from_table({"conv": ["gcn"]})}, r"of other space \(conv, dropout"),
        ({"key": "other"}, r"of other data \(features and labels\)"),
    ],
)
def test_another_search_in_the_folder_is_refused(
    toy_graph, toy_task, tmp_path, tried, change, message
):
    found(toy_graph, toy_task, tmp_path, 1)
    with pytest.raises(GnnEmotionError, match=message):
        found(toy_graph, toy_task, tmp_path, 2, **change)
    assert len(tried) == 1


def test_options_that_cannot_be_together_are_told(toy_graph, toy_task, tmp_path):
    """An odd width has no two heads."""
    base = replace(BASE, conv="gcn", fit=replace(FIT, epochs=1))
    space = Space.from_table({"hidden_channels": [7, 8]}, base)
    tuned = found(toy_graph, toy_task, tmp_path / "some", 6, base, space)
    odd = tuned.table[tuned.table.hidden_channels == 7]
    assert len(odd) and odd.val_macro_f1.isna().all()
    assert odd.fault.str.contains("hidden_channels 7 is not a multiple of heads 2").all()
    assert tuned.best.hidden_channels == 8
    space = Space.from_table({"hidden_channels": [7, 9]}, base)
    with pytest.raises(GnnEmotionError, match=r"none of 2 trials .* is not a multiple"):
        found(toy_graph, toy_task, tmp_path / "none", 2, base, space)


def test_the_table_for_people_has_the_best_first(toy_graph, toy_task, tmp_path, tried):
    tuned = found(toy_graph, toy_task, tmp_path, 8)
    lines = tuned.markdown(3).splitlines()
    assert lines[0] == "| trial | val_macro_f1 | conv | dropout | balance |"
    assert len(lines) == 2 + 3
    best = tuned.table.sort_values("val_macro_f1").iloc[-1]
    assert lines[2].startswith(f"| {best.trial} | {best.val_macro_f1:.4g} | gcn |")


def test_nothing_to_choose_by(toy_graph, toy_task, tmp_path):
    task = replace(toy_task, split=np.zeros_like(toy_task.split))
    with pytest.raises(LabelError, match="validation split, by which options are chosen"):
        found(toy_graph, task, tmp_path, 2)
    with pytest.raises(GnnEmotionError, match="trials is 0"):
        found(toy_graph, toy_task, tmp_path, 0)


def test_a_file_that_is_no_study(toy_graph, toy_task, tmp_path):
    (tmp_path / STUDY).write_bytes(b"not a database" * 100)
    with pytest.raises(GnnEmotionError, match=r"study\.db cannot be read"):
        found(toy_graph, toy_task, tmp_path, 2)


def test_without_optuna(toy_graph, toy_task, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ContractError, match=r"pip install 'gnn-emotion\[tune\]'"):
        found(toy_graph, toy_task, tmp_path, 2)


def test_optuna_speaks_again_afterwards(toy_graph, toy_task, tmp_path, tried):
    before = optuna.logging.get_verbosity()
    found(toy_graph, toy_task, tmp_path, 1)
    assert optuna.logging.get_verbosity() == before
