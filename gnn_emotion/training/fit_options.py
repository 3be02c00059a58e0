"""How a model is fitted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch.nn import Parameter

from gnn_emotion.graph.sample import Draw
from gnn_emotion.schema.errors import closest

Optimizer = torch.optim.Optimizer


def _sgd(params: Iterable[Parameter], lr: float, weight_decay: float) -> Optimizer:
    return torch.optim.SGD(params, lr=lr, weight_decay=weight_decay, momentum=0.9, nesterov=True)


#: Weight decay is L2 in the gradient for all but adamw, where it is decoupled (Loshchilov & Hutter
#: 2019); sgd has Nesterov's momentum of 0.9.
OPTIMIZERS: Mapping[str, Callable[..., Optimizer]] = MappingProxyType(
    {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
        "sgd": _sgd,
    }
)
ADVERSARIES = ("none", "fgm", "pgd")
#: The members of an ensemble have seeds above it, which torch and numpy take as well.
_LARGEST_SEED = 2**32 - 1
#: Options that are weights of a loss, or sizes of a step: 0 leaves it out.
_NOT_NEGATIVE = (
    "weight_decay",
    "l1",
    "balance",
    "focal_gamma",
    "alignment",
    "contrastive",
    "polarity",
    "valence",
    "adversarial_epsilon",
    "clip",
)


def check_device(name: str) -> None:
    """Raise a ``ValueError`` where a device is none, or is not in this machine."""
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"device is {name!r}; expected cpu, cuda, cuda:0, ...") from error
    if device.type == "cuda":
        if (device.index or 0) >= torch.cuda.device_count():
            raise ValueError(
                f"device is {name!r}, but this machine has {torch.cuda.device_count()} CUDA "
                "devices; expected cpu"
            )
        return
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"device is {name!r}, which this PyTorch does not have; expected cpu, cuda, cuda:0, ..."
        ) from error


@dataclass(frozen=True)
class FitOptions:
    """How a model is fitted.

    Attributes:
        epochs: at most so many passes over the train split.
        patience: so many passes in a row may give no better validation macro-F1.
        batch_size: labelled posts a step.
        num_neighbors: of each relation a post hears at most so many in training, drawn anew each
            epoch; 0 for all. Validation and scoring hear all.
        learning_rate: of the first step; it falls to a tenth along a cosine.
        optimizer: a key of ``OPTIMIZERS``.
        weight_decay: L2.
        l1: weight of the sum of the absolute weights, biases left out.
        clip: longest gradient that is followed as it is; 0 for any.
        balance: how much rare classes are weighed up, 0 to 1; see ``balanced``.
        label_smoothing, focal_gamma: see ``partial_label_loss``.
        alignment: weight of the loss that pulls the modalities of a post together; see
            ``alignment_loss``. Early fusion has no tokens to align.
        contrastive: weight of ``supervised_contrastive_loss`` on the states of posts.
        polarity: weight of the cross-entropy of the polarity, a task of its own.
        valence: weight of the squared error of the valence, a task of its own.
        adversarial: what disturbs the features in training; see ``adversarial``.
        adversarial_epsilon: how far, as a share of the length of a post's features.
        mixed_precision: compute in bfloat16 what allows it.
        device: where, such as ``cuda``.
        seed: of weights, order, dropout and masks.
    """

    epochs: int = 20
    patience: int = 4
    batch_size: int = 1024
    num_neighbors: int = 0
    learning_rate: float = 3e-3
    optimizer: str = "adamw"
    weight_decay: float = 1e-3
    l1: float = 0.0
    clip: float = 0.0
    balance: float = 0.5
    label_smoothing: float = 0.0
    focal_gamma: float = 0.0
    alignment: float = 0.0
    contrastive: float = 0.0
    polarity: float = 0.0
    valence: float = 0.0
    adversarial: str = "none"
    adversarial_epsilon: float = 0.1
    mixed_precision: bool = False
    device: str = "cpu"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in (("optimizer", OPTIMIZERS), ("adversarial", ADVERSARIES)):
            value = getattr(self, name)
            if value not in known:
                raise ValueError(f"unknown {name} {value!r}; {closest(value, known)}")
        for name in ("epochs", "patience", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected 1 or more")
        if self.num_neighbors < 0:
            raise ValueError(
                f"num_neighbors is {self.num_neighbors}; expected 1 or more, or 0 for all"
            )
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate is {self.learning_rate}; expected more than 0")
        if not 0 <= self.seed <= _LARGEST_SEED:
            raise ValueError(f"seed is {self.seed}; expected 0 to {_LARGEST_SEED}")
        check_device(self.device)
        for name in _NOT_NEGATIVE:
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; expected 0 or more")
        if self.balance > 1:
            raise ValueError(f"balance is {self.balance}; expected 0 to 1")
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing is {self.label_smoothing}; expected 0 <= it < 1")

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks beside the emotion that are trained."""
        return tuple(name for name in ("polarity", "valence") if getattr(self, name))

    def draw(self, epoch: int) -> Draw | None:
        """Return which neighbours posts hear in an epoch; None for all."""
        return Draw(self.num_neighbors, self.seed, epoch) if self.num_neighbors else None

    def make_optimizer(self, params: Iterable[Parameter]) -> Optimizer:
        """Make the optimizer of some weights."""
        make = OPTIMIZERS[self.optimizer]
        return make(params, lr=self.learning_rate, weight_decay=self.weight_decay)
