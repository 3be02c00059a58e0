"""Losses."""

from __future__ import annotations

import torch
from torch import Tensor


def partial_label_loss(logits: Tensor, allowed: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy where a label may stand for several classes.

    -log of the summed probability of the allowed classes (Jin & Ghahramani 2002, "Learning with
    Multiple Labels"); plain cross-entropy where one class is allowed.

    Args:
        logits: ``[B, K]``.
        allowed: bool ``[B, K]``, at least one true a row.
        weight: ``[B]``.

    Returns:
        The weighted mean, a scalar.
    """
    log_probs = torch.log_softmax(logits, dim=-1)
    mass = torch.logsumexp(log_probs.masked_fill(~allowed, -torch.inf), dim=-1)
    return -(mass * weight).sum() / weight.sum().clamp(min=1e-12)
