"""The loss where a label may stand for several classes, and the one that aligns modalities."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy, one_hot

from gnn_emotion.nn.contrastive import alignment_loss
from gnn_emotion.nn.losses import partial_label_loss

K = 4
sets = st.integers(1, 2**K - 1).map(lambda bits: [bool(bits >> k & 1) for k in range(K)])
rows = st.tuples(
    st.lists(st.floats(-20, 20, width=32), min_size=K, max_size=K), sets, st.floats(0.125, 4)
)


def draw_logits(count: int) -> torch.Tensor:
    return torch.randn(count, K, generator=torch.Generator().manual_seed(0)) * 3


def test_one_label_is_cross_entropy():
    logits, label = draw_logits(9), torch.arange(9) % K
    loss = partial_label_loss(logits, one_hot(label, K).bool(), torch.ones(9))
    torch.testing.assert_close(loss, cross_entropy(logits, label))


def test_weights_are_those_of_a_weighted_mean():
    logits, label, weight = draw_logits(9), torch.arange(9) % K, torch.arange(9) / 4
    loss = partial_label_loss(logits, one_hot(label, K).bool(), weight)
    each = cross_entropy(logits, label, reduction="none")
    torch.testing.assert_close(loss, (each * weight).sum() / weight.sum())


def test_all_labels_allowed_is_no_loss():
    logits = draw_logits(3).requires_grad_()
    loss = partial_label_loss(logits, torch.ones(3, K, dtype=torch.bool), torch.ones(3))
    loss.backward()
    torch.testing.assert_close(loss.item(), 0.0, atol=1e-6, rtol=0)
    torch.testing.assert_close(logits.grad, torch.zeros(3, K), atol=1e-6, rtol=0)


def test_two_labels_of_equal_logits():
    allowed = torch.tensor([[True, True, False, False]])
    loss = partial_label_loss(torch.zeros(1, K), allowed, torch.ones(1))
    assert loss.item() == pytest.approx(math.log(2))


@given(st.lists(rows, min_size=1, max_size=5), st.integers(0, 4), st.integers(0, K - 1))
def test_allowing_more_never_costs_more(drawn, row, extra):
    logits = torch.tensor([logits for logits, _, _ in drawn])
    allowed = torch.tensor([allowed for _, allowed, _ in drawn])
    weight = torch.tensor([weight for _, _, weight in drawn])
    more = allowed.clone()
    more[row % len(drawn), extra] = True
    less = partial_label_loss(logits, more, weight)
    loss = partial_label_loss(logits, allowed, weight)
    assert torch.isfinite(loss)
    assert -1e-5 <= less <= loss + 1e-5


def test_no_weight_at_all_is_no_loss():
    logits = draw_logits(2).requires_grad_()
    loss = partial_label_loss(logits, torch.eye(K, dtype=torch.bool)[:2], torch.zeros(2))
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


def test_gradient_moves_mass_to_the_allowed_labels():
    logits = torch.tensor([[50.0, -50.0, 0.0, 0.0]], requires_grad=True)
    partial_label_loss(logits, torch.tensor([[False, True, True, False]]), torch.ones(1)).backward()
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[0, 0] > 0.9
    assert logits.grad[0, 2] < -0.9


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
