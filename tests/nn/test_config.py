"""A model that cannot be is refused, with the reason."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gnn_emotion.nn.config import CONVS, LAYERLESS, ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.text_head_config import HEADS
from gnn_emotion.nn.text_heads import TEXT_HEADS
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.graph import PAST_ONLY

GOOD = {"labels": ("joy", "anger"), "in_channels": {"post": 4, "user": 3}}

REFUSED = {
    "conv": ({"conv": "gatt"}, r"unknown conv 'gatt'; did you mean 'gat'"),
    "edge": (
        {"edge_types": ("post__rev_reply_to__post",)},
        "unknown edge type 'post__rev_reply_to__post'; did you mean 'post__rev_replies_to__post'",
    ),
    "edge into users": (
        {"edge_types": ("user__follows__user",)},
        "edge type 'user__follows__user' does not end in posts",
    ),
    "no posts": ({"in_channels": {"user": 3}}, r"in_channels names \['user'\], expected 'post'"),
    "node": (
        {"in_channels": {"post": 4, "users": 3}},
        "features of 'users' are of no node type and no modality; did you mean 'user'",
    ),
    "fusion": ({"fusion": "gate"}, "unknown fusion 'gate'; did you mean 'gated'"),
    "modality": ({"modalities": ("sound",)}, r"modality 'sound' is not one of the features"),
    "words": ({"modalities": ("post",)}, r"modality 'post' is not one of the features"),
    "prepared": ({"prepared": {"pots": 3}}, "prepared names 'pots'; did you mean 'post'"),
    "hidden": ({"modality_dropout": 1.0}, "modality_dropout is 1.0; expected 0 <= modality_"),
    "labels": ({"labels": ()}, r"labels \(\), sources .*; expected one of each or more"),
    "sources": ({"sources": ()}, r"sources \(\); expected one of each or more"),
    "heads": ({"heads": 5}, "hidden_channels 64 is not a multiple of heads 5"),
    "no heads": ({"heads": 0}, "heads is 0; expected 1 or more"),
    "no width": ({"hidden_channels": 0}, "hidden_channels is 0; expected 1 or more"),
    "dropout": ({"dropout": 1.0}, "dropout is 1.0; expected 0 <= dropout < 1"),
    "below no dropout": ({"dropout": -0.1}, "dropout is -0.1"),
    "no layers": ({"num_layers": 0}, "conv 'gat' with num_layers 0; expected 0 layers for 'as_is'"),
    "fewer layers": ({"num_layers": -1}, "conv 'gat' with num_layers -1"),
    "times that are gone": (
        {"conv": "sign", "edge_time": True},
        "edge_time with conv 'sign', whose edges are gone before it learns anything",
    ),
    "logits of another set": (
        {"conv": "as_is", "num_layers": 0},
        "conv 'as_is' takes the 4 columns of the words of posts for the logits of 2 labels",
    ),
    "more beside logits": (
        {"conv": "as_is", "num_layers": 0, "in_channels": {"post": 2}, "tasks": ("valence",)},
        r"conv 'as_is' learns nothing: .* tasks \('valence',\)",
    ),
    "head": ({"text_head": "cn", "num_tokens": 9}, "unknown text head 'cn'; did you mean 'cnn'"),
    "head without tokens": ({"text_head": "cnn"}, "text head 'cnn' with 0 token numbers; expected"),
    "tokens without head": ({"num_tokens": 9}, "text head '' with 9 token numbers; expected a"),
    "spread tokens": (
        {"text_head": "cnn", "num_tokens": 9, "conv": "sign"},
        "text head 'cnn' with conv 'sign', .* token numbers cannot be averaged",
    ),
    "chosen tokens": (
        {"text_head": "cnn", "num_tokens": 9, "prepared": {"post": 3}},
        r"prepared \['post'\]; expected .* no choice of their columns",
    ),
    "layers of none": ({"conv": "none"}, "conv 'none' with num_layers 2"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(changes, message):
    ModelConfig(**GOOD)
    with pytest.raises(ContractError, match=message):
        ModelConfig(**{**GOOD, **changes})


@pytest.mark.parametrize("conv", CONVS)
def test_json_there_and_back(conv):
    layers = 0 if conv in LAYERLESS else 3
    widths = {"post": 2, "user": 3}
    config = ModelConfig(("joy", "anger"), widths, conv=conv, num_layers=layers, sources=("a",))
    assert ModelConfig.from_json(json.loads(json.dumps(config.as_json()))) == config


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"colour": "red"}, "colour"), ({"in_channels": None}, "model config")],
)
def test_json_that_is_no_config_is_refused(changes, message):
    with pytest.raises(ContractError, match=message):
        ModelConfig.from_json({**ModelConfig(**GOOD).as_json(), **changes})
    with pytest.raises(ContractError, match=r"model config: .*in_channels"):
        ModelConfig.from_json({"labels": ["joy"]})


def test_by_default_posts_listen_to_the_past():
    everything = {"post": 4, "user": 3, "image": 2, "video": 2}
    assert ModelConfig(("joy",), everything).relations == PAST_ONLY


@pytest.mark.parametrize("head", HEADS)
def test_words_are_as_wide_as_what_their_head_gives(head):
    config = ModelConfig(**GOOD, text_head=head, num_tokens=9)
    assert config.width("post") == TEXT_HEADS[head](config.head_config).feature_channels
    assert ModelConfig.from_json(json.loads(json.dumps(config.as_json()))) == config


def test_hops_are_those_of_spread_features():
    assert ModelConfig(**GOOD, conv="sign", num_layers=3).hops == 3
    assert ModelConfig(**GOOD, conv="sage", num_layers=3).hops == 0


def test_a_graph_needs_what_any_part_of_a_model_reads():
    """The text-only twin hears along no edge, but pictures are carried along one."""
    widths = {"post": 4, "user": 3, "image": 2, "video": 2}
    along = ModelConfig(("joy",), widths)
    assert along.edges_read == PAST_ONLY
    twin = replace(along, conv="none", num_layers=0, modalities=("image",))
    between = [r for r in PAST_ONLY if r[0] == "post"]
    assert twin.edges_read == (*between, ("image", "rev_has_image", "post"))
    assert replace(along, edge_types=("post__sibling__post",)).edges_read == (
        ("post", "sibling", "post"),
    )


def test_media_that_are_tokens_are_not_heard_along_edges():
    widths = {"post": 4, "user": 3, "image": 2}
    along = ModelConfig(**{**GOOD, "in_channels": widths})
    token = replace(along, modalities=("image",))
    assert {src for src, _, _ in along.relations} == {"post", "user", "image"}
    assert {src for src, _, _ in token.relations} == {"post", "user"}
    assert replace(along, conv="none", num_layers=0).relations == ()


def test_relations_of_node_types_without_features_are_left_out():
    relations = ModelConfig(**GOOD).relations
    assert {src for src, _, _ in relations} == {"post", "user"}
    assert len(relations) == len(PAST_ONLY) - 2
    assert set(EmotionGNN(ModelConfig(**GOOD)).inputs) == {"post", "user"}
