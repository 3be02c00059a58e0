"""Fit a head over token sequences (``nn.text_heads``) on labelled texts, without any graph."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from gnn_emotion.nn.losses import partial_label_loss
from gnn_emotion.nn.text_heads import PADDING, TextHead
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.training.fit import Epoch
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.metrics import macro_f1
from gnn_emotion.training.task import TRAIN, VAL, Task, balanced, single_label

#: What suits texts: small batches, few passes.
HEAD_OPTIONS = FitOptions(epochs=5, patience=2, batch_size=64, learning_rate=2e-3)
_TEXTS_PER_BATCH = 512
_BATCHES_PER_POOL = 50


def label_task(label: npt.NDArray[np.int64], split: npt.NDArray[np.int8], num_classes: int) -> Task:
    """Make a task of plain labels.

    Args:
        label: classes ``[N]``, -1 where there is none.
        split: codes into ``SPLITS`` ``[N]``.
        num_classes: K.
    """
    rows = np.flatnonzero(label >= 0)
    allowed = np.eye(num_classes, dtype=bool)[label[rows]]
    source, weight = np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=np.float32)
    return Task(rows, allowed, source, weight, split[rows])


def fit_text_head(
    head: TextHead,
    ids: npt.NDArray[np.int64],
    task: Task,
    options: FitOptions = HEAD_OPTIONS,
) -> list[Epoch]:
    """Fit a head in place; it ends with the weights of its best validation epoch.

    Args:
        head: made under the same seed (``seed_everything``) for a repeatable run.
        ids: tokens of N texts ``[N, T]``.
        task: labels of texts, with a train and a validation split; data sources are not told apart.
        options: how; the learning rate falls to nothing along a cosine.

    Returns:
        One entry an epoch.

    Raises:
        LabelError: no label is in the train split, or none in the validation split.
    """
    at, val = task.at(TRAIN), task.at(VAL)
    if not len(at) or not len(val):
        raise LabelError(
            f"{len(at)} labels in the train split and {len(val)} in the validation split; a text "
            "head needs both, the second to know when to stop"
        )
    optimizer = options.make_optimizer(head.parameters())
    steps = options.epochs * -(-len(at) // options.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    weight, rng = balanced(task, options.balance), np.random.default_rng(options.seed)
    lengths = (ids != PADDING).sum(axis=1)
    history: list[Epoch] = []
    best, best_epoch, best_state = -1.0, 0, copy.deepcopy(head.state_dict())
    for epoch in tqdm(range(options.epochs), desc="fit text head", unit="epoch", disable=None):
        batches = _like_batches(rng.permutation(at), lengths[task.rows], options.batch_size, rng)
        loss = _train_epoch(head, ids, task, weight, batches, optimizer, schedule)
        history.append(Epoch(loss, _validate(head, ids, task, val)))
        if history[-1].val_macro_f1 > best:
            best, best_epoch = history[-1].val_macro_f1, epoch
            best_state = copy.deepcopy(head.state_dict())
        elif epoch - best_epoch >= options.patience:
            break
    head.load_state_dict(best_state)
    head.eval()
    return history


def text_head_outputs(
    head: TextHead, ids: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Apply a head to texts, those of like length together.

    A row depends on the others by less than 1e-5.

    Args:
        head: fitted.
        ids: tokens of N texts ``[N, T]``.

    Returns:
        Logits ``[N, K]`` and features ``[N, D]``.
    """
    head.eval()
    logits = np.empty((len(ids), head.config.out_channels), dtype=np.float32)
    features = np.empty((len(ids), head.feature_channels), dtype=np.float32)
    order = np.argsort((ids != PADDING).sum(axis=1), kind="stable")
    with torch.inference_mode():
        for start in range(0, len(order), _TEXTS_PER_BATCH):
            rows = order[start : start + _TEXTS_PER_BATCH]
            pooled = head.features(_batch(ids, rows))
            logits[rows], features[rows] = head.classify(pooled).numpy(), pooled.numpy()
    return logits, features


def _train_epoch(
    head: TextHead,
    ids: npt.NDArray[np.int64],
    task: Task,
    weight: npt.NDArray[np.float32],
    batches: list[npt.NDArray[np.int64]],
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    head.train()
    losses = []
    for at in batches:
        loss = partial_label_loss(
            head(_batch(ids, task.rows[at])),
            torch.from_numpy(task.allowed[at]),
            torch.from_numpy(weight[at]),
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return float(np.average(losses, weights=[len(at) for at in batches]))


def _like_batches(
    order: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    size: int,
    rng: np.random.Generator,
) -> list[npt.NDArray[np.int64]]:
    """Cut a random order into batches of like length, so that little is padding.

    Lengths are sorted within pools of many batches only: which texts meet stays random.
    """
    batches = []
    for start in range(0, len(order), size * _BATCHES_PER_POOL):
        pool = order[start : start + size * _BATCHES_PER_POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[at : at + size] for at in range(0, len(pool), size)]
    return [batches[place] for place in rng.permutation(len(batches))]


def _validate(
    head: TextHead, ids: npt.NDArray[np.int64], task: Task, at: npt.NDArray[np.int64]
) -> float:
    pred = text_head_outputs(head, ids[task.rows[at]])[0].argmax(axis=1)
    return macro_f1(single_label(task.allowed[at], pred), pred, head.config.out_channels)


def _batch(ids: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> torch.Tensor:
    """Take rows, without the padding that all of them have."""
    batch = ids[rows]
    used = (batch != PADDING).any(axis=0)
    return torch.from_numpy(batch[:, : max(int(used.sum()), 1)])
