"""A search for good options: what is tried next follows from what was tried before.

The sampler is the tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for
Hyper-Parameter Optimization") of Optuna. The validation macro-F1 alone decides: no trial is given
a label of the test split.
"""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from torch_geometric.data import HeteroData
from tqdm import tqdm

from gnn_emotion.schema.errors import ContractError, GnnEmotionError, LabelError
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.training.markdown import markdown_table
from gnn_emotion.training.search_space import Space, apply
from gnn_emotion.training.study import Study, finished, open_study, tried_before
from gnn_emotion.training.task import TEST, VAL, Task
from gnn_emotion.training.train import train_as
from gnn_emotion.training.train_options import TrainOptions

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

SCORE = "val_macro_f1"
#: Options -> validation macro-F1.
Train = Callable[[TrainOptions], float]


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes:
        best: the options of the best trial; of equals, the first.
        table: one row a trial in their order, with ``trial`` (from 0), ``val_macro_f1`` (nan where
            the options cannot be together), ``seconds``, the options that were searched, and
            ``fault`` (why they cannot be; empty).
    """

    best: TrainOptions
    table: pd.DataFrame

    def markdown(self, rows: int = 5) -> str:
        """Write the best trials for people."""
        shown = self.table.drop(columns=["seconds", "fault"]).dropna(subset=[SCORE])
        shown = shown.sort_values(SCORE, ascending=False, kind="stable").head(rows)
        cells = (map(_shown, row.values()) for row in shown.to_dict("records"))
        return markdown_table(list(shown.columns), cells)


def search(
    data: HeteroData,
    task: Task,
    sources: tuple[str, ...],
    contract: Mapping[str, EncoderSpec],
    options: TrainOptions,
    space: Space,
    trials: int,
    folder: Path,
    data_key: str = "",
) -> Tuned:
    """Try options until there are so many trials in the folder; killed and called again, go on.

    A search that was killed comes to the same trials as one that was not. One process at a time
    works in a folder.

    Args:
        data: the graph, with all edge types that a trial listens to.
        task: its labels, split.
        sources: names of its data sources.
        contract: what made the features.
        options: what holds beside the space; where the space has them, they are tried first. Their
            seed is that of every training and of the search.
        space: what is tried.
        trials: how many in all, those of earlier calls among them.
        folder: where the study lies.
        data_key: hash of features and labels: another is another search.

    Raises:
        ContractError: Optuna is not installed.
        GnnEmotionError: the folder holds another search, or no trial has options that can be
            together.
        LabelError: no label is in the validation split.
    """
    if trials < 1:
        raise GnnEmotionError(f"trials is {trials}; expected 1 or more")
    if not len(task.judged(VAL)):
        raise LabelError(
            f"none of the {int(task.telling.sum())} labels is in the validation split, by which "
            "options are chosen; expected more labelled threads, or another split"
        )
    hidden = without_test(task)

    def train(chosen: TrainOptions) -> float:
        return train_as(chosen, data, hidden, sources, contract).val_macro_f1

    with open_study(folder, options, space, data_key) as study, _progress(trials) as bar:
        bar.update(min(trials, len(finished(study))))
        while len(finished(study)) < trials:
            run_trial(study, options, space, train)
            bar.update()
        return _tuned(study, options, space)


def without_test(task: Task) -> Task:
    """Return a task whose test labels are not used for anything."""
    return replace(task, split=np.where(task.split == TEST, -1, task.split).astype(np.int8))


def run_trial(study: Study, options: TrainOptions, space: Space, train: Train) -> None:
    """Choose options, train with them, and keep what came of it in the study.

    Options that were tried before are not trained again: trainings are repeatable.
    """
    from optuna.trial import TrialState

    study.sampler = _sampler(options, space, len(finished(study)))
    trial = study.ask()
    values = {name: axis.suggest(trial, name) for name, axis in space.axes.items()}
    start = time.perf_counter()
    try:
        chosen = apply(values, options)
        score = tried_before(study, trial.params)
        score = train(chosen) if score is None else score
    except ContractError as error:
        trial.set_user_attr("fault", str(error))
        study.tell(trial, state=TrialState.PRUNED)
    else:
        trial.set_user_attr("seconds", round(time.perf_counter() - start, 2))
        study.tell(trial, score)


def _sampler(options: TrainOptions, space: Space, number: int) -> BaseSampler:
    """Make the sampler of a trial; its seed is that of the trial, so that a search can go on."""
    from optuna.samplers import PartialFixedSampler, TPESampler

    text = f"{options.fit.seed}/{number}"
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    sampler = TPESampler(seed=seed)
    start = space.start(options)
    if number or not start:
        return sampler
    with warnings.catch_warnings():  # Optuna calls it experimental
        warnings.simplefilter("ignore")
        return PartialFixedSampler(start, sampler)


def _tuned(study: Study, options: TrainOptions, space: Space) -> Tuned:
    found = finished(study)
    table = pd.DataFrame([_row(number, one, space) for number, one in enumerate(found)])
    if table[SCORE].isna().all():
        raise GnnEmotionError(
            f"none of {len(table)} trials has options that can be together; the first: "
            f"{table.fault[0]}"
        )
    best = found[int(np.nanargmax(table[SCORE].to_numpy()))]
    return Tuned(apply(_values(best, space), options), table)


def _row(number: int, trial: FrozenTrial, space: Space) -> dict[str, Any]:
    return {
        "trial": number,
        SCORE: float("nan") if trial.value is None else trial.value,
        "seconds": trial.user_attrs.get("seconds", float("nan")),
        **_values(trial, space),
        "fault": trial.user_attrs.get("fault", ""),
    }


def _values(trial: FrozenTrial, space: Space) -> dict[str, Any]:
    return {name: axis.decoded(trial.params[name]) for name, axis in space.axes.items()}


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _progress(trials: int) -> tqdm[Any]:
    return tqdm(total=trials, desc="tune", unit="trial", disable=None)
