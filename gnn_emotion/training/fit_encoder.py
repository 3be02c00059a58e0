"""Train a bag-of-n-grams encoder on several labelled corpora, and on what a teacher says, at once.

One pass over the data with a large share of n-grams left out: the table has millions of weights and
learns its training texts by heart in a second pass. Texts without labels may have the probabilities
of a stronger model in their place (distillation; Hinton et al. 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from tqdm import tqdm

from gnn_emotion.nn.losses import taught_label_loss
from gnn_emotion.nn.source_heads import SourceHeads


@dataclass(frozen=True)
class EncoderFitOptions:
    """How the encoder is fitted.

    Attributes:
        batch_size: texts a step.
        learning_rate: of the table in the first step; falls linearly to nothing.
        dense_learning_rate: of what else the encoder has, which falls as well.
        seed: of weights, order and dropout.
    """

    batch_size: int = 128
    learning_rate: float = 5e-3
    dense_learning_rate: float = 1e-3
    seed: int = 0


@dataclass(frozen=True)
class HashedTexts:
    """Hashed texts with what is known of their labels.

    Attributes:
        slots: n-grams, text after text ``[T]``.
        starts: where each text starts ``[N + 1]``.
        target: of a text with a label 1 for each class that it may stand for, else 0; of a taught
            one the probabilities of its teacher ``[N, K]``.
        taught: which are taught ``[N]``.
        source: whose labels they are ``[N]``.
        weight: share of each in the loss ``[N]``.
    """

    slots: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    target: npt.NDArray[np.float32]
    taught: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]


def fit_encoder(
    encoder: nn.Module,
    table: nn.EmbeddingBag,
    out_channels: int,
    texts: HashedTexts,
    options: EncoderFitOptions,
) -> tuple[SourceHeads, float]:
    """Fit an encoder in place, by classifying from its vectors.

    Args:
        encoder: ``(slots [T], offsets [B]) -> vectors [B, D]``.
        table: its table, whose gradients are sparse.
        out_channels: D.
        texts: what to learn from.
        options: how.

    Returns:
        The heads, one a source, and the mean loss of the last tenth of the pass.
    """
    classes, sources = texts.target.shape[1], int(texts.source.max()) + 1
    heads = SourceHeads(out_channels, sources, classes)
    of_table = set(table.parameters())
    others = [weights for weights in encoder.parameters() if weights not in of_table]
    optimizers = [
        torch.optim.SparseAdam(list(of_table), lr=options.learning_rate),
        torch.optim.Adam(
            [
                {"params": others, "lr": options.dense_learning_rate},
                {"params": heads.parameters(), "lr": 3e-3},
            ]
        ),
    ]
    encoder.train()
    order = np.random.default_rng(options.seed).permutation(len(texts.source))
    steps = range(0, len(order), options.batch_size)
    losses = []
    for start in tqdm(steps, desc="fit text encoder", unit="step", disable=None):
        at = order[start : start + options.batch_size]
        slots, offsets = _gather(texts, at)
        logits = heads(encoder(slots, offsets), torch.from_numpy(texts.source[at]))
        target, taught, weight = (
            torch.from_numpy(column[at]) for column in (texts.target, texts.taught, texts.weight)
        )
        loss = taught_label_loss(logits, target, taught, weight)
        left = 1 - start / len(order)
        optimizers[0].param_groups[0]["lr"] = options.learning_rate * left
        optimizers[1].param_groups[0]["lr"] = options.dense_learning_rate * left
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        losses.append(float(loss.detach()))
    encoder.eval()
    return heads, float(np.mean(losses[-max(len(losses) // 10, 1) :]))


def _gather(texts: HashedTexts, rows: npt.NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
    """Lay the n-grams of some texts end to end."""
    lengths = texts.starts[rows + 1] - texts.starts[rows]
    offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    at = np.repeat(texts.starts[rows] - offsets, lengths) + np.arange(lengths.sum())
    return torch.from_numpy(texts.slots[at]), torch.from_numpy(offsets)
