"""Text heads: padding and company never matter, empty texts are safe, and each can learn order."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy, pad

from gnn_emotion.nn.text_head_config import POOLINGS, TextHeadConfig
from gnn_emotion.nn.text_heads import TEXT_HEADS, TextCNN, TextHead, TextLSTM, TextTransformer
from gnn_emotion.schema.errors import ContractError

pytestmark = pytest.mark.usefixtures("one_thread")
TOKENS, CLASSES = 12, 3
#: Every head, and every pooling of those that pool states.
SHAPES = [("cnn", "max"), *((kind, p) for kind in ("lstm", "transformer") for p in POOLINGS)]
texts = st.lists(st.lists(st.integers(1, TOKENS - 1), max_size=9), min_size=1, max_size=5)


def make(kind: str, pooling: str = "max", seed: int = 0, **options) -> TextHead:
    torch.manual_seed(seed)
    sizes = {"embedding_channels": 6, "hidden_channels": 8, "num_layers": 2, **options}
    return TEXT_HEADS[kind](TextHeadConfig(TOKENS, CLASSES, pooling=pooling, **sizes)).eval()


def padded(rows: list[list[int]], width: int = 0) -> torch.Tensor:
    width = max([1, width, *map(len, rows)])
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


HEADS = {shape: make(*shape) for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=30)
@given(rows=texts, extra=st.integers(0, 7))
@torch.inference_mode()
def test_padding_and_company_change_nothing(shape, rows, extra):
    head, ids = HEADS[shape], padded(rows)
    features, logits = head.features(ids), head(ids)
    wider = pad(ids, (0, extra))
    torch.testing.assert_close(head.features(wider), features, atol=1e-5, rtol=0)
    torch.testing.assert_close(head(wider), logits, atol=1e-5, rtol=0)
    for row, text in enumerate(rows):
        torch.testing.assert_close(head(padded([text]))[0], logits[row], atol=1e-5, rtol=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_padding_learns_nothing(shape):
    """The same gradients with and without padding, and none for the padding itself."""
    found = []
    for ids in (padded([[3, 4], [5]]), padded([[3, 4], [5], []], 6)):
        head = make(*shape)
        cross_entropy(head(ids)[:2], torch.tensor([0, 1])).backward()
        found.append({name: p.grad for name, p in head.named_parameters()})
    assert not found[1]["embedding.weight"][0].any()
    for name, gradient in found[0].items():
        assert torch.isfinite(gradient).all()
        torch.testing.assert_close(found[1][name], gradient, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
@torch.inference_mode()
def test_empty_texts_are_zero(shape):
    for ids in (padded([[]]), padded([[], [3, 4], []], 5)):
        features = HEADS[shape].features(ids)
        assert not features[0].any()
        assert torch.isfinite(HEADS[shape](ids)).all()
    assert features[1].any()
    assert features.shape == (3, HEADS[shape].feature_channels)


@pytest.mark.parametrize("shape", SHAPES)
@torch.inference_mode()
def test_what_padding_is_worth_does_not_matter(shape):
    """Not even if a file of weights has something in the row of padding."""
    head, ids = make(*shape), padded([[3, 4], [5]], 4)
    before = head(ids)
    head.embedding.weight[0] = 100
    torch.testing.assert_close(head(ids), before)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_learns_the_order_of_two_words(shape):
    """Texts of the same words: which of two comes first tells the class. Synthetic."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(5, TOKENS, (300, 7), generator=generator)
    place, label = torch.randint(0, 6, (300,), generator=generator), torch.arange(300) % 2
    ids[torch.arange(300), place] = torch.where(label == 0, 2, 3)
    ids[torch.arange(300), place + 1] = torch.where(label == 0, 3, 2)
    torch.manual_seed(0)
    sizes = {"embedding_channels": 16, "hidden_channels": 16, "num_layers": 2, "dropout": 0.0}
    head = TEXT_HEADS[shape[0]](TextHeadConfig(TOKENS, 2, pooling=shape[1], **sizes))
    optimizer = torch.optim.Adam(head.parameters(), lr=5e-3)
    for _ in range(120):
        optimizer.zero_grad()
        cross_entropy(head(ids[:200]), label[:200]).backward()
        optimizer.step()
    accuracy = (head.eval()(ids[200:]).argmax(1) == label[200:]).float().mean()
    assert accuracy > 0.9


