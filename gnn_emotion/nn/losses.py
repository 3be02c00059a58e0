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


def alignment_loss(a: Tensor, b: Tensor, both_present: Tensor, temperature: float = 0.1) -> Tensor:
    """Pull the two modalities of a post together and those of different posts apart.

    Symmetric InfoNCE (van den Oord et al. 2018, as in CLIP, Radford et al. 2021): cross-entropy of
    the cosine similarities over the temperature, in which the pair of a row is the right answer,
    once along the rows and once along the columns.

    Args:
        a: states of one modality ``[B, D]``.
        b: states of the other ``[B, D]``.
        both_present: whether a row has both ``[B]``; the other rows are left out.
        temperature: above 0; lower sharpens.

    Returns:
        The mean over rows, a scalar; 0 with fewer than two rows, among which there is no choice.
    """
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}; expected a value above 0")
    if int(both_present.sum()) < 2:
        return a.new_zeros(())
    unit_a = torch.nn.functional.normalize(a[both_present], dim=-1)
    unit_b = torch.nn.functional.normalize(b[both_present], dim=-1)
    logits = unit_a @ unit_b.T / temperature
    own = torch.arange(len(logits), device=logits.device)
    cross_entropy = torch.nn.functional.cross_entropy
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2
