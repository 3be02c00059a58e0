"""Losses on the outputs of posts."""

from __future__ import annotations

import torch
from torch import Tensor


def partial_label_loss(
    logits: Tensor,
    allowed: Tensor,
    weight: Tensor,
    label_smoothing: float = 0.0,
    focal_gamma: float = 0.0,
) -> Tensor:
    """Cross-entropy where a label may stand for several classes.

    -log of the summed probability p of the allowed classes (Jin & Ghahramani 2002, "Learning with
    Multiple Labels"); plain cross-entropy where one class is allowed.

    Args:
        logits: ``[B, K]``.
        allowed: bool ``[B, K]``, at least one true a row.
        weight: ``[B]``.
        label_smoothing: share e of the target that is spread over all classes (Szegedy et al.
            2016): the loss is ``(1 - e)`` of that above and ``e`` of the mean -log probability.
            Rows that allow every class say nothing and stay silent.
        focal_gamma: the loss is scaled by ``(1 - p) ** gamma``, so that posts which are easy
            already count less (Lin et al. 2017).

    Returns:
        The weighted mean, a scalar.
    """
    log_probs = torch.log_softmax(logits, dim=-1)
    mass = torch.logsumexp(log_probs.masked_fill(~allowed, -torch.inf), dim=-1)
    loss = -mass
    if focal_gamma:
        # Rounding may put the mass a little above one, where a power is not a number.
        loss = loss * (1 - mass.exp()).clamp(min=1e-6) ** focal_gamma
    if label_smoothing:
        informative = ~allowed.all(dim=-1)
        spread = -_reachable(log_probs).mean(dim=-1)
        smooth = (1 - label_smoothing) * loss + label_smoothing * spread
        loss = torch.where(informative, smooth, loss)
    return weighted_mean(loss, weight)


def taught_label_loss(logits: Tensor, target: Tensor, taught: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy against labels in some rows, and against a teacher's probabilities in others.

    Args:
        logits: ``[B, K]``.
        target: 1 for each class that a label may stand for, else 0; or probabilities ``[B, K]``.
        taught: which rows are probabilities, bool ``[B]``.
        weight: ``[B]``.

    Returns:
        The weighted mean, a scalar; see ``partial_label_loss`` for rows with labels.
    """
    log_probs = torch.log_softmax(logits, dim=-1)
    mass = torch.logsumexp(log_probs.masked_fill(target == 0, -torch.inf), dim=-1)
    said = (target * log_probs).sum(dim=-1)
    return weighted_mean(torch.where(taught, -said, -mass), weight)


def valence_loss(pred: Tensor, valence: Tensor, weight: Tensor) -> Tensor:
    """Mean squared error of the valence of those posts that have one.

    Args:
        pred: ``[B]``, in [-1, 1].
        valence: ``[B]``; nan where none is known.
        weight: ``[B]``.

    Returns:
        The weighted mean, a scalar; 0 where no valence is known.
    """
    known = ~torch.isnan(valence)
    error = torch.where(known, pred - valence.nan_to_num(), 0.0) ** 2
    return weighted_mean(error, weight * known)


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Average ``[B]`` by weights ``[B]``; 0 where all weights are."""
    return (values * weight).sum() / weight.sum().clamp(min=1e-12)


def _reachable(log_probs: Tensor) -> Tensor:
    """Bound log probabilities: a source may rule a class out, which must not cost without end."""
    return log_probs.clamp(min=-20.0)
