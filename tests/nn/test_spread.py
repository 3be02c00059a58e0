"""The model over features that were spread before."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from gnn_emotion.schema.blocks import spread_names

from .conftest import LABELS, WIDTHS, make_config, make_model

pytestmark = pytest.mark.usefixtures("one_thread")
COUNT = 12


def make_inputs(config) -> tuple[dict, dict]:
    """Draw posts and what was spread to them; from every third post on something is missing."""
    generator = torch.Generator().manual_seed(0)
    names = {"post": "post"} | spread_names(config.relations, config.hops)
    present = {name: torch.arange(COUNT) % 3 != at % 3 for at, name in enumerate(names)}
    x = {
        name: torch.randn(COUNT, WIDTHS[kind], generator=generator) * present[name][:, None]
        for name, kind in names.items()
    }
    return {n: [v] for n, v in x.items()}, {n: [v] for n, v in present.items()}


def test_names():
    relations = [("post", "sibling", "post"), ("user", "writes", "post")]
    first = {"post__sibling__post": "post", "user__writes__post": "user"}
    assert spread_names(relations, 3) == first | {"hop_2": "post", "hop_3": "post"}
    assert spread_names(relations[1:], 3) == {"user__writes__post": "user"}
    assert spread_names(relations, 1) == first


def test_gradients_reach_every_parameter():
    model = make_model("sign", num_layers=3).train()
    x, present = make_inputs(model.config)
    logits = model(x, present, []) + model.prior(torch.zeros(COUNT, dtype=torch.int64))
    assert logits.shape == (COUNT, len(LABELS))
    logits.pow(2).sum().backward()
    assert [n for n, w in model.named_parameters() if w.grad is None or not w.grad.any()] == []


def test_everything_spread_is_heard_and_by_its_own_post_alone():
    model = make_model("sign")
    x, present = make_inputs(model.config)
    before = model(x, present, [])
    names = spread_names(model.config.relations, model.config.hops)
    assert set(names.values()) == set(WIDTHS)
    for name in names:
        row = int(present[name][0].nonzero()[0])
        moved = x[name][0].clone()
        moved[row] += 1
        changed = (model({**x, name: [moved]}, present, []) - before).abs().amax(dim=1) > 1e-5
        assert changed.nonzero().flatten().tolist() == [row]


def test_what_was_not_spread_is_as_absent():
    """A graph without an edge type, and one in which no post has an edge of it."""
    model = make_model("sign")
    torch.nn.init.normal_(model.spread.inputs["hop_2"].absent)
    x, present = make_inputs(model.config)
    none = {**present, "hop_2": [torch.zeros(COUNT, dtype=torch.bool)]}
    expected = model(x, none, [])
    given = {name: values for name, values in x.items() if name != "hop_2"}
    torch.testing.assert_close(model(given, none, []), expected)
    assert (model(x, present, []) - expected).abs().max() > 1e-3


def test_without_relations_it_is_a_network_over_the_post():
    model = make_model("sign", edge_types=())
    x, present = make_inputs(model.config)
    assert set(x) == {"post"}
    assert model(x, present, []).shape == (COUNT, len(LABELS))


def test_own_pictures_are_hidden_in_training_alone():
    model = make_model("sign", modality_dropout=0.99, dropout=0.0)
    x, present = make_inputs(model.config)
    name = "image__rev_has_image__post"
    moved = {**x, name: [x[name][0] + present[name][0][:, None]]}

    def changed() -> int:
        torch.manual_seed(0)
        before = model(x, present, [])
        torch.manual_seed(0)
        return int((model(moved, present, []) != before).any(dim=1).sum())

    heard = changed()
    assert heard == present[name][0].sum()
    model.train()
    assert changed() < heard


def test_a_prepared_feature_is_prepared_after_it_was_spread():
    config = replace(make_config("sign"), prepared={"user": 3})
    model = make_model("sign", prepared={"user": 3})
    plain = make_model("sign")
    plain.load_state_dict({n: model.state_dict()[n] for n in plain.state_dict()})
    shift = {"shift": torch.full((3,), 2.0), "scale": torch.full((3,), 0.5)}
    model.set_prepared({"user": shift | {"weight": torch.eye(3), "offset": torch.zeros(3)}})
    x, present = make_inputs(config)
    name = "user__writes__post"
    stretched = {**x, name: [2 * x[name][0] + 2]}
    torch.testing.assert_close(model(stretched, present, []), plain(x, present, []))