def test_the_largest_response_by_hand():
    head = TextCNN(TextHeadConfig(4, 2, 1, 1, kernel_sizes=(2,), heads=1)).eval()
    with torch.no_grad():
        head.embedding.weight.copy_(torch.tensor([[9.0], [1], [2], [-1]]))
        head.convs[0].weight.copy_(torch.tensor([[[1.0, 3]]]))
        head.convs[0].bias.zero_()
    ids = torch.tensor([[1, 2, 3, 0], [2, 0, 0, 0], [3, 3, 0, 0]])
    # 1 + 3 * 2; 2 + 3 * 0 past the end; nothing above zero.
    assert head.features(ids).tolist() == [[7.0], [2.0], [0.0]]


@torch.inference_mode()
def test_states_pooled_by_hand():
    ids = torch.tensor([[3, 4, 5, 0], [6, 0, 0, 0]])
    for kind in ("lstm", "transformer"):
        states = HEADS[kind, "mean"].states(ids)[0][0, :3]
        found = HEADS[kind, "mean"].features(ids)
        torch.testing.assert_close(found[0], states.mean(0))
        largest = HEADS[kind, "max"]
        torch.testing.assert_close(largest.features(ids)[0], largest.states(ids)[0][0, :3].amax(0))
        attending = HEADS[kind, "attention"]
        states = attending.states(ids)[0][0, :3]
        weight = torch.softmax(attending.attention(states.tanh())[:, 0], dim=0)
        torch.testing.assert_close(attending.features(ids)[0], weight @ states)


@torch.inference_mode()
def test_the_backward_lstm_begins_at_the_last_token():
    head = make("lstm", num_layers=1)
    states = head.states(padded([[3, 4, 5]], 8))[0][0]
    plain = head.lstm(head.embedding(torch.tensor([[3, 4, 5]])))[0][0]
    torch.testing.assert_close(states[:3], plain)


@torch.inference_mode()
def test_a_transformer_reads_positions_and_has_no_longest_text():
    head = HEADS["transformer", "mean"]
    assert not torch.allclose(head(torch.tensor([[3, 4]])), head(torch.tensor([[4, 3]])), atol=1e-3)
    assert torch.isfinite(head(torch.full((1, 700), 3))).all()


@pytest.mark.parametrize("kind", TEXT_HEADS)
def test_weights_are_drawn_by_the_seed_alone(kind):
    first, second, other = make(kind), make(kind), make(kind, seed=1)
    third = make(kind, seed=5)
    torch.manual_seed(0)
    third.reset_parameters()
    again = make(kind, seed=7)
    torch.manual_seed(0)
    again.reset_parameters()
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name])
        assert torch.equal(third.state_dict()[name], again.state_dict()[name])
    assert not torch.equal(first.embedding.weight, other.embedding.weight)


def test_layers_of_a_transformer_are_not_copies_of_one():
    layers = make("transformer").encoder.layers
    assert not torch.equal(layers[0].linear1.weight, layers[1].linear1.weight)
    assert not torch.equal(layers[0].self_attn.in_proj_weight, layers[1].self_attn.in_proj_weight)


def test_word_vectors_where_there_are_any():
    head = make("cnn")
    drawn = head.embedding.weight.detach().clone()
    vectors = torch.zeros(TOKENS, 6)
    vectors[3] = 1
    head.load_embeddings(vectors)
    assert torch.equal(head.embedding.weight[3], torch.ones(6))
    assert torch.equal(head.embedding.weight[4:], drawn[4:])
    with pytest.raises(ContractError, match=r"shape \(3, 6\), expected \(12, 6\): one row a token"):
        head.load_embeddings(vectors[:3])


def test_heads_by_name():
    assert {"cnn": TextCNN, "lstm": TextLSTM, "transformer": TextTransformer} == TEXT_HEADS
