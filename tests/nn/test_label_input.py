"""Known labels as an input: heard from neighbours alone, whatever circles the edges make."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gnn_emotion.graph.build import build_graph
from gnn_emotion.graph.label_context import LabelContext
from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.convs import MESSAGE_CONVS
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.label_input import LabelInput
from gnn_emotion.schema.graph import ON_REQUEST, PAST_ONLY, SIBLING
from gnn_emotion.scoring.inference import infer_logits

from ..graph.conftest import WIDTHS, features_of

pytestmark = pytest.mark.usefixtures("one_thread")
CHILD = ("post", "replies_to", "post")
PARENT = ("post", "rev_replies_to", "post")
LABELS = ("joy", "anger", "fear")
#: Who hears of the label of each post in ``circles``.
HEARD_BY = {0: {1, 2, 3}, 1: {0, 2, 3, 4}, 2: {0, 1, 3}, 3: {0, 1, 2}, 4: {1}}
#: Back and forth between parents and children, and among those who answer the same post.
CIRCLES = tuple("__".join(edge_type) for edge_type in (CHILD, PARENT, SIBLING))
ONE, OTHER = (np.eye(3, dtype=np.float32)[k] for k in (0, 2))


@pytest.fixture(scope="module")
def circles(make_dump):
    """A post, three answers to it, and one to the first of these; nobody says when; synthetic."""
    parents = [None, 0, 0, 0, 1]
    posts = [
        {
            "post_id": f"p{i}",
            "user_id": "u0",
            "parent_id": None if parent is None else f"p{parent}",
            "root_id": "p0",
            "kind": "original" if parent is None else "reply",
        }
        for i, parent in enumerate(parents)
    ]
    dump = make_dump(posts=posts, users=[{"user_id": "u0"}])
    graph = build_graph(dump, features_of(dump), edge_types=[*PAST_ONLY, CHILD, *ON_REQUEST])
    assert graph[CHILD].num_edges and graph[PARENT].num_edges and graph[SIBLING].num_edges
    return graph


def make_model(conv: str, edge_types: tuple[str, ...] = CIRCLES) -> EmotionGNN:
    torch.manual_seed(1)
    widths = {name: WIDTHS[name] for name in ("post", "user")}
    layers = 0 if conv == "none" else 2
    config = ModelConfig(
        LABELS, widths, edge_types, conv, 8, layers, heads=2, label_inputs=True, label_masking=0.5
    )
    model = EmotionGNN(config).eval()
    with torch.no_grad():  # the direct logits begin at zero, which would hide a fault
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) / 4)
    return model


def by_blocks(model: EmotionGNN, graph, known: np.ndarray) -> np.ndarray:
    config = model.config
    labels = LabelContext.of(graph, config.label_relations, known)
    loader = BlockLoader(graph, config.relations, config.num_layers, labels=labels)
    batch = loader.batch(np.arange(len(known)))
    with torch.inference_mode():
        return model(batch.x_dict, batch.present_dict, batch.blocks).numpy()


def layerwise(model: EmotionGNN, graph, known: np.ndarray) -> np.ndarray:
    return infer_logits(model, graph, known=known)


@pytest.mark.parametrize("conv", [*MESSAGE_CONVS, "none"])
@pytest.mark.parametrize("answer", [by_blocks, layerwise])
def test_a_post_never_hears_its_own_label_on_any_way(circles, conv, answer):
    """Words go around the circles, labels one step only: never back to their post."""
    model, known = make_model(conv), np.tile(ONE, (5, 1))
    before = answer(model, circles, known)
    for post in range(5):
        for own in (OTHER, np.zeros(3, dtype=np.float32)):
            changed = known.copy()
            changed[post] = own
            after = answer(model, circles, changed)
            np.testing.assert_array_equal(after[post], before[post])
            heard = {row for row in range(5) if not np.array_equal(after[row], before[row])}
            assert heard == HEARD_BY[post]


def test_a_later_label_does_not_reach_an_earlier_post(circles):
    timed = circles.clone()
    timed["post"].time = torch.arange(5) * 3600
    model, known = make_model("gat"), np.tile(ONE, (5, 1))
    before = by_blocks(model, timed, known)
    for post in range(5):
        changed = known.copy()
        changed[post] = OTHER
        after = by_blocks(model, timed, changed)
        np.testing.assert_array_equal(after[: post + 1], before[: post + 1])
    assert (by_blocks(model, timed, known * 0) != before)[1:].any(axis=1).all()


def test_hidden_labels_are_as_if_there_were_none(circles):
    model, known = make_model("none"), np.tile(ONE, (5, 1))
    config = model.config
    context = LabelContext.of(circles, config.label_relations, known)
    loader = BlockLoader(circles, config.relations, config.num_layers, labels=context)
    silent = by_blocks(model, circles, known * 0)
    for masking, equal in ((1 - 1e-12, True), (0.0, False)):
        batch = loader.batch(np.arange(5), masking, np.random.default_rng(0))
        with torch.inference_mode():
            found = model(batch.x_dict, batch.present_dict, batch.blocks).numpy()
        assert np.array_equal(found, silent) == equal


def test_the_direct_logits_begin_at_zero_and_the_state_does_not():
    torch.manual_seed(0)
    config = ModelConfig(LABELS, {"post": 2}, CIRCLES, hidden_channels=8, label_inputs=True)
    layer = LabelInput(config).eval()
    context = torch.randn(6, 3 * (3 + 1))
    logits, state = layer(context)
    assert (logits.shape, state.shape) == ((6, 3), (6, 8))
    assert not logits.any()
    assert state.abs().sum() > 0
    logits.sum().backward()
    assert layer.skip.weight.grad.any()
