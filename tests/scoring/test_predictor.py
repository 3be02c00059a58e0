"""Scoring builds what the model looks at, and no more; the answers are the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn_emotion.encoders.text.load_text import encode_posts
from gnn_emotion.graph.blocks import incoming
from gnn_emotion.graph.build import build_graph, node_ids
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.emotions import valence
from gnn_emotion.schema.tables import SCHEMAS
from gnn_emotion.scoring import predictor as module
from gnn_emotion.scoring.batch import ScoreOptions, lay_out
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.checkpoint import Checkpoint, Member
from gnn_emotion.training.correct_and_smooth import (
    SmoothOptions,
    correct_and_smooth,
    past_mean,
)

from .conftest import save_model


@pytest.mark.parametrize("conv", ["gat", "sign", "none"])
def test_only_the_edges_that_the_model_hears_are_built(dump, tmp_path, monkeypatch, conv):
    predictor = Predictor.load(save_model(tmp_path, conv))
    features = predictor.encode(dump, encode_posts(dump, predictor.encoders.text))
    built = []

    def spy(*args, **options):
        built.append(build_graph(*args, **options))
        return built[-1]

    monkeypatch.setattr(module, "build_graph", spy)
    found = predictor.predict(dump, features).probs
    whole = build_graph(dump, features, last=predictor.checkpoint.last)
    read = predictor.checkpoint.model.config.edges_read
    assert set(built[0].edge_types) == set(whole.edge_types) & set(read) < set(whole.edge_types)
    np.testing.assert_array_equal(found, predictor.infer(whole).probs)


def ensemble(predictor: Predictor, **config) -> Predictor:
    """Put three members of random weights and their own temperatures into a predictor."""
    shape, members = replace(predictor.checkpoint.model.config, **config), []
    for seed, temperature in enumerate((0.5, 1.0, 2.0)):
        torch.manual_seed(seed)
        members.append(Member(EmotionGNN(shape).eval(), temperature))
    return replace(predictor, checkpoint=replace(predictor.checkpoint, members=tuple(members)))


@pytest.fixture(scope="module")
def predictor(model_folder) -> Predictor:
    return Predictor.load(model_folder)


@pytest.fixture(scope="module")
def features(dump, predictor):
    return predictor.encode(dump, encode_posts(dump, predictor.encoders.text))


@pytest.fixture(scope="module")
def graph(dump, features):
    return build_graph(dump, features)


def alone(predictor: Predictor, number: int) -> Predictor:
    members = predictor.checkpoint.members[number : number + 1]
    return replace(predictor, checkpoint=replace(predictor.checkpoint, members=members))


def test_an_ensemble_answers_with_the_mean_of_its_members(predictor, graph):
    three = ensemble(predictor, tasks=("valence",))
    each = [alone(three, number).infer(graph) for number in range(3)]
    found = three.infer(graph)
    np.testing.assert_allclose(found.probs, np.mean([one.probs for one in each], axis=0))
    np.testing.assert_allclose(found.valence, np.mean([one.valence for one in each], axis=0))
    assert np.abs(each[0].probs - each[1].probs).max() > 0.01
    done: list[int] = []
    three.infer(graph, done.append)
    assert sum(done) == 3 * 3 * graph["post"].num_nodes


def test_an_ensemble_that_was_saved_answers_the_same(predictor, graph, tmp_path):
    three = ensemble(predictor, tasks=("valence",))
    three.checkpoint.save(tmp_path, "card")
    loaded = replace(three, checkpoint=Checkpoint.load(tmp_path))
    for found, expected in zip(
        vars(loaded.infer(graph)).values(), vars(three.infer(graph)).values(), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_model_that_learned_the_valence_tells_it(dump, predictor, features, graph):
    """What it was trained to say stands in the table, in the order of the posts, not the rule."""
    told = ensemble(predictor, tasks=("valence",))
    found = told.infer(graph)
    table = lay_out(dump, told, features, found, ScoreOptions(progress=False))
    assert table["post_id"].to_pylist() == node_ids(dump, "post").to_pylist()
    np.testing.assert_array_equal(table["valence"].to_numpy(), found.valence)
    by_rule = valence(found.probs, "ekman7")
    assert np.abs(found.valence - by_rule).max() > 0.05
    silent = replace(found, valence=None)
    table = lay_out(dump, told, features, silent, ScoreOptions(progress=False))
    np.testing.assert_allclose(table["valence"].to_numpy(), by_rule, atol=1e-6)


def test_known_labels_are_spread_after_the_answer(predictor, graph):
    options = SmoothOptions(0.5, 0.5)
    smooth = replace(predictor, checkpoint=replace(predictor.checkpoint, smooth=options))
    plain, count = predictor.infer(graph).probs, graph["post"].num_nodes
    known = np.zeros((count, 7), dtype=np.float32)
    known[::3, 2] = 1
    relations = predictor.checkpoint.model.config.between_posts
    past = past_mean(incoming(graph, relations), count)
    expected = correct_and_smooth(plain, known, past, options)
    np.testing.assert_array_equal(smooth.infer(graph, known=known).probs, expected)
    assert np.abs(expected - plain)[1::3].max() > 0.05
    np.testing.assert_array_equal(smooth.infer(graph).probs, plain)
    np.testing.assert_array_equal(predictor.infer(graph, known=known).probs, plain)


@pytest.fixture(scope="module")
def labelled(make_dump, dump):
    """The same posts, every third of which is said to be angry."""
    tables = {name: dump.read(name).to_pylist() for name in SCHEMAS if name != "labels"}
    ids = node_ids(dump, "post").to_pylist()[::3]
    labels = [{"post_id": name, "label_set": "ekman7", "label": "anger"} for name in ids]
    numbers = [{"post_id": name, "label_set": "valence", "label": "0.5"} for name in ids]
    return tuple(make_dump(**tables, labels=stated) for stated in (labels, numbers))


@pytest.mark.parametrize("way", ["label inputs", "smooth"])
def test_labels_of_a_dump_are_heard_unless_it_is_judged_by_them(
    predictor, features, dump, labelled, way
):
    config = {"label_inputs": True} if way == "label inputs" else {}
    hearing = ensemble(predictor, **config)
    for member in hearing.checkpoint.members:
        if member.model.label_input is not None:
            torch.nn.init.normal_(member.model.label_input.skip.weight)
    smooth = SmoothOptions() if way == "smooth" else None
    hearing = replace(hearing, checkpoint=replace(hearing.checkpoint, smooth=smooth))
    stated, numbers = labelled
    deaf = hearing.predict(dump, features).probs
    heard = hearing.predict(stated, features).probs
    assert np.abs(heard - deaf).max() > 0.01
    for silent in (
        hearing.predict(stated, features, hear_labels=False),
        hearing.predict(numbers, features),
    ):
        np.testing.assert_array_equal(silent.probs, deaf)
