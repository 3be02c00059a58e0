"""The bag of n-grams learns which n-gram means what, from full and from coarse labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from gnn_emotion.training.fit_encoder import EncoderFitOptions, LabelledTexts, fit_encoder

pytestmark = pytest.mark.usefixtures("one_thread")
BUCKETS, NOISE, CLASSES = 32, 20, 3


class Bag(nn.Module):
    """The plainest encoder: the mean of the vectors of its slots."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(BUCKETS, 6, mode="mean", sparse=True)

    def forward(self, slots: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        return self.table(slots, offsets)


def make_texts(count: int = 3000) -> LabelledTexts:
    """Draw texts of one to four n-grams of noise, and one that tells the label; synthetic."""
    rng = np.random.default_rng(0)
    label, lengths = rng.integers(0, CLASSES, count), rng.integers(2, 6, count)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    slots = rng.integers(0, NOISE, starts[-1]).astype(np.int32)
    slots[starts[:-1]] = NOISE + label
    source, weight = np.arange(count) % 2, np.ones(count, dtype=np.float32)
    return LabelledTexts(slots, starts, np.eye(CLASSES, dtype=bool)[label], source, weight)


def fitted(texts: LabelledTexts, seed: int = 0) -> tuple[Bag, float]:
    torch.manual_seed(seed)
    encoder = Bag()
    options = EncoderFitOptions(batch_size=16, learning_rate=0.05, seed=seed)
    return encoder, fit_encoder(encoder, encoder.table, texts, options)


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
    coarse = texts.allowed.copy()
    coarse[:, :2] = texts.allowed[:, :2].any(axis=1, keepdims=True)
    encoder, loss = fitted(replace(texts, allowed=coarse))
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
    allowed = np.where(wrong[:, None], np.roll(texts.allowed, 1, axis=1), texts.allowed)
    encoder, loss = fitted(replace(texts, allowed=allowed, weight=(~wrong).astype(np.float32)))
    assert loss < 0.3 * np.log(CLASSES)
    assert between_classes(encoder) > 1.5
