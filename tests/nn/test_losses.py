"""The loss where a label may stand for several classes, and the one that aligns modalities."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy, one_hot

from gnn_emotion.nn.losses import partial_label_loss, taught_label_loss, valence_loss

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


def test_label_smoothing_by_hand():
    logits = torch.tensor([[2.0, 0.0, -1.0]])
    allowed = torch.tensor([[True, False, False]])
    log_probs = logits.log_softmax(1)[0]
    wanted = -0.8 * log_probs[0] - 0.2 * log_probs.mean()
    torch.testing.assert_close(partial_label_loss(logits, allowed, torch.ones(1), 0.2), wanted)


def test_focal_loss_by_hand():
    logits = torch.tensor([[2.0, 0.0, -1.0]])
    allowed = torch.tensor([[False, True, False]])
    p = logits.softmax(1)[0, 1]
    wanted = -((1 - p) ** 2) * p.log()
    found = partial_label_loss(logits, allowed, torch.ones(1), focal_gamma=2.0)
    torch.testing.assert_close(found, wanted)


def test_rows_that_allow_all_stay_silent_however_they_are_smoothed():
    logits = torch.randn(2, K, generator=torch.Generator().manual_seed(0))
    allowed = torch.ones(2, K, dtype=torch.bool)
    assert float(partial_label_loss(logits, allowed, torch.ones(2), 0.3)) == pytest.approx(
        0, abs=1e-6
    )


def test_a_class_that_a_source_never_names_costs_a_bounded_price():
    logits = torch.tensor([[0.0, -1e4]])
    allowed = torch.tensor([[True, False]])
    assert float(partial_label_loss(logits, allowed, torch.ones(1), 0.1)) < 2


def test_valence_loss_is_of_those_that_have_one():
    pred = torch.tensor([0.5, -1.0, 0.9])
    valence = torch.tensor([1.0, torch.nan, 0.0])
    wanted = (1 * 0.25 + 3 * 0.81) / 4
    found = valence_loss(pred, valence, torch.tensor([1.0, 5.0, 3.0]))
    assert float(found) == pytest.approx(wanted)
    assert float(valence_loss(pred, torch.full((3,), torch.nan), torch.ones(3))) == 0


def test_a_teacher_and_labels_in_one_batch():
    torch.manual_seed(0)
    logits, probs = torch.randn(6, 4), torch.softmax(torch.randn(6, 4), dim=1)
    allowed = torch.rand(6, 4) < 0.5
    allowed[:, 1] = True
    taught, weight = torch.arange(6) < 3, torch.rand(6) + 0.1
    target = torch.where(taught[:, None], probs, allowed.float())
    loss = taught_label_loss(logits, target, taught, weight)
    by_teacher = torch.nn.functional.cross_entropy(logits, probs, reduction="none")[:3]
    by_label = [
        partial_label_loss(logits[i : i + 1], allowed[i : i + 1], weight[:1]) for i in range(3, 6)
    ]
    each = torch.cat([by_teacher, torch.stack(by_label)])
    torch.testing.assert_close(loss, (each * weight).sum() / weight.sum())
