"""The study of a search: an SQLite file that outlives a killed process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from gnn_emotion.schema.errors import ContractError, GnnEmotionError
from gnn_emotion.training.search_space import Space
from gnn_emotion.training.train_options import TrainOptions

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

Study: TypeAlias = "optuna.Study"
STUDY = "study.db"
_NAME = "gnn_emotion"


@contextmanager
def open_study(folder: Path, options: TrainOptions, space: Space, data_key: str) -> Iterator[Study]:
    """Begin a search in a folder, or go on with it; Optuna says nothing meanwhile.

    Args:
        folder: made when it is not there.
        options: what holds beside the space, the same as before.
        space: what is tried, the same as before.
        data_key: hash of features and labels, the same as before.

    Raises:
        ContractError: Optuna is not installed.
        GnnEmotionError: the folder holds another search, or what cannot be read.
    """
    optuna = import_optuna()
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = _load(optuna, folder)
        _check_same(study, folder, _identity(options, space, data_key))
        _drop_unfinished(study)
        yield study
    finally:
        optuna.logging.set_verbosity(verbosity)


def import_optuna() -> ModuleType:
    """Import Optuna.

    Raises:
        ContractError: it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise ContractError(
            f"a search for options needs Optuna ({error}); expected it installed: "
            "pip install 'gnn-emotion[tune]'"
        ) from error
    return optuna


def finished(study: Study) -> list[FrozenTrial]:
    """Return the trials that came to an end, in their order."""
    from optuna.trial import TrialState

    states = (TrialState.COMPLETE, TrialState.PRUNED)
    return study.get_trials(deepcopy=False, states=states)


def tried_before(study: Study, params: Mapping[str, Any]) -> float | None:
    """Return the score of a trial of the same values; None where there is none."""
    values = (one.value for one in finished(study) if one.params == params)
    return next((value for value in values if value is not None), None)


def _load(optuna: ModuleType, folder: Path) -> Study:
    from sqlalchemy.exc import SQLAlchemyError

    path = folder / STUDY
    folder.mkdir(parents=True, exist_ok=True)
    try:
        study: Study = optuna.create_study(
            study_name=_NAME,
            storage=f"sqlite:///{path.absolute()}",
            direction="maximize",
            load_if_exists=True,
        )
    except (SQLAlchemyError, RuntimeError, optuna.exceptions.OptunaError) as error:
        first = str(error).splitlines()[0]
        raise GnnEmotionError(
            f"{path} cannot be read: {first}; expected the study of an earlier search, or a folder "
            "without one"
        ) from error
    return study


def _identity(options: TrainOptions, space: Space, data_key: str) -> dict[str, dict[str, Any]]:
    """Describe a search in JSON values."""
    axes = {name: {"kind": type(one).__name__, **asdict(one)} for name, one in space.axes.items()}
    parts = {"options": asdict(options), "space": axes, "data": {"features and labels": data_key}}
    return {name: json.loads(json.dumps(part)) for name, part in parts.items()}


def _check_same(study: Study, folder: Path, identity: Mapping[str, dict[str, Any]]) -> None:
    known = study.user_attrs
    for part, asked in identity.items():
        stored = known.get(part, asked)
        other = [n for n in {**stored, **asked} if stored.get(n, ...) != asked.get(n, ...)]
        if other:
            raise GnnEmotionError(
                f"{folder} holds a search of other {part} ({', '.join(other)}); expected the same "
                "as before, to go on with it, or another folder"
            )
    for part, asked in identity.items():
        if part not in known:
            study.set_user_attr(part, asked)


def _drop_unfinished(study: Study) -> None:
    """Give up the trial that a killed search was at; the next one chooses the same options."""
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
