"""From a graph and its labels to a fitted, calibrated and judged model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import incoming
from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.training.calibration import calibrated, fit_temperature
from gnn_emotion.training.checkpoint import Member
from gnn_emotion.training.correct_and_smooth import (
    SmoothOptions,
    choose_smoothing,
    correct_and_smooth,
    past_mean,
)
from gnn_emotion.training.fit import Epoch, fit, seed_everything
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.fitted import Fitted, Probs
from gnn_emotion.training.loading import model_loader
from gnn_emotion.training.metrics import evaluate
from gnn_emotion.training.predict import predict_logits
from gnn_emotion.training.preparation import PrepareOptions, fit_preparations
from gnn_emotion.training.task import (
    TEST,
    TRAIN,
    VAL,
    Task,
    known_labels,
    named_labels,
    single_label,
)
from gnn_emotion.training.train_options import TrainOptions


@dataclass(frozen=True)
class Setting:
    """What all members share.

    Attributes:
        data: a validated graph with features.
        task: its labelled posts, split.
        config: shape of the model.
        prepared: the fixed maps of its features.
        default_source: whose label prior answers for new posts.
    """

    data: HeteroData
    task: Task
    config: ModelConfig
    prepared: dict[str, dict[str, torch.Tensor]]
    default_source: str

    def loader(self) -> BlockLoader:
        """Make batches for the model; it hears the labels of the train split, and no others."""
        known = known_labels(self.task, len(self.data["post"].x))
        return model_loader(self.data, self.config, known)

    def typical(self) -> npt.NDArray[np.bool_]:
        """Mark the validation labels of the default source, on which models are calibrated."""
        task, at = self.task, self.task.at(VAL)
        source = self.config.sources.index(self.default_source)
        return np.asarray((task.source[at] == source) & task.telling[at])


def train_as(
    options: TrainOptions,
    data: HeteroData,
    task: Task,
    sources: tuple[str, ...],
    contract: Mapping[str, EncoderSpec],
    default_source: str | None = None,
    work: Path | None = None,
) -> Fitted:
    """Train a model as options say; see ``train_model``.

    Args:
        options: what is trained.
        data: a validated graph with features.
        task: its labelled posts, split.
        sources: names of the data sources of the task.
        contract: what made the features, by node type or modality.
        default_source: see ``train_model``.
        work: see ``train_model``.

    Raises:
        ContractError: the options cannot be together.
    """
    return train_model(
        data,
        task,
        options.model_config(contract, sources),
        options.fit,
        default_source,
        options.prepare,
        members=options.members,
        bagging=options.bagging,
        smooth=options.correct_and_smooth,
        abstain_share=options.abstain_share,
        work=work,
    )


def train_model(
    data: HeteroData,
    task: Task,
    config: ModelConfig,
    options: FitOptions,
    default_source: str | None = None,
    prepare: PrepareOptions | None = None,
    *,
    members: int = 1,
    bagging: bool = False,
    smooth: bool = False,
    abstain_share: float = 0.1,
    work: Path | None = None,
) -> Fitted:
    """Fit a model, calibrate it on the validation split, judge it on validation and test.

    Args:
        data: a validated graph with features.
        task: its labelled posts, split.
        config: shape of the model.
        options: how it is fitted.
        default_source: the source that new posts are most like; None for the one with the most
            labels.
        prepare: what is done to features first.
        members: models of an ensemble, of the seed and those after it.
        bagging: each member sees a bootstrap sample of the threads of the train split.
        smooth: whether known labels are spread after the model has answered.
        abstain_share: the least sure share of validation posts, on which the model abstains.
        work: where a training that may be killed keeps its state; see ``fit``.
    """
    maps = fit_preparations(
        data, task, config.in_channels, prepare or PrepareOptions(), config.steps > 0
    )
    widths = {name: fixed["weight"].shape[1] for name, fixed in maps.items()}
    setting = Setting(
        data,
        task,
        replace(config, prepared=widths),
        maps,
        default_source or _largest(task, config),
    )
    loader, found, histories = setting.loader(), [], []
    for number in range(members):
        own = replace(options, seed=options.seed + number)
        seen = bootstrap_threads(task, data, own.seed) if bagging else task
        state = None if work is None else work / f"member-{number:02d}"
        member, history = _fit_member(setting, loader, seen, own, state)
        found.append(member)
        histories.append(history)
    return _judged(setting, loader, tuple(found), tuple(histories), smooth, abstain_share)


def _fit_member(
    setting: Setting, loader: BlockLoader, seen: Task, options: FitOptions, work: Path | None
) -> tuple[Member, list[Epoch]]:
    seed_everything(options.seed)
    model = EmotionGNN(setting.config)
    model.set_prepared(setting.prepared)
    sources = len(setting.config.sources)
    model.limit_sources(torch.from_numpy(named_labels(setting.task, sources)))
    history = fit(model, loader, seen, options, work)
    task, typical = setting.task, setting.typical()
    at = task.at(VAL)[typical]
    logits = predict_logits(model, loader, task.rows[at], task.source[at])
    return Member(model, fit_temperature(logits, task.allowed[at])), history


def _judged(
    setting: Setting,
    loader: BlockLoader,
    members: tuple[Member, ...],
    histories: tuple[list[Epoch], ...],
    smooth: bool,
    abstain_share: float,
) -> Fitted:
    task, config = setting.task, setting.config
    chosen, probs = None, {split: _probs(members, loader, task, split) for split in (VAL, TEST)}
    if smooth:
        chosen, probs = _smoothed(setting, loader, members)
    sure = probs[VAL].max(axis=1)[setting.typical()]
    return Fitted(
        members=members,
        smooth=chosen,
        abstain_below=float(np.quantile(sure, abstain_share)) if len(sure) else 0.0,
        histories=histories,
        probs=probs,
        scores={
            "val": judge(probs[VAL], task, VAL, config),
            "test": judge(probs[TEST], task, TEST, config),
        },
        default_source=setting.default_source,
    )


def _smoothed(
    setting: Setting, loader: BlockLoader, members: tuple[Member, ...]
) -> tuple[SmoothOptions, dict[int, Probs]]:
    """Spread the train labels; how far is chosen on the validation labels."""
    task, count = setting.task, len(setting.data["post"].x)
    source = np.full(count, setting.config.sources.index(setting.default_source))
    probs = _mean_probs(members, loader, np.arange(count), source)
    # Whoever is judged must not be told: no label but those of the train split, even written ones.
    known = known_labels(replace(task, heard=None), count)
    past = past_mean(incoming(setting.data, setting.config.between_posts), count)
    at = task.judged(VAL)
    chosen = choose_smoothing(probs, known, past, task.rows[at], task.allowed[at])
    smooth = correct_and_smooth(probs, known, past, chosen)
    return chosen, {split: smooth[task.rows[task.at(split)]] for split in (VAL, TEST)}


def judge(
    probs: npt.NDArray[np.floating], task: Task, split: int, config: ModelConfig
) -> dict[str, dict[str, object]]:
    """Evaluate the probabilities of a split, source by source; labels that may be any are left out.

    Args:
        probs: ``[M_split, K]``.
        task: the labels.
        split: code of the split.
        config: names the sources and labels.
    """
    at = task.at(split)
    found = {}
    for code, name in enumerate(config.sources):
        here = (task.source[at] == code) & task.telling[at]
        if here.any():
            label = single_label(task.allowed[at][here], probs[here].argmax(axis=1))
            found[name] = evaluate(probs[here], label, config.labels)
    return found


def bootstrap_threads(task: Task, data: HeteroData, seed: int) -> Task:
    """Draw the threads of the train split with replacement (Breiman 1996, "Bagging Predictors").

    A label of a thread that was drawn n times weighs n times as much; one of a thread that was not
    drawn is not used.
    """
    thread = data["post"].thread.numpy()[task.rows]
    train = task.split == TRAIN
    threads, inverse = np.unique(thread[train], return_inverse=True)
    drawn = np.random.default_rng(seed).integers(0, len(threads), len(threads))
    times = np.zeros(len(task.rows), dtype=np.float32)
    times[train] = np.bincount(drawn, minlength=len(threads))[inverse]
    unused = train & (times == 0)
    return replace(
        task,
        weight=np.where(train, task.weight * times, task.weight).astype(np.float32),
        split=np.where(unused, -1, task.split).astype(task.split.dtype),
    )


def _largest(task: Task, config: ModelConfig) -> str:
    counts = np.bincount(task.source[task.telling], minlength=len(config.sources))
    return config.sources[int(counts.argmax())]


def _probs(members: Sequence[Member], loader: BlockLoader, task: Task, split: int) -> Probs:
    at = task.at(split)
    return _mean_probs(members, loader, task.rows[at], task.source[at])


def _mean_probs(
    members: Sequence[Member],
    loader: BlockLoader,
    rows: npt.NDArray[np.int64],
    source: npt.NDArray[np.int64],
) -> Probs:
    each = [
        calibrated(predict_logits(m.model, loader, rows, source), m.temperature) for m in members
    ]
    return np.asarray(np.mean(each, axis=0))
