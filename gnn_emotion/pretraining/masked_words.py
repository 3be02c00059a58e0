"""Pretrain a BERT by guessing hidden words, in rounds after each of which it may be stopped."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from gnn_emotion.encoders.text.compact_bert import CompactBert, guess_hidden, move
from gnn_emotion.encoders.text.weibo_tokenizer import (
    WeiboTokenizer,
    emoticon_tokens,
    special_tokens,
)
from gnn_emotion.pretraining.masking import Masker
from gnn_emotion.pretraining.pretrain_options import PretrainOptions, in_half
from gnn_emotion.pretraining.token_store import TokenStore, batches
from gnn_emotion.training.resume import REST, TrainingState

_log = logging.getLogger(__name__)
_CLIP = 1.0
#: What random numbers are for, so that no two uses share them.
_ORDER, _MASKS, _HELD_OUT = 0, 1, 2


@dataclass(frozen=True)
class Round:
    """What a round of steps gave.

    Attributes:
        loss: mean of the cross-entropy of hidden tokens, in nats.
        accuracy: share of the hidden tokens of held-out texts that are guessed.
    """

    loss: float
    accuracy: float


class MaskedWords:
    """The pretraining of one model.

    Args:
        model: changed in place.
        tokenizer: of the model.
        store: the texts, those that are held out among them.
        options: how.
        device: where.

    Raises:
        ContractError: there are no texts beside the held-out ones.
    """

    def __init__(
        self,
        model: CompactBert,
        tokenizer: WeiboTokenizer,
        store: TokenStore,
        options: PretrainOptions,
        device: str = "cpu",
    ) -> None:
        count = len(store.lengths)
        options.check_count(count)
        self.model, self.store, self.options = move(model, device), store, options
        self.device, self.padding = torch.device(device), int(tokenizer.pad_token_id)
        emoticons = np.array(emoticon_tokens(tokenizer), dtype=np.int64)
        self.masker = Masker(
            len(tokenizer),
            int(tokenizer.mask_token_id),
            np.array(special_tokens(tokenizer), dtype=np.int64),
            emoticons,
            options.masking,
        )
        drawn = np.random.default_rng((options.seed, _HELD_OUT)).permutation(count)
        self.held_out, self.rows = drawn[: options.held_out], drawn[options.held_out :]
        self.steps_per_epoch = sum(1 for _ in self._epoch(0))
        self.optimizer = _optimizer(model, options)
        self.half = in_half(options.precision, device)

    @property
    def steps(self) -> int:
        """Steps in all; epochs differ by a few, as batches are cut by chance."""
        return max(round(self.options.epochs * self.steps_per_epoch), 1)

    def run(self, folder: Path) -> list[Round]:
        """Train to the end, from the last state in a folder on where there is one.

        Args:
            folder: holds the state; that of another training is replaced.

        Returns:
            All rounds, those of before among them.
        """
        step, history = self._resume(folder)
        _log.info("%d steps, from %d on, in %s", self.steps, step, self._precision())
        losses: list[float] = []
        with tqdm(
            total=self.steps, initial=step, desc="pretrain", unit="step", disable=None
        ) as bar:
            for rows in self._from(step):
                losses += self._step(rows, step)
                step += 1
                bar.update()
                if step % self.options.steps_per_round == 0 or step == self.steps:
                    history.append(Round(_mean(losses), self.accuracy()))
                    losses = []
                    bar.set_postfix(loss=history[-1].loss, accuracy=history[-1].accuracy)
                    self._save(folder, step, history)
        return history

    @torch.no_grad()
    def accuracy(self, emoticons: bool = False) -> float:
        """Share of the hidden tokens of held-out texts that are guessed; nan where none is hidden.

        Args:
            emoticons: count these alone.
        """
        self.model.eval()
        right = total = 0
        for place, rows in enumerate(batches(self.store, self.held_out, 8192, (0,))):
            tokens, changed, hidden = self._hide(rows, (self.options.seed, _HELD_OUT, place))
            if emoticons:
                hidden = hidden & torch.isin(tokens, torch.from_numpy(self.masker.emoticons))
            if hidden.any():
                logits = self._guess(changed, tokens != self.padding, hidden)
                right += int((logits.argmax(dim=-1).cpu() == tokens[hidden]).sum())
                total += int(hidden.sum())
        return right / total if total else float("nan")

    def _step(self, rows: npt.NDArray[np.int64], step: int) -> list[float]:
        """Learn from a batch; return its loss, or none where no word in it is known."""
        self.model.train()
        tokens, changed, hidden = self._hide(rows, (self.options.seed, _MASKS, step))
        if not hidden.any():
            return []
        logits = self._guess(changed, tokens != self.padding, hidden)
        loss = functional.cross_entropy(logits.float(), tokens[hidden].to(self.device))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate(step, self.steps)
        self.optimizer.step()
        return [float(loss.detach())]

    def _hide(
        self, rows: npt.NDArray[np.int64], seed: tuple[int, ...]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return tokens, the same with some hidden, and which are, each ``[B, T]``."""
        tokens = self.store.padded(rows, self.padding)
        changed, hidden = self.masker(tokens, np.random.default_rng(seed))
        return torch.from_numpy(tokens), torch.from_numpy(changed), torch.from_numpy(hidden)

    def _guess(self, changed: Tensor, mask: Tensor, hidden: Tensor) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            return guess_hidden(
                self.model, changed.to(self.device), mask.to(self.device), hidden.to(self.device)
            )

    def _epoch(self, epoch: int) -> Iterator[npt.NDArray[np.int64]]:
        seed = (self.options.seed, _ORDER, epoch)
        return batches(self.store, self.rows, self.options.tokens_per_batch, seed)

    def _from(self, step: int) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the batches of all steps from one on."""
        seen, epoch = 0, 0
        while seen < self.steps:
            for rows in self._epoch(epoch):
                if seen >= step:
                    yield rows
                seen += 1
                if seen == self.steps:
                    return
            epoch += 1

    def _save(self, folder: Path, step: int, history: list[Round]) -> None:
        TrainingState(
            weights=self.model.state_dict(),
            best={},
            optimizer=self.optimizer.state_dict(),
            schedule={"step": step},
            random=torch.get_rng_state(),
            gpu_random=torch.cuda.get_rng_state(self.device) if self._on_gpu else None,
            generator={},
            history=[(one.loss, one.accuracy) for one in history],
        ).save(folder, self._fingerprint())

    def _resume(self, folder: Path) -> tuple[int, list[Round]]:
        state = TrainingState.load(folder, self._fingerprint())
        if state is None:
            if (folder / REST).is_file():
                _log.warning("%s is of another pretraining, whose state is replaced", folder)
            return 0, []
        # Tied weights are written one by one, and are the same.
        self.model.load_state_dict(dict(state.weights))
        self.optimizer.load_state_dict(dict(state.optimizer))
        # What a model that was made elsewhere drops out is drawn from these.
        torch.set_rng_state(state.random)
        if self._on_gpu and state.gpu_random is not None:
            torch.cuda.set_rng_state(state.gpu_random, self.device)
        return int(state.schedule["step"]), [Round(*one) for one in state.history]

    def _fingerprint(self) -> str:
        """Tell trainings apart by all that decides their numbers, but for how long they last."""
        told = asdict(self.options) | {"half": self.half}
        for name in ("epochs", "precision"):
            del told[name]
        told["shape"] = self.model.config.to_dict()
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
        digest.update(self.store.tokens.tobytes())
        digest.update(self.store.starts.tobytes())
        return digest.hexdigest()

    @property
    def _on_gpu(self) -> bool:
        return self.device.type == "cuda"

    def _precision(self) -> str:
        return "bfloat16" if self.half else "float32"


def _mean(losses: list[float]) -> float:
    return float(np.mean(losses)) if losses else float("nan")


def _optimizer(model: CompactBert, options: PretrainOptions) -> torch.optim.AdamW:
    """Return AdamW that decays matrices alone, as is usual (biases and norms are not decayed)."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": options.weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.98), fused=True)
