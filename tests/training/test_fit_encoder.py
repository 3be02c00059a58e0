"""The bag of n-grams learns which n-gram means what, from full and from coarse labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from gnn_emotion.training.fit_encoder import EncoderFitOptions, HashedTexts, fit_encoder

pytestmark = pytest.mark.usefixtures("one_thread")
BUCKETS, NOISE, CLASSES = 32, 20, 3


class Bag(nn.Module):
    """The plainest encoder: the mean of the vectors of its slots."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(BUCKETS, 6, mode="mean", sparse=True)

    def forward(self, slots: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        return self.table(slots, offsets)


def make_texts(count: int = 3000) -> HashedTexts:
    """Draw texts of one to four n-grams of noise, and one that tells the label; synthetic."""
    rng = np.random.default_rng(0)
    label, lengths = rng.integers(0, CLASSES, count), rng.integers(2, 6, count)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    slots = rng.integers(0, NOISE, starts[-1]).astype(np.int32)
    slots[starts[:-1]] = NOISE + label
    source, weight = np.arange(count) % 2, np.ones(count, dtype=np.float32)
    target, taught = np.eye(CLASSES, dtype=np.float32)[label], np.zeros(count, dtype=bool)
    return HashedTexts(slots, starts, target, taught, source, weight)


def fitted(texts: HashedTexts, seed: int = 0) -> tuple[Bag, float]:
    torch.manual_seed(seed)
    encoder = Bag()
    options = EncoderFitOptions(batch_size=16, learning_rate=0.05, seed=seed)
    return encoder, fit_encoder(encoder, encoder.table, 6, texts, options)[1]


def between_classes(encoder: Bag) -> float:
    """Return how far apart the telling n-grams lie, against the spread of those that tell none."""
    weight = encoder.table.weight.detach()
    telling = weight[NOISE : NOISE + CLASSES]
    return float(torch.pdist(telling).min() / weight[:NOISE].std(dim=0).norm())


def test_it_learns_what_tells_the_label():
    encoder, loss = fitted(make_texts())
    assert loss < 0.3 * np.log(CLASSES)
    assert between_classes(encoder) > 1.5
    assert not encoder.training


def test_coarse_labels_teach_no_more_than_they_say():
    """The first two labels told as one: their n-grams are not told apart, the third is."""
    texts = make_texts()
    coarse = texts.target.copy()
    coarse[:, :2] = texts.target[:, :2].max(axis=1, keepdims=True)
    encoder, loss = fitted(replace(texts, target=coarse))
    assert loss < 0.3 * np.log(CLASSES)
    first, second, third = encoder.table.weight.detach()[NOISE : NOISE + CLASSES]
    assert (first - second).norm() < 0.5 * (first - third).norm()


def test_the_same_seed_gives_the_same_bits():
    (first, loss), (second, again) = fitted(make_texts()), fitted(make_texts())
    assert loss == again
    assert torch.equal(first.table.weight, second.table.weight)
    assert not torch.equal(first.table.weight, fitted(make_texts(), 1)[0].table.weight)


def test_texts_without_weight_teach_nothing():
    """Labels of half of the texts are turned, and given no weight."""
    texts = make_texts()
    wrong = np.arange(len(texts.source)) % 3 == 0
    target = np.where(wrong[:, None], np.roll(texts.target, 1, axis=1), texts.target)
    encoder, loss = fitted(replace(texts, target=target, weight=(~wrong).astype(np.float32)))
    assert loss < 0.3 * np.log(CLASSES)
    assert between_classes(encoder) > 1.5


def test_a_teacher_is_followed_where_there_is_no_label():
    """Half of the texts have no label but a teacher, who is unsure between two classes."""
    texts = make_texts()
    taught = np.arange(len(texts.source)) % 2 == 0
    soft = 0.7 * texts.target + 0.3 * np.roll(texts.target, 1, axis=1)
    target = np.where(taught[:, None], soft, texts.target).astype(np.float32)
    torch.manual_seed(0)
    encoder = Bag()
    options = EncoderFitOptions(batch_size=16, learning_rate=0.05)
    # Sources alternate as the teacher does: its head says what it says, the other what labels do.
    heads, _ = fit_encoder(
        encoder, encoder.table, 6, replace(texts, target=target, taught=taught), options
    )
    slots, starts = torch.from_numpy(texts.slots), torch.from_numpy(texts.starts[:-1])
    probs = heads(encoder(slots, starts), torch.from_numpy(texts.source)).softmax(-1).detach()
    second = probs.numpy()[np.roll(texts.target, 1, axis=1) > 0]
    assert second[texts.source == 0].mean() == pytest.approx(0.3, abs=0.05)
    assert second[texts.source == 1].mean() < 0.1
