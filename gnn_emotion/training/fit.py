"""Fit a model on a task; the validation split, never the test split, says when to stop."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.losses import alignment_loss, partial_label_loss
from gnn_emotion.nn.post_input import TEXT, Content
from gnn_emotion.schema.errors import ContractError, LabelError, closest
from gnn_emotion.training.metrics import macro_f1
from gnn_emotion.training.task import TRAIN, VAL, Task, balanced, single_label

OPTIMIZERS = {
    "adam": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


@dataclass(frozen=True)
class FitOptions:
    """How a model is fitted.

    Attributes:
        epochs: at most so many passes over the train split.
        patience: so many passes in a row may give no better validation macro-F1.
        batch_size: labelled posts a step.
        learning_rate: of the first step; it falls to a tenth along a cosine.
        weight_decay: L2, decoupled for adam.
        optimizer: a key of ``OPTIMIZERS``.
        balance: how much rare classes are weighed up, 0 to 1; see ``balanced``.
        alignment: weight of the loss that pulls the modalities of a post together; see
            ``alignment_loss``. Early fusion has no tokens to align.
        seed: of weights, order and dropout.
    """

    epochs: int = 20
    patience: int = 4
    batch_size: int = 1024
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    optimizer: str = "adam"
    balance: float = 0.5
    alignment: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(
                f"unknown optimizer {self.optimizer!r}; {closest(self.optimizer, OPTIMIZERS)}"
            )
        if min(self.epochs, self.patience, self.batch_size) < 1 or self.learning_rate <= 0:
            raise ValueError(f"expected positive epochs, patience, batch_size and rate: {self}")
        if self.alignment < 0:
            raise ValueError(f"alignment is {self.alignment}; expected 0 or more")


@dataclass(frozen=True)
class Epoch:
    """What one pass gave.

    Attributes:
        loss: mean training loss.
        val_macro_f1: mean over the data sources of the validation split.
    """

    loss: float
    val_macro_f1: float


def fit(model: EmotionGNN, loader: BlockLoader, task: Task, options: FitOptions) -> list[Epoch]:
    """Fit a model in place; it ends with the weights of its best validation epoch.

    Args:
        model: made under the same seed (``seed_everything``) for a repeatable run.
        loader: batches of the graph.
        task: labelled posts with all three splits.
        options: how.

    Returns:
        One entry an epoch.

    Raises:
        LabelError: no label is in the train split.
    """
    if not len(task.at(TRAIN)):
        raise LabelError(
            f"none of the {len(task.rows)} labels is in the train split; expected more labelled "
            "threads, or labelled posts of more than one time: choose the other split"
        )
    optimizer = OPTIMIZERS[options.optimizer](
        model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, options.epochs, eta_min=options.learning_rate / 10
    )
    weight, rng = balanced(task, options.balance), np.random.default_rng(options.seed)
    history: list[Epoch] = []
    best, best_state = -1.0, copy.deepcopy(model.state_dict())
    with tqdm(total=options.epochs, desc="fit", unit="epoch", disable=None) as bar:
        for _ in range(options.epochs):
            order = rng.permutation(task.at(TRAIN))
            loss = _train_epoch(model, loader, task, weight, order, options, optimizer)
            schedule.step()
            history.append(Epoch(loss, validate(model, loader, task)))
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", val_macro_f1=f"{history[-1].val_macro_f1:.3f}")
            # Without validation posts (nan) the last pass is kept.
            if not history[-1].val_macro_f1 <= best:
                best, best_state = history[-1].val_macro_f1, copy.deepcopy(model.state_dict())
            elif len(history) - _best_epoch(history) > options.patience:
                break
    model.load_state_dict(best_state)
    return history


def seed_everything(seed: int) -> None:
    """Seed the weights and dropout of what is made next."""
    torch.manual_seed(seed)


def predict_logits(
    model: EmotionGNN,
    loader: BlockLoader,
    rows: npt.NDArray[np.int64],
    source: npt.NDArray[np.int64],
    batch_size: int = 16_384,
) -> npt.NDArray[np.float32]:
    """Compute the logits of posts.

    Args:
        model: fitted.
        loader: batches of the graph.
        rows: the posts ``[M]``, repeats allowed.
        source: whose label prior to answer with ``[M]``.
        batch_size: posts a pass.

    Returns:
        Logits ``[M, K]``.
    """
    model.eval()
    logits = np.empty((len(rows), len(model.config.labels)), dtype=np.float32)
    with torch.inference_mode():
        for at in _slices(np.arange(len(rows)), batch_size):
            seeds, back = np.unique(rows[at], return_inverse=True)
            batch = loader.batch(seeds)
            out = model(batch.x_dict, batch.present_dict, batch.blocks)
            logits[at] = out[torch.from_numpy(back)] + model.source_prior(
                torch.from_numpy(source[at])
            )
    return logits


def validate(model: EmotionGNN, loader: BlockLoader, task: Task) -> float:
    """Return the macro-F1 of the validation split, the mean over its data sources."""
    at = task.at(VAL)
    pred = predict_logits(model, loader, task.rows[at], task.source[at]).argmax(axis=1)
    label = single_label(task.allowed[at], pred)
    source, classes = task.source[at], len(model.config.labels)
    scores = [
        macro_f1(label[source == one], pred[source == one], classes) for one in np.unique(source)
    ]
    return float(np.mean(scores)) if scores else float("nan")


def _train_epoch(
    model: EmotionGNN,
    loader: BlockLoader,
    task: Task,
    weight: npt.NDArray[np.float32],
    order: npt.NDArray[np.int64],
    options: FitOptions,
    optimizer: torch.optim.Optimizer,
) -> float:
    model.train()
    total = 0.0
    for at in _slices(order, options.batch_size):
        # A post may have several labels (a crawl's and an emoticon's): cut it once.
        seeds, back = np.unique(task.rows[at], return_inverse=True)
        batch = loader.batch(seeds)
        out, content = model.answer(batch.x_dict, batch.present_dict, batch.blocks)
        logits = out[torch.from_numpy(back)] + model.source_prior(torch.from_numpy(task.source[at]))
        loss = partial_label_loss(
            logits, torch.from_numpy(task.allowed[at]), torch.from_numpy(weight[at])
        )
        if options.alignment:
            loss = loss + options.alignment * _alignment(content)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += float(loss.detach()) * len(at)
    return total / max(len(order), 1)


def _alignment(content: Content) -> torch.Tensor:
    """Align the words of each post with each other modality that it has; the mean over those."""
    tokens = {} if content.fused is None else content.fused.tokens
    if TEXT not in tokens or len(tokens) < 2:
        raise ContractError(
            "alignment needs tokens of two modalities or more; expected a fusion of words with "
            "pictures or others, and not 'early'"
        )
    losses = [
        alignment_loss(tokens[TEXT], token, content.present[TEXT] & content.present[name])
        for name, token in tokens.items()
        if name != TEXT
    ]
    return torch.stack(losses).mean()


def _slices(rows: npt.NDArray[np.int64], size: int) -> Iterator[npt.NDArray[np.int64]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _best_epoch(history: list[Epoch]) -> int:
    return 1 + max(range(len(history)), key=lambda i: history[i].val_macro_f1)
