"""A space reads what a user may write, and refuses the rest by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.search_space import Choices, Range, Space, apply, value_of
from gnn_emotion.training.train_options import TrainOptions

RATE = {"low": 1e-4, "high": 1e-2, "log": True}


def test_read():
    table = {
        "learning_rate": RATE,
        "conv": ["gcn", "gat"],
        "hidden_channels": {"low": 32, "high": 128, "step": 32},
    }
    assert Space.from_table(table).axes == {
        "learning_rate": Range(1e-4, 1e-2, log=True),
        "conv": Choices(("gcn", "gat")),
        "hidden_channels": Range(32, 128, step=32, whole=True),
    }


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"learnin_rate": RATE}, "'learnin_rate' is no option; did you mean 'learning_rate'"),
        ({"conv": ["gcn", "gatt"]}, "axis 'conv': unknown conv 'gatt'; did you mean 'gat'"),
        ({"optimizer": ["adamm"]}, "axis 'optimizer': .*did you mean 'adam'"),
        ({"fusion": ["lat"]}, "axis 'fusion': .*did you mean 'late'"),
        ({"learning_rate": {"lo": 1, "high": 2}}, "unknown part 'lo'; did you mean 'low'"),
        ({"learning_rate": {"low": 1}}, "no high; expected both"),
        ({"learning_rate": {"low": 2, "high": 1}}, "low 2 and high 1; expected low < high"),
        ({"learning_rate": {"low": 0.0, "high": 1.0}}, "learning_rate is 0.0"),
        ({"dropout": {"low": 0, "high": 0.5, "log": True}}, "low > 0 and no step"),
        ({"dropout": {"low": 0, "high": 0.5, "step": 0}}, "step is 0"),
        ({"heads": {"low": 1, "high": 8, "step": 4}}, "high 8 cannot be reached"),
        ({"l1": [0, 0.0]}, "names a value twice"),
        ({"heads": {"low": 1.5, "high": 4}}, "low is 1.5; expected a whole number"),
        ({"dropout": {"low": "0", "high": 1}}, "low is '0'; expected a number"),
        ({"conv": {"low": 1, "high": 2}}, "has no range, such as 'gat' is"),
        ({"edge_time": {"low": 0, "high": 1}}, "has no range"),
        ({"edge_time": [0, 1]}, "0 is no value of it; expected one such as False"),
        ({"edge_types": ["rev_replies_to"]}, "is no value of it"),
        ({"edge_types": [["rev_replie_to"]]}, "did you mean"),
        ({"conv": "gcn"}, "is 'gcn'; expected a list of values, or a range"),
        ({"conv": []}, "no values"),
        ({}, "names no option"),
        ({"encoders": [{"post": "tfidf"}]}, "cannot be searched: it decides the features"),
        ({"label_set": ["ekman7"]}, "cannot be searched"),
        ({"split": ["time"]}, "cannot be searched"),
        ({"emoticons": [True]}, "cannot be searched"),
        ({"seed": [0, 1]}, "would be luck"),
        ({"fit": {"learning_rate": RATE}}, "name what is in it"),
    ],
)
def test_refused(table, message):
    with pytest.raises(GnnEmotionError, match=message):
        Space.from_table(table)


@pytest.mark.parametrize("heads", [1, 3, 4, 8, 64])
def test_default_widths_are_multiples_of_the_heads(heads):
    width = Space.default(TrainOptions(heads=heads)).axes["hidden_channels"]
    assert width.low % heads == width.step % heads == 0
    assert width.low == width.step < width.high


def test_apply_finds_the_right_table():
    options = apply({"conv": "gcn", "balance": 1.0}, TrainOptions(fit=FitOptions(epochs=3)))
    assert (options.conv, options.fit.balance, options.fit.epochs) == ("gcn", 1.0, 3)
    assert value_of(options, "balance") == 1.0
    assert value_of(options, "conv") == "gcn"


def test_start_is_what_of_the_base_lies_in_the_space():
    table = {
        "dropout": {"low": 0.1, "high": 0.5, "step": 0.2},
        "hidden_channels": {"low": 32, "high": 128, "step": 32},
        "heads": {"low": 1, "high": 3},
        "conv": ["gcn", "gat"],
        "optimizer": ["sgd"],
        "l1": [0, 0.1],
    }
    space = Space.from_table(table)
    on_them = {"dropout": 0.3, "hidden_channels": 64, "conv": '"gat"', "l1": "0"}
    assert space.start(TrainOptions()) == on_them
    assert "hidden_channels" not in space.start(TrainOptions(hidden_channels=65))


def test_graph_has_every_edge_type_that_some_trial_hears():
    space = Space.from_table({"edge_types": [["rev_replies_to"], ["rev_reposts"]]})
    parent, repost = "post__rev_replies_to__post", "post__rev_reposts__post"
    assert set(space.edge_types(TrainOptions())) == {parent, repost}
    other = Space.from_table({"conv": ["gcn"]})
    base = replace(TrainOptions(), edge_types=(parent,))
    assert other.edge_types(base) == (parent,)
