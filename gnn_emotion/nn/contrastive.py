"""Losses that compare the states of posts: which belong together, and which do not."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


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
    _check(temperature)
    if int(both_present.sum()) < 2:
        return a.new_zeros(())
    unit_a, unit_b = normalize(a[both_present], dim=-1), normalize(b[both_present], dim=-1)
    logits = unit_a @ unit_b.T / temperature
    own = torch.arange(len(logits), device=logits.device)
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def supervised_contrastive_loss(h: Tensor, label: Tensor, temperature: float = 0.1) -> Tensor:
    """Pull posts of one label together and those of different labels apart.

    Khosla et al. 2020, "Supervised Contrastive Learning", the loss with the mean outside of the
    logarithm: for each post, the mean -log softmax of its similarity to the others of its label,
    among its similarities to all others.

    Args:
        h: states ``[B, D]``.
        label: classes ``[B]``; negative where a post has none, or several.
        temperature: above 0; lower sharpens.

    Returns:
        The mean over the posts that have a partner, a scalar; 0 where none has.
    """
    _check(temperature)
    unit, label = normalize(h[label >= 0], dim=-1), label[label >= 0]
    own = torch.eye(len(label), dtype=torch.bool, device=h.device)
    partner = (label[:, None] == label) & ~own
    paired = partner.any(dim=1)
    if not bool(paired.any()):
        return h.new_zeros(())
    similarity = (unit @ unit.T / temperature).masked_fill(own, -torch.inf)
    log_probs = torch.log_softmax(similarity, dim=1).masked_fill(own, 0.0)
    mean = (log_probs * partner).sum(dim=1) / partner.sum(dim=1).clamp(min=1)
    return -mean[paired].mean()


def _check(temperature: float) -> None:
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}; expected a value above 0")
