"""Fit a model on a task; the validation split, never the test split, says when to stop."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from tqdm import tqdm

from gnn_emotion.graph.loader import Batch, BlockLoader
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.post_input import TEXT
from gnn_emotion.schema.errors import ContractError, LabelError
from gnn_emotion.training.adversarial import disturb, disturb_embedding
from gnn_emotion.training.checksums import fingerprint
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.heap import release_free_memory
from gnn_emotion.training.objective import Objective
from gnn_emotion.training.predict import slices, validate
from gnn_emotion.training.resume import TrainingState
from gnn_emotion.training.task import TRAIN, Task

#: Often enough that little piles up, seldom enough that it costs nothing.
_STEPS_A_RELEASE = 128


@dataclass(frozen=True)
class Epoch:
    """What one pass gave.

    Attributes:
        loss: mean training loss.
        val_macro_f1: mean over the data sources of the validation split.
    """

    loss: float
    val_macro_f1: float


def fit(
    model: EmotionGNN,
    loader: BlockLoader,
    task: Task,
    options: FitOptions,
    work: Path | None = None,
) -> list[Epoch]:
    """Fit a model in place; it ends with the weights of its best validation epoch.

    Args:
        model: made under the same seed (``seed_everything``) for a repeatable run.
        loader: batches of the graph.
        task: labelled posts with all three splits.
        options: how.
        work: a folder that keeps the state after each epoch; a training that was killed goes on
            from there, to the same numbers. None to keep nothing.

    Returns:
        One entry an epoch; none for a model that has nothing to fit.

    Raises:
        LabelError: no label is in the train split.
    """
    if not len(task.at(TRAIN)):
        raise LabelError(
            f"none of the {len(task.rows)} labels is in the train split; expected more labelled "
            "threads, or labelled posts of more than one time: choose the other split"
        )
    if not len(task.judged(TRAIN)):
        raise LabelError(
            f"none of the {len(task.at(TRAIN))} labels of the train split says anything of the "
            "emotion; expected emotions or polarities beside numbers"
        )
    if not any(p.requires_grad for p in model.parameters()):
        return []
    model.to(options.device)
    run = _Run(model, loader, task, options)
    if work is not None:
        run.resume(work)
    with tqdm(total=options.epochs, desc="fit", unit="epoch", disable=None) as bar:
        bar.update(len(run.history))
        while len(run.history) < options.epochs and not run.stalled:
            run.epoch()
            if work is not None:
                run.save(work)
            last = run.history[-1]
            bar.update()
            bar.set_postfix(loss=f"{last.loss:.3f}", val_macro_f1=f"{last.val_macro_f1:.3f}")
    model.load_state_dict(run.best)
    model.to("cpu")
    return run.history


def stalled(scores: list[float], patience: int) -> bool:
    """Tell whether more than ``patience`` validation scores came after the best one."""
    # Without validation posts (nan) there is nothing to wait for.
    if not scores or np.isnan(scores[-1]):
        return False
    return len(scores) - (1 + scores.index(max(scores))) > patience


def seed_everything(seed: int) -> None:
    """Seed the weights and dropout of what is made next."""
    torch.manual_seed(seed)


class _Run:
    """A training under way: what changes from epoch to epoch."""

    def __init__(
        self, model: EmotionGNN, loader: BlockLoader, task: Task, options: FitOptions
    ) -> None:
        self.model, self.loader, self.task, self.options = model, loader, task, options
        self.objective = Objective(task, options)
        self.optimizer = options.make_optimizer(p for p in model.parameters() if p.requires_grad)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            self.optimizer, options.epochs, eta_min=options.learning_rate / 10
        )
        self.rng = np.random.default_rng(options.seed)
        self.history: list[Epoch] = []
        self.best = copy.deepcopy(model.state_dict())

    @property
    def on_gpu(self) -> bool:
        """Whether dropout draws on a GPU, from a random state of its own."""
        return torch.device(self.options.device).type == "cuda" and torch.cuda.is_available()

    @property
    def stalled(self) -> bool:
        """Whether more than ``patience`` epochs went by without a better one."""
        return stalled([epoch.val_macro_f1 for epoch in self.history], self.options.patience)

    def epoch(self) -> None:
        """Pass over the train split once, and keep the weights if they are the best so far."""
        losses = self._train(self.rng.permutation(self.task.at(TRAIN)))
        self.schedule.step()
        earlier = [epoch.val_macro_f1 for epoch in self.history]
        score = validate(self.model, self.loader, self.task)
        self.history.append(Epoch(losses, score))
        # Without validation posts (nan) the last pass is kept.
        if not score <= max(earlier, default=-1.0):
            self.best = copy.deepcopy(self.model.state_dict())

    def _train(self, order: npt.NDArray[np.int64]) -> float:
        self.model.train()
        total, draw = 0.0, self.options.draw(epoch=len(self.history))
        for step, at in enumerate(slices(order, self.options.batch_size), start=1):
            # A post may have several labels (a crawl's and an emoticon's): cut it once.
            seeds, back = np.unique(self.task.rows[at], return_inverse=True)
            masking = self.model.config.label_masking
            batch = self.loader.batch(seeds, masking, self.rng, draw).to(self.options.device)
            row = torch.from_numpy(back).to(self.options.device)
            loss_of = self._loss_of(batch, at, row)
            self.optimizer.zero_grad()
            loss = loss_of(batch)
            loss.backward()
            if self.options.adversarial != "none":
                self._adversary(batch, loss_of)
            if self.options.clip:
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
            self.optimizer.step()
            total += float(loss.detach()) * len(at)
            if step % _STEPS_A_RELEASE == 0 or step * self.options.batch_size >= len(order):
                release_free_memory()
        if not math.isfinite(total):
            raise ContractError(
                f"the loss of epoch {len(self.history) + 1} is {total}: the training diverges; "
                f"expected a learning rate below {self.options.learning_rate}, or clip"
            )
        return total / max(len(order), 1)

    def _loss_of(
        self, batch: Batch, at: npt.NDArray[np.int64], row: Tensor
    ) -> Callable[[Batch], Tensor]:
        device = torch.device(self.options.device).type

        def loss_of(given: Batch) -> Tensor:
            with torch.autocast(device, torch.bfloat16, enabled=self.options.mixed_precision):
                answer = self.model.answer(given.x_dict, given.present_dict, given.blocks)
            return self.objective.loss(self.model, answer.float(), at, row)

        return loss_of

    def _adversary(self, batch: Batch, loss_of: Callable[[Batch], Tensor]) -> None:
        """Add the gradient of the batch when its words are moved to where the loss is higher."""
        kind, epsilon = self.options.adversarial, self.options.adversarial_epsilon
        if self.model.config.text_head:
            # Token numbers cannot be moved a little; what they are embedded as can.
            table = self.model.prepare.get_submodule(f"{TEXT}.head.embedding")
            assert isinstance(table, torch.nn.Embedding)
            step = disturb_embedding(table, lambda: loss_of(batch), epsilon)
            kept = table.weight.detach().clone()
            with torch.no_grad():
                table.weight += step
            loss_of(batch).backward()
            with torch.no_grad():
                # Subtracting the step would leave rounding behind.
                table.weight.copy_(kept)
            return

        def moved(x: Tensor) -> Batch:
            return replace(batch, x_dict=batch.x_dict | {TEXT: [x]})

        x = batch.x_dict[TEXT][0]
        loss_of(moved(disturb(x, lambda at: loss_of(moved(at)), kind, epsilon))).backward()

    def save(self, work: Path) -> None:
        """Keep the state after an epoch."""
        TrainingState(
            weights=self.model.state_dict(),
            best=self.best,
            optimizer=self.optimizer.state_dict(),
            schedule=self.schedule.state_dict(),
            random=torch.get_rng_state(),
            gpu_random=torch.cuda.get_rng_state(self.options.device) if self.on_gpu else None,
            generator=self.rng.bit_generator.state,
            history=[(epoch.loss, epoch.val_macro_f1) for epoch in self.history],
        ).save(work, self.fingerprint)

    def resume(self, work: Path) -> None:
        """Go on where a training of the same model, labels and options was."""
        state = TrainingState.load(work, self.fingerprint)
        if state is None:
            return
        self.model.load_state_dict(state.weights)
        self.best = dict(state.best)
        self.optimizer.load_state_dict(dict(state.optimizer))
        self.schedule.load_state_dict(dict(state.schedule))
        torch.set_rng_state(state.random)
        if state.gpu_random is not None:
            torch.cuda.set_rng_state(state.gpu_random, self.options.device)
        self.rng.bit_generator.state = state.generator
        self.history = [Epoch(*entry) for entry in state.history]

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that decides the numbers: first weights, options, labels, features, edges.

        Of the graph what batches are made of is read once, as it lies: cutting a batch of each
        labelled post would read it many times over.
        """
        parts: list[object] = [self.model.config, self.options, *vars(self.task).values()]
        # Read before anything is trained: so with them the fixed maps of features.
        parts += [weights.cpu().numpy() for weights in self.best.values()]
        return fingerprint(*parts, *self.loader.arrays())
