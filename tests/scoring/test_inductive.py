"""A model trained on one dump scores another: other users, isolated posts, nothing of the like."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import special

from gnn_emotion.graph.build import build_graph
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.convs import MESSAGE_CONVS
from gnn_emotion.schema.graph import EDGE_TYPES, ON_REQUEST
from gnn_emotion.scoring.inference import infer_logits
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.task import TEST, TRAIN, VAL, Task
from gnn_emotion.training.train import train_model

from ..graph.conftest import WIDTHS, features_of

pytestmark = pytest.mark.usefixtures("one_thread")
KINDS = [(conv, False) for conv in (*MESSAGE_CONVS, "none", "sign")]
KINDS += [(conv, True) for conv in MESSAGE_CONVS]
LABELS = ("joy", "anger")
EDGES = tuple("__".join(r) for r in EDGE_TYPES if r[2] == "post" and r[0] in ("post", "user"))


def make_posts(first: int, count: int, users: list[str]) -> list[dict]:
    """Write threads of four, dated but for the last post of each."""
    return [
        {
            "post_id": f"p{i:04d}",
            "user_id": users[i % len(users)] if users else None,
            "created_at": None if i % 4 == 3 else 1000 * i,
            "root_id": f"p{i - i % 4:04d}",
            "parent_id": f"p{i - i % 4:04d}" if i % 4 else None,
            "kind": "reply" if i % 4 else "original",
        }
        for i in range(first, first + count)
    ]


def make_graph(make_dump, posts: list[dict], users: list[str], absent=frozenset()):
    dump = make_dump(
        posts=posts,
        users=[{"user_id": name} for name in users],
        follows=[{"follower_id": a, "followed_id": b} for a, b in pairwise(users)],
    )
    return build_graph(dump, features_of(dump, absent=absent), edge_types=EDGE_TYPES)


@pytest.fixture(scope="module")
def training_graph(make_dump):
    users = ["u0", "u1", "u2"]
    graph = make_graph(make_dump, make_posts(0, 48, users), users)
    assert set(ON_REQUEST) <= set(graph.edge_types)
    return graph


@pytest.fixture(scope="module")
def other_graphs(make_dump):
    """Users never seen and without features, posts that stand alone, and no graph at all."""
    users = ["v0", "v1", "v2", "v3", "v4"]
    alone = [
        {"post_id": f"q{i}", "created_at": None, "user_id": None, "kind": "original"}
        for i in range(3)
    ]
    others = make_posts(500, 10, users) + alone
    return [
        make_graph(make_dump, others, users, frozenset({"v1", "v2", "p0501", "q1"})),
        make_graph(make_dump, alone, []),
        make_graph(make_dump, [], []),
    ]


@pytest.mark.parametrize(("conv", "edge_time"), KINDS)
def test_a_model_scores_a_graph_that_it_has_not_seen(training_graph, other_graphs, conv, edge_time):
    count = training_graph["post"].num_nodes
    task = Task(
        rows=np.arange(count),
        allowed=np.eye(2, dtype=bool)[np.arange(count) // 4 % 2],
        source=np.zeros(count, dtype=np.int64),
        weight=np.ones(count, dtype=np.float32),
        split=np.array([TRAIN, TRAIN, VAL, TEST], dtype=np.int8)[np.arange(count) // 8 % 4],
    )
    config = ModelConfig(
        LABELS,
        {name: WIDTHS[name] for name in ("post", "user")},
        edge_types=EDGES,
        conv=conv,
        hidden_channels=8,
        num_layers=0 if conv == "none" else 2,
        edge_time=edge_time,
    )
    fitted = train_model(training_graph, task, config, replace(FitOptions(), epochs=2))
    for graph in other_graphs:
        probs = special.softmax(infer_logits(fitted.model, graph), axis=1)
        assert probs.shape == (graph["post"].num_nodes, len(LABELS))
        assert np.isfinite(probs).all()
        np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=1e-5)
