"""Layer-wise inference gives what the blocks of training give, whatever the parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gnn_emotion.encoders.text.load_text import encode_posts
from gnn_emotion.graph.build import build_graph
from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.convs import MESSAGE_CONVS
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.fusion import FUSIONS
from gnn_emotion.scoring import inference, memory
from gnn_emotion.scoring.memory import MemoryLimit, Rows
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.predict import predict_logits

from ..graph.conftest import WIDTHS, features_of, make_features
from .conftest import save_model


def graph_of(dump, predictor):
    posts = encode_posts(dump, predictor.encoders.text)
    return build_graph(dump, predictor.encode(dump, posts))


@pytest.fixture
def with_media(make_dump):
    """A graph of 40 posts in threads of four; some carry pictures or a sound; synthetic."""
    posts = [
        {
            "post_id": f"p{i}",
            "user_id": f"u{i % 3}",
            "created_at": 60 * i,
            "root_id": f"p{i - i % 4}",
            "parent_id": f"p{i - 1}" if i % 4 else None,
            "kind": "comment" if i % 4 else "original",
        }
        for i in range(40)
    ]
    carried = [(i, (i + k) % 15) for i in range(0, 40, 2) for k in range(i % 4)]
    dump = make_dump(
        posts=posts,
        users=[{"user_id": f"u{i}"} for i in range(3)],
        media=[{"media_id": f"m{k}", "kind": "image"} for k in range(15)],
        post_media=[{"post_id": f"p{i}", "media_id": f"m{k}", "position": 0} for i, k in carried],
    )
    features = features_of(dump, "post", "user", "image", absent=frozenset({"p5", "m2", "m3"}))
    ids = [post["post_id"] for post in posts]
    return build_graph(dump, features | {"sound": make_features(ids, 5, frozenset(ids[::3]))})


def blockwise(model, graph):
    """What training and its validation compute, in two batches, but for the label prior."""
    config = model.config
    loader = BlockLoader(
        graph,
        config.relations,
        config.num_layers,
        config.modalities,
        hops=config.hops,
        edge_time=config.edge_time,
    )
    count = graph["post"].num_nodes
    rows, source = np.arange(count), np.zeros(count, dtype=np.int64)
    logits = predict_logits(model, loader, rows, source, batch_size=count // 2 + 1)
    return logits - model.source_prior(torch.tensor([0])).detach().numpy()


ALONG_EDGES = [(conv, "graph", False) for conv in (*MESSAGE_CONVS, "sign")]
TIMED = [(conv, "graph", True) for conv in MESSAGE_CONVS]
AS_TOKENS = [(conv, fusion, False) for conv in ("gat", "none", "sign") for fusion in FUSIONS]


@pytest.mark.parametrize(("conv", "fusion", "edge_time"), ALONG_EDGES + TIMED + AS_TOKENS)
def test_equals_inference_by_blocks_with_media(with_media, conv, fusion, edge_time, monkeypatch):
    """Pictures heard along their edges, or as tokens beside a further modality."""
    modalities = () if fusion == "graph" else ("image", "sound")
    widths = {"post": WIDTHS["post"], "user": WIDTHS["user"], "image": WIDTHS["image"]}
    torch.manual_seed(0)
    config = ModelConfig(
        labels=("joy", "anger", "fear"),
        in_channels=widths | ({"sound": 5} if modalities else {}),
        conv=conv,
        hidden_channels=8,
        num_layers=0 if conv == "none" else 2,
        modalities=modalities,
        fusion="mid" if fusion == "graph" else fusion,
        edge_time=edge_time,
    )
    model = EmotionGNN(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)  # what begins at zero would hide a fault
    monkeypatch.setattr(memory, "PART", 7)
    found = inference.infer_logits(model, with_media)
    # Weights this large make logits of tens: the tolerance is relative to them.
    scale = max(1.0, float(np.abs(found).max()))
    np.testing.assert_allclose(found / scale, blockwise(model, with_media) / scale, atol=1e-5)
    without = with_media.clone()
    without["image"].present = torch.zeros_like(without["image"].present)
    assert np.abs(found - inference.infer_logits(model, without)).max() > 0.01


@pytest.mark.parametrize("conv", [*MESSAGE_CONVS, "none", "sign"])
def test_equals_inference_by_blocks(dump, tmp_path, conv):
    predictor = Predictor.load(save_model(tmp_path, conv))
    graph = graph_of(dump, predictor)
    model = predictor.checkpoint.model
    count = graph["post"].num_nodes
    loader = BlockLoader(graph, model.config.relations, len(model.layers), hops=model.config.hops)
    expected = predict_logits(model, loader, np.arange(count), np.zeros(count, dtype=np.int64))
    np.testing.assert_allclose(inference.infer_logits(model, graph), expected, atol=1e-5)


def test_parts_do_not_matter(dump, model_folder, monkeypatch):
    predictor = Predictor.load(model_folder)
    graph = graph_of(dump, predictor)
    whole = inference.infer_logits(predictor.checkpoint.model, graph)
    monkeypatch.setattr(memory, "PART", 7)
    parts = inference.infer_logits(predictor.checkpoint.model, graph)
    np.testing.assert_allclose(parts, whole, atol=1e-5)


@pytest.fixture
def model_and_graph(dump, model_folder):
    predictor = Predictor.load(model_folder)
    return predictor.checkpoint.model, graph_of(dump, predictor)


@pytest.fixture
def mapped(monkeypatch):
    """Which rows were made in files, in the order in which they were asked for."""
    made: list[bool] = []
    new = Rows.new

    def watched(*shape_and_place):
        rows = new(*shape_and_place)
        made.append(rows.mapping is not None)
        return rows

    monkeypatch.setattr(Rows, "new", watched)
    return made


@pytest.mark.parametrize("part", [8, 11, 16, 1000])
@pytest.mark.parametrize("gigabytes", [None, 1e-9])
def test_memory_does_not_change_a_byte(
    model_and_graph, mapped, tmp_path, monkeypatch, part, gigabytes
):
    whole = inference.infer_logits(*model_and_graph)
    assert mapped == [False] * 4  # the first states of posts and users, and those of two layers
    monkeypatch.setattr(memory, "PART", part)
    limit = MemoryLimit(gigabytes, tmp_path)
    limited = inference.infer_logits(*model_and_graph, memory=limit)
    assert mapped[4:] == [gigabytes is not None] * 4
    assert limited.tobytes() == whole.tobytes()
    assert not list(tmp_path.iterdir())


def test_many_users_are_too_large_for_memory_as_many_posts_are(model_and_graph, mapped, tmp_path):
    model, graph = model_and_graph
    posts, users = graph["post"].num_nodes, 5_000
    crowd = graph.clone()
    for name in ("x", "present"):
        own = graph["user"][name]
        more = own.new_zeros(users - len(own), *own.shape[1:])
        crowd["user"][name] = torch.cat([own, more])
    width = model.config.hidden_channels
    fits = MemoryLimit(4 * 4 * (posts + len(graph["user"].x)) * width / 2**30, tmp_path)
    found = inference.infer_logits(model, crowd, memory=fits)
    assert mapped == [True] * 4
    assert found.tobytes() == inference.infer_logits(model, graph, memory=fits).tobytes()
    assert mapped[4:] == [False] * 4


def test_pages_are_given_back_after_some_parts(model_and_graph, tmp_path, monkeypatch):
    model, graph = model_and_graph
    released, release = [], Rows.release
    monkeypatch.setattr(Rows, "release", lambda rows: (released.append(rows), release(rows)))
    monkeypatch.setattr(memory, "PART", 8)
    monkeypatch.setattr(inference, "_PARTS_A_RELEASE", 3)
    inference.infer_logits(model, graph, memory=MemoryLimit(1e-9, tmp_path))
    parts = -(-graph["post"].num_nodes // 8)
    # Of posts and users in each layer; the answers are read once more, part by part.
    assert len(released) == len(model.layers) * 2 * (parts // 3) + parts


def test_features_in_half_precision_are_read_part_by_part(model_and_graph):
    model, graph = model_and_graph
    half = graph.clone()
    half["post"].x = graph["post"].x.half()
    rounded = graph.clone()
    rounded["post"].x = graph["post"].x.half().float()
    found = inference.infer_logits(model, half, memory=MemoryLimit(1e-9))
    assert found.tobytes() == inference.infer_logits(model, rounded).tobytes()


def test_context_matters(dump, model_folder):
    """The graph reaches the logits: without its edges they differ."""
    predictor = Predictor.load(model_folder)
    graph = graph_of(dump, predictor)
    alone = graph.clone()
    for edge_type in alone.edge_types:
        alone[edge_type].edge_index = alone[edge_type].edge_index[:, :0]
    assert np.abs(predictor.infer(graph).probs - predictor.infer(alone).probs).max() > 0.01


def test_advance_counts_every_post_once_a_step(dump, model_folder):
    predictor = Predictor.load(model_folder)
    graph = graph_of(dump, predictor)
    done: list[int] = []
    inference.infer_logits(predictor.checkpoint.model, graph, done.append)
    assert sum(done) == 3 * graph["post"].num_nodes
