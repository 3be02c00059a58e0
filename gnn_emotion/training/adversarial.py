"""Adversarial training: posts must keep their label when their features move a little.

``fgm`` takes one step along the gradient (Miyato et al. 2017, "Adversarial Training Methods for
Semi-Supervised Text Classification"), ``pgd`` three smaller ones, kept in the ball (Madry et al.
2018). The gradient of the disturbed batch is added to that of the batch itself. Where the words of
posts are token numbers, both take one step of their embedding.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gnn_emotion.schema.errors import ContractError

#: Adversary -> steps, and the length of one as a share of the ball.
STEPS = {"fgm": (1, 1.0), "pgd": (3, 0.5)}

#: Features of the posts -> loss.
Loss = Callable[[Tensor], Tensor]


def disturb(x: Tensor, loss: Loss, adversary: str, epsilon: float) -> Tensor:
    """Move features to where the loss is higher.

    Args:
        x: features ``[N, D]``.
        loss: of features.
        adversary: a key of ``STEPS``.
        epsilon: radius of the ball around each row, as a share of the length of that row: a post
            without features stays where it is.

    Returns:
        Disturbed features ``[N, D]``, which need no gradient.
    """
    steps, share = STEPS[adversary]
    radius = epsilon * x.norm(dim=1, keepdim=True)
    moved = x.detach().clone()
    for _ in range(steps):
        at = moved.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(at), at)
        unit = nn.functional.normalize(gradient, dim=1)
        away = at.detach() + share * radius * unit - x
        moved = x + away * (radius / away.norm(dim=1, keepdim=True).clamp(min=1e-12)).clamp(max=1)
    return moved.detach()


def disturb_embedding(table: nn.Embedding, loss: Callable[[], Tensor], epsilon: float) -> Tensor:
    """Find a step of an embedding table along the gradient.

    Args:
        table: embeds the tokens of posts.
        loss: of the batch, with the table as it is.
        epsilon: length of the step, as a share of the length of the rows that the batch uses.

    Returns:
        What to add to the weights ``[V, C]``; zero for tokens that the batch has not.
    """
    (gradient,) = torch.autograd.grad(loss(), table.weight, allow_unused=True)
    if gradient is None:
        raise ContractError("the loss does not depend on the embedding of tokens")
    used = gradient.abs().sum(dim=1, keepdim=True) > 0
    length = (table.weight.detach() * used).norm()
    return epsilon * length * gradient / gradient.norm().clamp(min=1e-12)
