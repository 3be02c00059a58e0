"""From a toy dump to a judged model: where only context decides, only the graph model knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.schema.errors import ContractError, GnnEmotionError
from gnn_emotion.training.checkpoint import Checkpoint
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.model_card import model_card
from gnn_emotion.training.task import TEST, VAL
from gnn_emotion.training.train import Fitted, judge, train_model
from gnn_emotion.training.train_options import TrainOptions

from .conftest import CONTRACT, MOODS, REPLIES, THREADS

pytestmark = pytest.mark.usefixtures("one_thread")
FIT = FitOptions(epochs=25, patience=10, batch_size=64, learning_rate=0.01)
GRAPH = TrainOptions(hidden_channels=16, heads=2, dropout=0.1, fit=FIT)
TWIN = replace(GRAPH, conv="none")


def config_of(options: TrainOptions, sources: tuple[str, ...] = ("ekman7",)) -> ModelConfig:
    return options.model_config(CONTRACT, sources)


@pytest.fixture(scope="module")
def train(toy_graph, toy_task):
    """Return a function: options -> the fitted model; each is fitted once."""
    kept: dict[TrainOptions, Fitted] = {}

    def fitted(options: TrainOptions) -> Fitted:
        key = repr(options)
        if key not in kept:
            kept[key] = train_model(toy_graph, toy_task, config_of(options), options.fit)
        return kept[key]

    return fitted


def test_the_toy_has_every_mood_on_every_side(toy_task):
    assert len(toy_task.rows) == THREADS * REPLIES
    for split in range(3):
        assert toy_task.allowed[toy_task.at(split)].any(axis=0).sum() == len(MOODS)


@pytest.mark.parametrize("conv", ["gat", "gatv2", "gcn"])
def test_context_beats_the_text_only_twin(train, conv):
    graph = train(replace(GRAPH, conv=conv)).scores["test"]["ekman7"]["macro_f1"]
    alone = train(TWIN).scores["test"]["ekman7"]["macro_f1"]
    assert graph > 0.95
    assert alone < 0.6


def test_scores_are_those_of_the_splits(train, toy_task):
    scores = train(GRAPH).scores
    assert list(scores) == ["val", "test"]
    assert scores["val"]["ekman7"]["support"] == len(toy_task.at(VAL))
    assert scores["test"]["ekman7"]["support"] == len(toy_task.at(TEST))


def test_the_best_validation_score_is_that_of_the_history(train):
    fitted = train(TWIN)
    best = max(epoch.val_macro_f1 for epoch in fitted.histories[0])
    assert fitted.scores["val"]["ekman7"]["macro_f1"] == pytest.approx(best)


def test_labels_that_no_post_has_get_no_chance(train):
    prior = train(GRAPH).model.source_prior(torch.tensor([0]))[0]
    names = config_of(GRAPH).labels
    assert {names[k] for k in torch.nonzero(prior > -100).flatten()} == set(MOODS)


def test_a_model_that_knows_nothing_is_not_sure(train):
    """Calibrated on validation posts, noise gets about the confidence that it deserves."""
    fitted = train(TWIN)
    assert fitted.members[0].temperature > 1
    assert fitted.abstain_below < 0.5
    assert fitted.scores["test"]["ekman7"]["ece"] < 0.25


def test_each_source_is_judged_by_itself(toy_task):
    source = np.arange(len(toy_task.rows)) % 2
    task = replace(toy_task, source=source)
    config = config_of(GRAPH, ("even", "odd", "empty"))
    at = task.at(TEST)
    probs = task.allowed[at] * 0.9 + 0.1 / 7
    probs[source[at] == 1] = np.roll(probs[source[at] == 1], 1, axis=1)
    found = judge(probs, task, TEST, config)
    assert {name: scores["accuracy"] for name, scores in found.items()} == {"even": 1, "odd": 0}


@pytest.mark.parametrize(("named", "chosen"), [(None, "many"), ("few", "few")])
def test_the_source_that_answers_for_new_posts(toy_graph, toy_task, named, chosen):
    task = replace(toy_task, source=(np.arange(len(toy_task.rows)) % 3 > 0).astype(np.int64))
    quick = replace(FIT, epochs=1)
    config = config_of(GRAPH, ("few", "many"))
    fitted = train_model(toy_graph, task, config, quick, named)
    assert fitted.default_source == chosen
    checkpoint = fitted.checkpoint(GRAPH, CONTRACT)
    assert config.sources[checkpoint.source] == chosen


def test_without_validation_and_test_posts(toy_graph, toy_task):
    """Nothing to calibrate or judge on: a model all the same."""
    task = replace(toy_task, split=np.zeros_like(toy_task.split))
    fitted = train_model(toy_graph, task, config_of(TWIN), replace(FIT, epochs=2))
    assert (fitted.members[0].temperature, fitted.abstain_below) == (1.0, 0.0)
    assert fitted.scores == {"val": {}, "test": {}}


def test_checkpoint_and_model_card(train, tmp_path):
    fitted = train(GRAPH)
    checkpoint = fitted.checkpoint(GRAPH, CONTRACT)
    card = model_card(checkpoint, fitted, intended="For tests.")
    checkpoint.save(tmp_path, card)
    loaded = Checkpoint.load(tmp_path)
    assert loaded.members[0].temperature == fitted.members[0].temperature
    assert loaded.training["fit"]["learning_rate"] == FIT.learning_rate
    scores = fitted.scores["test"]["ekman7"]
    row = f"| test | ekman7 | {scores['support']} | {scores['macro_f1']:.3f} |"
    for line in (
        "For tests.",
        "- graph: 2 layer(s) of gat, 16 wide",
        "- features of post: `toy` revision `1`, 4 wide",
        f"- {checkpoint.num_parameters:,} fitted numbers",
        "- answers with the label prior of `ekman7`",
        "Label sources: `ekman7`.",
        row,
    ):
        assert line in card
    assert card == (tmp_path / "README.md").read_text(encoding="utf-8")


def test_the_card_of_a_twin_says_so(train):
    fitted = train(TWIN)
    card = model_card(fitted.checkpoint(TWIN, CONTRACT), fitted, data="Made up.")
    assert "- graph: none\n- a post is read by its text alone" in card
    assert "Made up." in card
    assert "Label sources" not in card


def test_options_that_cannot_be():
    with pytest.raises(GnnEmotionError, match="unknown split 'tme'; did you mean 'time'"):
        TrainOptions(split="tme")
    with pytest.raises(ContractError, match="unknown conv 'gta'"):
        config_of(TrainOptions(conv="gta"))
