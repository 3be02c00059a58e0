"""The classifier: what reaches the logits, and what must not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.fusion import FUSIONS
from gnn_emotion.nn.post_input import NodeInput
from gnn_emotion.schema.blocks import Adjacency, Block
from gnn_emotion.schema.graph import EDGE_NAMES

from .conftest import CONVS, LABELS, WIDTHS, make_blocks, make_config, make_inputs, make_model

pytestmark = pytest.mark.usefixtures("one_thread")
ANSWERS = ("post", "rev_replies_to", "post")


def silent(block: Block) -> Block:
    """Take all edges out of a block."""
    none = Adjacency(np.zeros(block.num_dst + 1, np.int64), np.empty(0, np.int64))
    return replace(block, relations=dict.fromkeys(block.relations, none))


@pytest.mark.parametrize("conv", CONVS)
def test_logits_of_the_seeds(blocks, conv):
    logits = make_model(conv)(*make_inputs(blocks), blocks)
    assert logits.shape == (6, len(LABELS))
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("conv", CONVS)
def test_gradients_reach_every_parameter(conv):
    # Enough edges that every relation has a post with two neighbours to choose between.
    blocks = make_blocks([40, 30, 20], {"user": 8, "image": 9, "video": 8})
    model = make_model(conv)
    logits = model(*make_inputs(blocks), blocks) + model.prior(torch.zeros(20, dtype=torch.int64))
    logits.pow(2).sum().backward()
    still = [name for name, weights in model.named_parameters() if not weights.grad.any()]
    assert still == []


def test_gradients_reach_every_parameter_of_the_twin():
    model = make_model("none")
    x, present = torch.randn(5, WIDTHS["post"]), torch.arange(5) < 4
    (model({"post": [x]}, {"post": [present]}, []).sum() + model.prior.weight.sum()).backward()
    moved = {name for name, weights in model.named_parameters() if weights.grad is not None}
    assert moved == {name for name, _ in model.named_parameters()}


def test_the_twin_judges_a_post_by_its_text_alone(blocks):
    model = make_model("none")
    x_dict, present_dict = make_inputs(blocks)
    alone = model({"post": [x_dict["post"][0][:6]]}, {"post": [present_dict["post"][0][:6]]}, [])
    for row in range(6):
        given = {"post": [x_dict["post"][0][row : row + 1]]}
        mask = {"post": [present_dict["post"][0][row : row + 1]]}
        torch.testing.assert_close(model(given, mask, [])[0], alone[row])


def test_scores_as_they_are():
    """To the last bit; a post without words has nothing to say, and there is nothing to fit."""
    model = EmotionGNN(
        ModelConfig(LABELS, {"post": len(LABELS), "user": 3}, conv="as_is", num_layers=0)
    )
    assert not any(weights.requires_grad for weights in model.parameters())
    x = torch.randn(500, len(LABELS)) * 10 ** torch.randint(-5, 5, (500, 1))
    present = torch.arange(500) % 5 > 0
    for mode in (True, False):
        answer = model.train(mode).answer({"post": [x]}, {"post": [present]}, [])
        assert torch.equal(answer.logits[present], x[present])
        assert not answer.logits[~present].any()
    assert not model.source_prior(torch.zeros(1, dtype=torch.int64)).any()


@pytest.mark.parametrize("conv", [conv for conv in CONVS if conv not in ("rgcn", "sage")])
def test_without_context_a_new_model_is_its_twin(blocks, conv):
    """Same weights, no edges: layers add nothing, and the last post has no edges at any rate."""
    model, twin = make_model(conv), make_model("none")
    twin.load_state_dict({name: model.state_dict()[name] for name in twin.state_dict()})
    x_dict, present_dict = make_inputs(blocks)
    post = {"post": [x_dict["post"][0][:6]]}, {"post": [present_dict["post"][0][:6]]}
    expected = twin(*post, [])
    quiet = model(x_dict, present_dict, [silent(block) for block in blocks])
    torch.testing.assert_close(quiet, expected)
    assert (model(x_dict, present_dict, blocks)[:5] - expected[:5]).abs().max() > 1e-3


@pytest.mark.parametrize("conv", CONVS)
@pytest.mark.parametrize("name", ["user", "image", "video"])
def test_every_node_type_is_heard(blocks, conv, name):
    model, (x_dict, present_dict) = make_model(conv), make_inputs(blocks)
    before = model(x_dict, present_dict, blocks)
    moved = {**x_dict, name: [x + 1 for x in x_dict[name]]}
    assert (model(moved, present_dict, blocks) - before).abs().max() > 1e-4


@pytest.mark.parametrize("conv", CONVS)
def test_a_relation_that_a_block_lacks_is_silent(blocks, conv):
    model, inputs = make_model(conv), make_inputs(blocks)
    gone = ("post", "rev_in_thread", "post")
    lacking, empty = [], []
    for block in blocks:
        rest = {name: edges for name, edges in block.relations.items() if name != gone}
        lacking.append(replace(block, relations=rest))
        empty.append(
            replace(block, relations={**block.relations, gone: silent(block).relations[gone]})
        )
    torch.testing.assert_close(model(*inputs, lacking), model(*inputs, empty))


def timed(blocks: list[Block], codes: int = 25) -> list[Block]:
    """Give the edges between posts delays."""
    rng = np.random.default_rng(1)

    def with_delay(kind, edges):
        delay = rng.integers(0, codes, len(edges.indices)).astype(np.int8)
        return replace(edges, delay=delay) if kind[0] == "post" else edges

    return [
        replace(b, relations={kind: with_delay(kind, e) for kind, e in b.relations.items()})
        for b in blocks
    ]


@pytest.mark.parametrize("conv", CONVS)
def test_edge_time_begins_as_nothing_and_is_learned(conv):
    blocks = timed(make_blocks([40, 30, 20], {"user": 8, "image": 9, "video": 8}), codes=3)
    model, plain = make_model(conv, edge_time=True), make_model(conv)
    plain.load_state_dict({n: model.state_dict()[n] for n in plain.state_dict()})
    inputs = make_inputs(blocks)
    before = model(*inputs, blocks)
    torch.testing.assert_close(before, plain(*inputs, blocks))
    before.pow(2).sum().backward()
    scores = {n: w for n, w in model.named_parameters() if ".times." in n}
    assert len(scores) == 2 * 5  # layers, relations between posts
    for weights in scores.values():
        assert weights.grad[:3].any()
        assert not weights.grad[3:].any()
    with torch.no_grad():
        for weights in scores.values():
            weights[0] += 5
    assert (model(*inputs, blocks) - before).abs().max() > 1e-3


def test_edges_must_have_the_times_that_a_model_hears(blocks):
    with pytest.raises(ValueError, match=r"edges of post__rev_replies_to__post have none"):
        make_model("gat", edge_time=True)(*make_inputs(blocks), blocks)


@pytest.mark.parametrize("conv", CONVS)
@pytest.mark.parametrize("edge_types", [(), ("post__replies_to__post",), ("user__writes__post",)])
def test_any_relations_will_do(conv, edge_types):
    model = make_model(conv, edge_types=edge_types)
    sources = {"user": 8} if "user__writes__post" in edge_types else {}
    blocks = make_blocks([40, 30, 20], sources)
    # Edges of any relation between posts stand for those to the parent.
    edges_of = {
        EDGE_NAMES[name]: ANSWERS if not sources else EDGE_NAMES[name] for name in edge_types
    }
    blocks = [
        replace(block, relations={r: block.relations[a] for r, a in edges_of.items()})
        for block in blocks
    ]
    inputs = make_inputs(blocks, nodes=("post", *sources))
    logits = model(*inputs, blocks)
    assert torch.isfinite(logits).all()
    assert torch.equal(logits, model(*inputs, [silent(b) for b in blocks])) == (edge_types == ())


def test_as_many_blocks_as_layers(blocks):
    with pytest.raises(ValueError, match="zip"):
        make_model("gcn")(*make_inputs(blocks), blocks[:1])


MEDIA = ("image", "video")


def as_tokens(blocks: list[Block]) -> list[Block]:
    """Leave the media out, as for a model whose media are tokens of their posts."""
    return [
        replace(
            block,
            sources={name: rows for name, rows in block.sources.items() if name not in MEDIA},
            relations={kind: e for kind, e in block.relations.items() if kind[0] not in MEDIA},
        )
        for block in blocks
    ]


@pytest.mark.parametrize("conv", [*CONVS, "none"])
def test_a_picture_speaks_for_its_own_post_alone(blocks, conv):
    """Move the pictures of the first seed: its logits change, and no others."""
    model = make_model(conv, modalities=MEDIA)
    x_dict, present_dict = make_inputs(blocks, modalities=MEDIA)
    if conv == "none":
        x_dict, present_dict = (
            {n: [v[0][:6]] for n, v in d.items()} for d in (x_dict, present_dict)
        )
    used = [] if conv == "none" else as_tokens(blocks)
    before = model(x_dict, present_dict, used)
    moved = x_dict["image"][0].clone()
    moved[0] += 1
    after = model({**x_dict, "image": [moved]}, present_dict, used)
    assert (after[0] - before[0]).abs().max() > 1e-4
    assert torch.equal(after[1:], before[1:])


@pytest.mark.parametrize("fusion", FUSIONS)
def test_gradients_reach_every_parameter_of_a_fusion(fusion):
    blocks = make_blocks([40, 30, 20], {"user": 8, "image": 9, "video": 8})
    model = make_model("gat", modalities=MEDIA, fusion=fusion)
    inputs = make_inputs(blocks, modalities=MEDIA)
    logits = model(*inputs, as_tokens(blocks)) + model.prior(torch.zeros(20, dtype=torch.int64))
    logits.pow(2).sum().backward()
    still = [n for n, weights in model.named_parameters() if weights.grad is None]
    assert still == []


def test_modalities_are_hidden_in_training_alone(blocks):
    model = make_model("gat", modalities=MEDIA, modality_dropout=0.9, dropout=0.0)
    inputs = make_inputs(blocks, modalities=MEDIA)
    with torch.no_grad():
        seen = model.answer(*inputs, as_tokens(blocks)).content
        model.train()
        hidden = model.answer(*inputs, as_tokens(blocks)).content
    assert torch.equal(seen.present["image"], inputs[1]["image"][0])
    assert sum(int(mask.sum()) for mask in hidden.present.values()) < sum(
        int(mask.sum()) for mask in seen.present.values()
    )


def test_pictures_are_hidden_from_some_posts_in_training_alone(blocks):
    """With nearly all hidden, pictures change few of the logits; in evaluation, all that hear."""
    model = make_model("gcn", modality_dropout=0.99, dropout=0.0)
    x_dict, present_dict = make_inputs(blocks)
    moved = {**x_dict, "image": [x + 9 for x in x_dict["image"]]}

    def changed() -> int:
        torch.manual_seed(0)
        before = model(x_dict, present_dict, blocks)
        torch.manual_seed(0)
        return int((model(moved, present_dict, blocks) != before).any(dim=1).sum())

    heard = changed()
    assert heard > 1
    model.train()
    assert changed() < heard


def test_the_fixed_map_comes_first(blocks):
    """Shift and scale of a prepared feature undo what is done to it."""
    model, plain = make_model("gat", prepared={"user": 3}), make_model("gat")
    plain.load_state_dict({n: model.state_dict()[n] for n in plain.state_dict()})
    fitted = {
        "shift": torch.full((3,), 2.0),
        "scale": torch.full((3,), 0.5),
        "weight": torch.eye(3),
        "offset": torch.zeros(3),
    }
    model.set_prepared({"user": fitted})
    x_dict, present_dict = make_inputs(blocks)
    stretched = {**x_dict, "user": [2 * x + 2 for x in x_dict["user"]]}
    torch.testing.assert_close(
        model(stretched, present_dict, blocks), plain(x_dict, present_dict, blocks)
    )


def test_absent_nodes_get_the_learned_vector():
    project = NodeInput("user", make_config())
    torch.nn.init.normal_(project.absent)
    out = project(torch.randn(4, 3), torch.tensor([True, False, True, False]))
    torch.testing.assert_close(out[1], project.absent)
    torch.testing.assert_close(out[3], project.absent)
    assert (out[0] != project.absent).any()


def test_dropout_is_for_training_alone(blocks):
    model, inputs = make_model("gat"), make_inputs(blocks)
    assert torch.equal(model(*inputs, blocks), model(*inputs, blocks))
    model.train()
    torch.manual_seed(0)
    assert not torch.equal(model(*inputs, blocks), model(*inputs, blocks))


def test_the_prior_of_a_source_begins_at_nothing():
    model = make_model("gat", sources=("a", "b"))
    assert model.prior.weight.shape == (2, len(LABELS))
    assert not model.prior.weight.any()


@pytest.mark.parametrize("conv", CONVS)
def test_other_posts_of_the_batch_do_not_matter(conv):
    """The logits of a seed depend on its own neighbourhood, not on its company."""
    model = make_model(conv)
    blocks = make_blocks([10, 4], {"user": 4, "image": 5, "video": 4})
    model = make_model(conv, num_layers=1)
    x_dict, present_dict = make_inputs(blocks)
    whole = model(x_dict, present_dict, blocks)
    first = {
        name: Adjacency(edges.indptr[:2], edges.indices[: edges.indptr[1]])
        for name, edges in blocks[0].relations.items()
    }
    alone = model(x_dict, present_dict, [Block(blocks[0].sources, 1, first)])
    torch.testing.assert_close(alone[0], whole[0])
