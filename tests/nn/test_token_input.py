"""A text head within a model: trained with it, and the same however texts are batched."""

from __future__ import annotations

import pytest
import torch

from gnn_emotion.nn import token_input
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.fusion import FUSIONS
from gnn_emotion.nn.text_head_config import HEADS
from gnn_emotion.nn.token_input import TokenInput

from .conftest import LABELS, make_blocks

pytestmark = pytest.mark.usefixtures("one_thread")
TOKENS, LENGTH = 30, 12


def make_config(head: str, conv: str = "none", **options) -> ModelConfig:
    widths = {"post": LENGTH, "user": 3, **options.pop("widths", {})}
    layers = 0 if conv == "none" else 2
    return ModelConfig(
        LABELS,
        widths,
        conv=conv,
        num_layers=layers,
        hidden_channels=8,
        text_head=head,
        num_tokens=TOKENS,
        **options,
    )


def make_tokens(count: int, seed: int = 0) -> torch.Tensor:
    """Draw rows of token numbers of all lengths, none among them, as features."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, TOKENS, (count, LENGTH), generator=generator)
    lengths = torch.randint(0, LENGTH + 1, (count, 1), generator=generator)
    return torch.where(torch.arange(LENGTH) < lengths, ids, 0).float()


def make_reader(head: str) -> TokenInput:
    torch.manual_seed(0)
    return TokenInput(make_config(head)).eval()


@pytest.mark.parametrize("head", HEADS)
def test_a_row_is_read_as_if_it_were_alone(head, monkeypatch):
    monkeypatch.setattr(token_input, "_POSTS_PER_PASS", 7)
    reader, x = make_reader(head), make_tokens(40)
    together = reader(x)
    for row in range(40):
        alone = reader.head.features(x[row : row + 1].long())
        torch.testing.assert_close(together[row], alone[0], atol=1e-5, rtol=1e-4)
    assert (together[0] - together[1]).abs().max() > 1e-3


@pytest.mark.parametrize("head", HEADS)
def test_no_posts_and_no_words(head):
    reader = make_reader(head)
    assert reader(make_tokens(0)).shape == (0, reader.head.feature_channels)
    assert not reader(torch.zeros(3, LENGTH)).any()


@pytest.mark.parametrize("head", HEADS)
def test_padding_is_not_read(head, monkeypatch):
    """What goes through the head is as long as the longest text of its part."""
    monkeypatch.setattr(token_input, "_POSTS_PER_PASS", 2)
    reader, seen = make_reader(head), []
    monkeypatch.setattr(
        reader.head,
        "features",
        lambda ids: seen.append(tuple(ids.shape)) or torch.zeros(len(ids), 3),
    )
    x = torch.zeros(4, LENGTH)
    x[0, :9], x[1, :2], x[2, :3] = 1, 1, 1
    reader(x)
    assert seen == [(2, 2), (2, 9)]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("conv", ["none", "gat"])
def test_it_is_trained_with_the_rest(head, conv):
    torch.manual_seed(0)
    model = EmotionGNN(make_config(head, conv))
    blocks = make_blocks([40, 30, 20], {"user": 8}) if conv == "gat" else []
    x = {"post": [make_tokens(40)]}
    present = {"post": [torch.arange(40) % 4 != 3]}
    if blocks:
        x["user"] = [torch.randn(8, 3)] * 2
        present["user"] = [torch.ones(8, dtype=torch.bool)] * 2
    logits = model(x, present, blocks) + model.prior.weight[0]
    logits.pow(2).sum().backward()
    still = {n for n, w in model.named_parameters() if w.grad is None or not w.grad.any()}
    assert {name for name in still if "prepare" in name} == set()


@pytest.mark.parametrize("fusion", FUSIONS)
def test_words_and_pictures(fusion):
    """The CNN and LSTM network: features of pictures beside a head over the tokens."""
    torch.manual_seed(0)
    widths = {"image": 5}
    config = make_config("lstm", widths=widths, modalities=("image",), fusion=fusion)
    model = EmotionGNN(config).eval()
    x = {"post": [make_tokens(10)], "image": [torch.randn(10, 5)]}
    present = {name: [torch.ones(10, dtype=torch.bool)] for name in x}
    before = model(x, present, [])
    other = {"post": [make_tokens(10, seed=1)], "image": [torch.randn(10, 5)]}
    for name in x:
        assert (model({**x, name: other[name]}, present, []) - before).abs().max() > 1e-4


@pytest.mark.parametrize("head", HEADS)
def test_reading_in_two_steps_is_the_same(head):
    """Inference reads the words of all posts, training those of a batch."""
    torch.manual_seed(0)
    model = EmotionGNN(make_config(head)).eval()
    x, present = make_tokens(20), torch.arange(20) % 4 != 3
    state = model.embed("post", x, present)
    apart = model.classify(state, model.read({"post": x}, {"post": present}))
    torch.testing.assert_close(apart.logits, model({"post": [x]}, {"post": [present]}, []))
