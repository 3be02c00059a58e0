"""Disturbed features: within the ball, and worse than a random step."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.training.adversarial import disturb, disturb_embedding


@pytest.fixture
def given():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 3))
    x, label = torch.randn(20, 6), torch.randint(0, 3, (20,))
    x[3] = 0
    return x, lambda at: nn.functional.cross_entropy(net(at), label, reduction="sum")


@pytest.mark.parametrize("adversary", ["fgm", "pgd"])
def test_they_stay_in_the_ball_and_raise_the_loss(given, adversary):
    x, loss = given
    moved = disturb(x, loss, adversary, 0.3)
    distance, radius = (moved - x).norm(dim=1), 0.3 * x.norm(dim=1)
    assert (distance <= radius * 1.0001).all()
    assert (distance > 0.5 * radius)[x.norm(dim=1) > 0].all()
    assert torch.equal(moved[3], x[3])
    assert not moved.requires_grad
    for _ in range(5):
        random = x + nn.functional.normalize(torch.randn_like(x), dim=1) * radius[:, None]
        assert loss(moved) > loss(random)
    assert loss(moved) > loss(x)


def test_more_steps_find_worse(given):
    x, loss = given
    assert loss(disturb(x, loss, "pgd", 1.0)) > loss(disturb(x, loss, "fgm", 1.0))


def test_a_step_of_an_embedding_moves_what_is_used():
    torch.manual_seed(0)
    table = nn.Embedding(10, 4)
    ids, label = torch.tensor([1, 2, 2]), torch.tensor([0, 1, 2])

    def loss() -> torch.Tensor:
        return nn.functional.cross_entropy(table(ids), label)

    step = disturb_embedding(table, loss, 0.1)
    assert step.abs().sum(dim=1).nonzero().flatten().tolist() == [1, 2]
    assert step.norm() == pytest.approx(0.1 * float(table.weight[1:3].detach().norm()), rel=1e-4)
    before = float(loss())
    with torch.no_grad():
        table.weight += step
    assert float(loss()) > before
    with pytest.raises(ContractError, match="does not depend"):
        disturb_embedding(nn.Embedding(3, 2), loss, 0.1)
