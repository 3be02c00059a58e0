"""Scoring builds what the model looks at, and no more; the answers are the same."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.encoders.text.load_text import encode_posts
from gnn_emotion.graph.build import build_graph
from gnn_emotion.scoring import predictor as module
from gnn_emotion.scoring.predictor import Predictor

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
