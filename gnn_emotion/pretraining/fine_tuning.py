"""Fine-tune a pretrained BERT on the labels of several data sources at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from tqdm import tqdm

from gnn_emotion.encoders.text.compact_bert import CompactBert, move
from gnn_emotion.encoders.text.weibo_tokenizer import WeiboTokenizer
from gnn_emotion.nn.losses import partial_label_loss
from gnn_emotion.nn.source_heads import SourceHeads
from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.pretraining.pretrain_options import check_precision, in_half
from gnn_emotion.pretraining.token_store import TokenStore, batches, tokenise
from gnn_emotion.schema.errors import ContractError

_CLIP = 1.0


@dataclass(frozen=True)
class FineTuneOptions:
    """How a text encoder is fine-tuned.

    Attributes:
        epochs: passes over the texts.
        tokens_per_batch: tokens a step, padding included.
        learning_rate: of AdamW, at its highest; rises in the first tenth of all steps, and falls
            to nothing.
        head_rate: that of the heads, which begin at nothing.
        dropout: of the hidden states and of the vectors.
        weight_decay: of AdamW.
        precision: see ``PretrainOptions``.
        seed: of heads, order and dropout.
    """

    epochs: int = 3
    tokens_per_batch: int = 2048
    learning_rate: float = 3e-4
    head_rate: float = 3e-3
    dropout: float = 0.1
    weight_decay: float = 0.01
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "tokens_per_batch", "learning_rate", "head_rate"):
            if not getattr(self, name) > 0:
                raise ContractError(f"{name} is {getattr(self, name)}, expected more than 0")
        if not 0 <= self.dropout < 1:
            raise ContractError(f"dropout is {self.dropout}; expected 0 <= dropout < 1")
        check_precision(self.precision)


def fine_tune(
    model: CompactBert,
    tokenizer: WeiboTokenizer,
    texts: LabelledTexts,
    options: FineTuneOptions,
    device: str = "cpu",
    after_epoch: Callable[[int, SourceHeads], None] | None = None,
) -> SourceHeads:
    """Fine-tune a model in place; the heads read the mean of the hidden states of all tokens.

    Args:
        model: pretrained.
        tokenizer: of the model.
        texts: what to learn from.
        options: how.
        device: where.
        after_epoch: is told of every epoch, from 1 on, with the heads so far.

    Returns:
        The heads, one a source of ``texts``.
    """
    torch.manual_seed(options.seed)
    store = tokenise(tokenizer, texts.texts)
    heads = SourceHeads(model.config.hidden_size, len(texts.sources), texts.allowed.shape[1])
    move(model, device)
    heads.to(device)
    set_dropout(model, options.dropout)
    plan = [
        rows for epoch in range(options.epochs) for rows in (*_epoch(store, options, epoch), None)
    ]
    steps = sum(rows is not None for rows in plan)
    optimizer = _optimizer(model, heads, options)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _slope(steps))
    half, epoch = in_half(options.precision, device), 0
    for rows in tqdm(plan, desc="fine-tune", unit="step", disable=None):
        if rows is None:
            epoch += 1
            if after_epoch:
                after_epoch(epoch, heads)
            continue
        model.train()
        tokens = torch.from_numpy(store.padded(rows, int(tokenizer.pad_token_id))).to(device)
        with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=half):
            x = mean_state(model, tokens, tokens != tokenizer.pad_token_id)
        x = nn.functional.dropout(x.float(), options.dropout)
        logits = heads(x, torch.from_numpy(texts.source[rows]).to(device))
        allowed, weight = (torch.from_numpy(a[rows]) for a in (texts.allowed, texts.weight))
        # A mean over the batch whatever its weights: light sources make small steps.
        loss = partial_label_loss(logits, allowed.to(device), weight.to(device))
        loss = loss * weight.mean().to(device)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), _CLIP)
        optimizer.step()
        schedule.step()
    model.eval()
    return heads


def mean_state(model: CompactBert, tokens: Tensor, mask: Tensor) -> Tensor:
    """Average the hidden states ``[B, D]`` of the tokens ``[B, T]`` that are there ``[B, T]``."""
    states = model.bert(input_ids=tokens, attention_mask=mask.long()).last_hidden_state
    weight = mask[..., None].to(states.dtype)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def set_dropout(model: CompactBert, share: float) -> None:
    """Set the dropout of all layers."""
    model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = share
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = share


def _epoch(store: TokenStore, options: FineTuneOptions, epoch: int) -> list[npt.NDArray[np.int64]]:
    rows = np.flatnonzero(store.lengths > 0)
    return list(batches(store, rows, options.tokens_per_batch, (options.seed, epoch)))


def _slope(steps: int) -> Callable[[int], float]:
    warmup = max(steps // 10, 1)
    return lambda step: min((step + 1) / warmup, (steps - step) / max(steps - warmup, 1))


def _optimizer(
    model: CompactBert, heads: SourceHeads, options: FineTuneOptions
) -> torch.optim.AdamW:
    groups = [
        {"params": list(model.bert.parameters()), "lr": options.learning_rate},
        {"params": list(heads.parameters()), "lr": options.head_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=options.weight_decay, fused=True)
