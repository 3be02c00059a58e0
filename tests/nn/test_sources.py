"""What a data source never says: no chance for those labels, and nothing learned about them."""

from __future__ import annotations

import torch

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.losses import partial_label_loss

#: Source 0 never says the second of three labels; source 1 says them all.
NAMED = torch.tensor([[True, False, True], [True, True, True]])
SOURCE = torch.tensor([0, 0, 0, 1, 1])
INPUTS = ({"post": [torch.linspace(-1, 1, 20).view(5, 4)]}, {"post": [torch.ones(5).bool()]})


def twin() -> EmotionGNN:
    torch.manual_seed(5)
    return EmotionGNN(
        ModelConfig(("a", "b", "c"), {"post": 4}, (), "none", 8, 0, dropout=0.0, sources=("x", "y"))
    )


def test_a_source_gives_labels_it_never_names_no_chance():
    model = twin()
    model.limit_sources(NAMED)
    logits = model(*INPUTS, []) + model.source_prior(SOURCE)
    probs = torch.softmax(logits, dim=1)
    assert (probs[:3, 1] == 0).all()
    assert (probs[3:] > 0).all()
    torch.testing.assert_close(probs.sum(dim=1), torch.ones(5))


def test_the_loss_of_a_source_leaves_labels_it_never_names_alone():
    model = twin()
    model.limit_sources(NAMED)
    out = model(*INPUTS, [])
    out.retain_grad()
    allowed = torch.tensor([[True, False, False]]).expand(5, 3)
    partial_label_loss(out + model.source_prior(SOURCE), allowed, torch.ones(5)).backward()
    assert (out.grad[:3, 1] == 0).all()
    assert (out.grad[:3, 2] > 0).all()
    assert (out.grad[3:, 1] > 0).all()


def test_sources_begin_alike_and_what_they_never_say_is_stored():
    model = twin()
    assert (model.source_prior(torch.arange(2)) == 0).all()
    model.limit_sources(NAMED)
    other = twin()
    other.load_state_dict(model.state_dict())
    torch.testing.assert_close(other.source_prior(torch.arange(2)), model.vocabulary)
    assert "vocabulary" not in dict(model.named_parameters())
