"""Grids: all combinations, each with the controls that fit it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.training.ablation.grid import Ablation, Cell, without_graph
from gnn_emotion.training.train_options import TrainOptions

TABLE = {
    "seeds": [3, 4],
    "base": {"split": "time", "fit": {"epochs": 7}},
    "grid": {
        "conv": ["gcn", "none"],
        "edges": {
            "all": {},
            "parent": {"edge_types": ["rev_replies_to", "post__rev_reposts__post"]},
        },
        "balance": [0.0, 1.0],
    },
}


def test_all_combinations():
    ablation = Ablation.from_table(TABLE)
    assert ablation.seeds == (3, 4)
    assert len({cell.key for cell in ablation.cells}) == 8
    one = ablation.cells[3]
    assert dict(one.factors) == {"conv": "gcn", "edges": "parent", "balance": "1.0"}
    assert (one.options.conv, one.options.fit.balance, one.options.fit.epochs) == ("gcn", 1.0, 7)
    assert one.options.edge_types == ("post__rev_replies_to__post", "post__rev_reposts__post")
    assert one.options.split == "time"
    assert one.name == "conv=gcn edges=parent balance=1.0"


def test_a_grid_of_nothing_is_the_base():
    (cell,) = Ablation.from_table({"base": {"conv": "gcn"}}).cells
    assert cell.controls()[0].name == "base (no_graph)"


def test_only_models_that_hear_others_have_controls():
    gcn, none = Ablation.from_table({"grid": {"conv": ["gcn", "none"]}}).cells
    assert [control.control for control in gcn.controls()] == ["no_graph", "shuffled", "self"]
    assert none.controls() == []
    heard = Cell({}, TrainOptions(conv="none", label_inputs=True))
    assert len(heard.controls()) == 3
    assert [control.controls() for control in heard.controls()] == [[], [], []]


def test_a_control_that_is_a_cell_is_trained_once():
    """The twin without a graph is the control of both convs, and a cell itself."""
    ablation = Ablation.from_table({"grid": {"conv": ["gcn", "gat", "none"]}})
    every = ablation.all_cells()
    assert len(every) == 3 + 2 * 2
    assert len({cell.key for cell in every}) == len(every)


def test_without_a_graph_nothing_of_others_is_left():
    options = TrainOptions(
        encoders={"post": "tfidf", "user": "profile", "image": "affect"},
        label_inputs=True,
        correct_and_smooth=True,
    )
    alone = without_graph(options)
    assert (alone.conv, alone.label_inputs, alone.correct_and_smooth) == ("none", False, False)
    assert alone.fusion == "mid"
    assert without_graph(replace(options, fusion="late")).fusion == "late"


def test_answers_that_are_taken_as_they_are_stay_so_without_a_graph():
    """What spreading labels adds to an SVM is told by the SVM, not by a perceptron on top of it."""
    options = TrainOptions(
        encoders={"post": "svm", "user": "profile"}, conv="as_is", correct_and_smooth=True
    )
    assert without_graph(options) == replace(options, correct_and_smooth=False)


def test_the_key_is_of_what_decides_the_numbers():
    options = TrainOptions()
    cell = Cell({"a": "1"}, options)
    assert cell.key == Cell({"b": "2"}, replace(options, fit=replace(options.fit, seed=9))).key
    assert cell.key != Cell({"a": "1"}, replace(options, dropout=0.1)).key
    assert cell.key != Cell({"a": "1"}, options, "shuffled").key


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grdi": {}}, "unknown part 'grdi'; did you mean 'grid'"),
        ({"grid": {"cnov": ["gcn"]}}, "axis 'cnov' is no option; did you mean 'conv'"),
        ({"grid": {"conv": "gcn"}}, "axis 'conv' is 'gcn', expected a list"),
        ({"grid": {"conv": []}}, "expected a list"),
        ({"grid": {"edges": {"all": 3}}}, "'all' is 3, expected a table of options"),
        ({"base": {"slpit": "time"}}, "unknown option 'slpit'; did you mean 'split'"),
        ({"base": {"fit": {"epoch": 3}}}, "epoch"),
        ({"seeds": []}, "0 seeds"),
        ({"seeds": 3}, "seeds is 3; expected a list"),
        ({"seeds": ["a"]}, "seeds has 'a'; expected whole numbers"),
        ({"seeds": [1.5]}, "seeds has 1.5; expected whole numbers"),
        ({"seeds": [-1]}, "seeds has -1; expected whole numbers"),
        ({"seeds": [0, 0]}, "name one twice"),
        ({"base": 3}, "part 'base' is 3; expected a table"),
        ({"grid": ["gcn"]}, "part 'grid' is .*; expected a table"),
        ({"grid": {"seed": [1, 2]}}, "axis 'seed' is no axis"),
    ],
)
def test_what_there_is_not(change, message):
    with pytest.raises(GnnEmotionError, match=message):
        Ablation.from_table({**TABLE, **change})
