"""How a text encoder is pretrained."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from gnn_emotion.encoders.text.hf_text import computes_bfloat16
from gnn_emotion.pretraining.masking import MaskingOptions
from gnn_emotion.schema.errors import ContractError, closest

PRECISIONS = ("auto", "float32", "bfloat16")
#: Warm-up takes one step in so many, at most.
_WARMUP_PART = 10


@dataclass(frozen=True)
class PretrainOptions:
    """How a text encoder is pretrained.

    The learning rate rises, stays, and falls to nothing at the end (warm-up, stable, decay; Hu et
    al. 2024, MiniCPM): what has been stopped, or has ended, can be given more passes.

    Attributes:
        epochs: passes over the texts; a part of one, too.
        tokens_per_batch: tokens a step, padding included.
        learning_rate: of AdamW, at its highest.
        warmup_steps: until it is; a tenth of all steps where these are fewer.
        decay_share: of all steps, the last, in which it falls.
        weight_decay: of AdamW.
        steps_per_round: steps until the state is written and held-out texts are guessed.
        held_out: texts that are not learned from, to tell how well words are guessed.
        precision: ``bfloat16`` or ``float32``; ``auto`` is bfloat16 where the machine has it.
        seed: of weights, order and masks.
        masking: how much is hidden.
    """

    epochs: float = 1.0
    tokens_per_batch: int = 4096
    learning_rate: float = 1e-3
    warmup_steps: int = 500
    decay_share: float = 0.2
    weight_decay: float = 0.01
    steps_per_round: int = 500
    held_out: int = 2000
    precision: str = "auto"
    seed: int = 0
    masking: MaskingOptions = field(default_factory=MaskingOptions)

    def __post_init__(self) -> None:
        for name in ("epochs", "tokens_per_batch", "learning_rate", "steps_per_round", "held_out"):
            if not 0 < getattr(self, name) < math.inf:
                raise ContractError(f"{name} is {getattr(self, name)}, expected a number over 0")
        if self.warmup_steps < 0:
            raise ContractError(f"warmup_steps is {self.warmup_steps}, expected 0 or more")
        if not 0 <= self.decay_share <= 1:
            raise ContractError(f"decay_share is {self.decay_share}, expected 0 to 1")
        check_precision(self.precision)

    def check_count(self, texts: int) -> None:
        """Raise a ``ContractError`` where so many texts leave none to learn from."""
        if texts <= self.held_out:
            raise ContractError(
                f"{texts:,} texts of two words or more; expected more than the {self.held_out:,} "
                "that are held out to measure on: give more texts, or hold out fewer (--held-out)"
            )

    def rate(self, step: int, steps: int) -> float:
        """Return the learning rate of a step, counted from 0, of so many."""
        # Where there are few steps, most of them are not to be spent on the way up.
        warmup = min(self.warmup_steps, steps // _WARMUP_PART)
        up = (step + 1) / warmup if warmup else 1.0
        fall = self.decay_share * steps
        down = (steps - step) / fall if fall else 1.0
        return self.learning_rate * min(up, down, 1.0)


def check_precision(name: str) -> None:
    """Raise a ``ContractError`` where a precision is not one of ``PRECISIONS``."""
    if name not in PRECISIONS:
        raise ContractError(f"unknown precision {name!r}; {closest(name, PRECISIONS)}")


def in_half(precision: str, device: str) -> bool:
    """Tell whether the products are to be computed in bfloat16."""
    if precision == "auto":
        return computes_bfloat16(device)
    return precision == "bfloat16"
