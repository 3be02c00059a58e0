"""Layer-wise inference gives what the blocks of training give, whatever the parts."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.encoders.text import encode_posts
from gnn_emotion.graph.build import build_graph
from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.scoring import inference
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.fit import predict_logits

from .conftest import save_model


def graph_of(dump, predictor):
    posts = encode_posts(dump, predictor.encoders.text)
    return build_graph(dump, predictor.encode(dump, posts))


@pytest.mark.parametrize("conv", ["gat", "gatv2", "gcn", "none"])
def test_equals_inference_by_blocks(dump, tmp_path, conv):
    predictor = Predictor.load(save_model(tmp_path, conv))
    graph = graph_of(dump, predictor)
    model = predictor.checkpoint.model
    count = graph["post"].num_nodes
    loader = BlockLoader(graph, model.config.relations, len(model.layers))
    expected = predict_logits(model, loader, np.arange(count), np.zeros(count, dtype=np.int64))
    np.testing.assert_allclose(inference.infer_logits(model, graph), expected, atol=1e-5)


def test_parts_do_not_matter(dump, model_folder, monkeypatch):
    predictor = Predictor.load(model_folder)
    graph = graph_of(dump, predictor)
    whole = inference.infer_logits(predictor.checkpoint.model, graph)
    monkeypatch.setattr(inference, "PART", 7)
    parts = inference.infer_logits(predictor.checkpoint.model, graph)
    np.testing.assert_allclose(parts, whole, atol=1e-5)


def test_context_matters(dump, model_folder):
    """The graph reaches the logits: without its edges they differ."""
    predictor = Predictor.load(model_folder)
    graph = graph_of(dump, predictor)
    alone = graph.clone()
    for edge_type in alone.edge_types:
        alone[edge_type].edge_index = alone[edge_type].edge_index[:, :0]
    assert np.abs(predictor.infer(graph) - predictor.infer(alone)).max() > 0.01


def test_advance_counts_every_post_once_a_step(dump, model_folder):
    predictor = Predictor.load(model_folder)
    graph = graph_of(dump, predictor)
    done: list[int] = []
    inference.infer_logits(predictor.checkpoint.model, graph, done.append)
    assert sum(done) == 3 * graph["post"].num_nodes
