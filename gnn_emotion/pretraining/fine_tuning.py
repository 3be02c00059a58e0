"""Fine-tune a pretrained BERT on the labels of several data sources at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from gnn_emotion.pretraining.token_store import batches, tokenise
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

    Raises:
        ContractError: there are no texts.
    """
    if not len(texts.texts):
        raise ContractError("no labelled texts; expected some to learn from")
    task = _FineTuning(model, tokenizer, texts, options, device)
    with dropout_of(model, options.dropout):
        task.run(after_epoch)
    return task.heads


class _FineTuning:
    """The fine-tuning of one model; see ``fine_tune``."""

    def __init__(
        self,
        model: CompactBert,
        tokenizer: WeiboTokenizer,
        texts: LabelledTexts,
        options: FineTuneOptions,
        device: str,
    ) -> None:
        torch.manual_seed(options.seed)
        self.model, self.texts, self.options = move(model, device), texts, options
        self.device, self.padding = torch.device(device), int(tokenizer.pad_token_id)
        self.half = in_half(options.precision, device)
        self.store = tokenise(tokenizer, texts.texts)
        width, classes = model.config.hidden_size, texts.allowed.shape[1]
        self.heads = SourceHeads(width, len(texts.sources), classes).to(device)
        self.epochs = [self._batches(epoch) for epoch in range(options.epochs)]
        self.steps = sum(map(len, self.epochs))
        self.optimizer = _optimizer(model, self.heads, options)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, _slope(self.steps))

    def run(self, after_epoch: Callable[[int, SourceHeads], None] | None) -> None:
        with tqdm(total=self.steps, desc="fine-tune", unit="step", disable=None) as bar:
            for number, epoch in enumerate(self.epochs, 1):
                self.model.train()
                for rows in epoch:
                    self._step(rows)
                    bar.update()
                if after_epoch:
                    after_epoch(number, self.heads)
        self.model.eval()

    def _batches(self, epoch: int) -> list[npt.NDArray[np.int64]]:
        rows, seed = np.arange(len(self.texts.texts)), (self.options.seed, epoch)
        return list(batches(self.store, rows, self.options.tokens_per_batch, seed))

    def _step(self, rows: npt.NDArray[np.int64]) -> None:
        loss = self._loss(rows)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
        self.optimizer.step()
        self.schedule.step()

    def _loss(self, rows: npt.NDArray[np.int64]) -> Tensor:
        tokens = torch.from_numpy(self.store.padded(rows, self.padding)).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            x = mean_state(self.model, tokens, tokens != self.padding)
        x = nn.functional.dropout(x.float(), self.options.dropout)
        source, allowed, weight = (
            torch.from_numpy(column[rows]).to(self.device)
            for column in (self.texts.source, self.texts.allowed, self.texts.weight)
        )
        loss = partial_label_loss(self.heads(x, source), allowed, weight)
        # A mean over the batch whatever its weights: light sources make small steps.
        return loss * weight.mean()


def mean_state(model: CompactBert, tokens: Tensor, mask: Tensor) -> Tensor:
    """Average the hidden states ``[B, D]`` of the tokens ``[B, T]`` that are there ``[B, T]``."""
    states = model.bert(input_ids=tokens, attention_mask=mask.long()).last_hidden_state
    weight = mask[..., None].to(states.dtype)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


@contextmanager
def dropout_of(model: CompactBert, share: float) -> Iterator[None]:
    """Set the dropout of all layers, for a while."""
    layers = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    before = [layer.p for layer in layers]
    for layer in layers:
        layer.p = share
    try:
        yield
    finally:
        for layer, own in zip(layers, before, strict=True):
            layer.p = own


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
