"""Losses that compare posts: by hand, and against a slow loop."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.nn.contrastive import alignment_loss, supervised_contrastive_loss

pairs = st.lists(st.booleans(), min_size=1, max_size=8)


def draw_pair(rows: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(rows)
    return torch.randn(rows, 5, generator=generator), torch.randn(rows, 5, generator=generator)


def test_alignment_by_hand():
    a, b = torch.tensor([[2.0, 0.0], [0.0, 3.0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    both = torch.ones(2, dtype=torch.bool)
    s = 1 / math.sqrt(2)
    cosines = torch.tensor([[1.0, s], [0.0, s]]) / 0.5
    wanted = -(cosines.log_softmax(1).diag().mean() + cosines.log_softmax(0).diag().mean()) / 2
    torch.testing.assert_close(alignment_loss(a, b, both, 0.5), wanted)


@given(pairs)
def test_alignment_looks_only_at_rows_with_both(drawn):
    both = torch.tensor(drawn)
    a, b = draw_pair(len(drawn))
    loss = alignment_loss(a, b, both, 0.2)
    dirty = alignment_loss(a, b.masked_fill(~both[:, None], torch.nan), both, 0.2)
    assert torch.equal(loss, dirty)
    assert (loss == 0) == (both.sum() < 2)
    torch.testing.assert_close(loss, alignment_loss(b, a, both, 0.2))


def test_alignment_is_small_for_aligned_pairs_and_is_learned():
    both = torch.ones(6, dtype=torch.bool)
    apart, right = torch.eye(6), torch.roll(torch.eye(6), 1, 0)
    assert alignment_loss(apart, apart, both, 0.1) < 0.01 < alignment_loss(apart, right, both, 0.1)
    a, b = draw_pair(6)
    a.requires_grad_()
    before = alignment_loss(a, b, both, 0.1)
    before.backward()
    assert alignment_loss(a - 0.05 * a.grad, b, both, 0.1) < before


def test_alignment_refuses_a_temperature_of_zero():
    with pytest.raises(ValueError, match="temperature is 0"):
        alignment_loss(*draw_pair(2), torch.ones(2, dtype=torch.bool), 0)


def slow(h: torch.Tensor, label: list[int], temperature: float) -> float:
    unit = [row / row.norm() for row in h]
    losses = []
    for i, own in enumerate(label):
        partners = [j for j, other in enumerate(label) if j != i and other == own >= 0]
        if not partners:
            continue
        others = [j for j, other in enumerate(label) if j != i and other >= 0]
        total = sum(math.exp(float(unit[i] @ unit[j]) / temperature) for j in others)
        terms = [
            math.log(math.exp(float(unit[i] @ unit[j]) / temperature) / total) for j in partners
        ]
        losses.append(-sum(terms) / len(terms))
    return sum(losses) / len(losses) if losses else 0.0


@given(st.lists(st.integers(-1, 2), min_size=1, max_size=8))
def test_supervised_contrast_is_that_of_a_slow_loop(label):
    h = draw_pair(len(label))[0]
    found = float(supervised_contrastive_loss(h, torch.tensor(label), 0.5))
    assert found == pytest.approx(slow(h, label, 0.5), abs=1e-4)


def test_supervised_contrast_pulls_posts_of_a_label_together():
    h = draw_pair(6)[0].requires_grad_()
    label = torch.tensor([0, 0, 1, 1, 2, -1])
    optimizer = torch.optim.Adam([h], lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        supervised_contrastive_loss(h, label).backward()
        optimizer.step()
    assert float(supervised_contrastive_loss(h, label).detach()) < 0.05
    unit = torch.nn.functional.normalize(h.detach(), dim=1)
    assert min(unit[0] @ unit[1], unit[2] @ unit[3]) > max(unit[0] @ unit[2], unit[0] @ unit[4])
    assert torch.equal(h.detach()[5], draw_pair(6)[0][5])
