"""Which values of which options a search may try.

A space (TOML) names options as ``TrainOptions`` and ``FitOptions`` do. Each is a range
(``learning_rate = {low = 1e-4, high = 1e-2, log = true}``, ``hidden_channels = {low = 32,
high = 128, step = 32}``) or a list of values (``conv = ["gcn", "gat"]``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gnn_emotion.nn.config import CONVS
from gnn_emotion.nn.temporal import POOLINGS
from gnn_emotion.nn.text_head_config import HEADS
from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.training.train_options import DATA, FIT, TOP, TrainOptions, from_table, placed

if TYPE_CHECKING:
    from optuna.trial import Trial

#: Options that no search chooses -> why.
_FIXED = {
    **dict.fromkeys(DATA, "decides the features, the labels or the split, which all trials share"),
    "prepare": "is a table of its own",
    "fit": "is a table of its own: name what is in it, such as learning_rate",
    "seed": "only says which chances are drawn: the best would be luck",
    "device": "says where a model is fitted, not what it learns",
}
#: Options whose values are names, and are checked only once there is a model.
_NAMES = {"conv": CONVS, "frame_pooling": POOLINGS, "text_head": ("", *HEADS)}


@dataclass(frozen=True)
class Range:
    """Numbers from one to another.

    Attributes:
        low, high: both are in it.
        step: distance of the values from ``low`` on; None for any value (whole numbers: 1).
        log: even in the logarithm: as many from 0.001 to 0.01 as from 0.01 to 0.1.
        whole: whether they are whole numbers.
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high", "step"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
                if name == "step" and value is None:
                    continue
                kind = "a whole number" if self.whole else "a number"
                raise ValueError(f"{name} is {value!r}; expected {kind}")
        if not self.low < self.high:
            raise ValueError(f"low {self.low} and high {self.high}; expected low < high")
        if self.log and (self.low <= 0 or self.step is not None):
            raise ValueError(
                f"log with low {self.low}, step {self.step}; expected low > 0 and no step"
            )
        if self.step is not None and not 0 < self.step <= self.high - self.low:
            raise ValueError(f"step is {self.step}; expected 0 < step <= high - low")
        if not self._on_grid(self.high):
            raise ValueError(
                f"high {self.high} cannot be reached from low {self.low} in steps of {self.step}"
            )

    @property
    def examples(self) -> list[Any]:
        """Values that must be possible for all to be."""
        return [self.low, self.high]

    def suggest(self, trial: Trial, name: str) -> int | float:
        """Let a trial choose a value."""
        if self.whole:
            step = 1 if self.step is None else int(self.step)
            return trial.suggest_int(name, int(self.low), int(self.high), step=step, log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def encoded(self, value: Any) -> Any | None:
        """Return a value as the study keeps it; None for one that is not in the range."""
        return value if self.low <= value <= self.high and self._on_grid(value) else None

    def decoded(self, kept: Any) -> Any:
        """Return the value that ``encoded`` was given."""
        return kept

    def _on_grid(self, value: float) -> bool:
        steps = (value - self.low) / (self.step or 1)
        return self.step is None or abs(steps - round(steps)) < 1e-9


@dataclass(frozen=True)
class Choices:
    """Some values, in no order; the study keeps them as JSON, since some are lists.

    Attributes:
        values: one or more.
    """

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("there are no values; expected one or more")
        if any(one in self.values[:at] for at, one in enumerate(self.values)):
            raise ValueError(f"{list(self.values)} names a value twice; expected each once")

    @property
    def examples(self) -> list[Any]:
        """All values."""
        return list(self.values)

    def suggest(self, trial: Trial, name: str) -> Any:
        """Let a trial choose a value."""
        return self.decoded(trial.suggest_categorical(name, [json.dumps(v) for v in self.values]))

    def encoded(self, value: Any) -> str | None:
        """Return a value as the study keeps it; None for one that is not among them."""
        value = list(value) if isinstance(value, tuple) else value
        return next((json.dumps(one) for one in self.values if one == value), None)

    def decoded(self, kept: str) -> Any:
        """Return the value that ``encoded`` was given."""
        return json.loads(kept)


@dataclass(frozen=True)
class Space:
    """What a search may try.

    Attributes:
        axes: option -> its values.
    """

    axes: Mapping[str, Range | Choices]

    def __post_init__(self) -> None:
        if not self.axes:
            raise GnnEmotionError("the space names no option; expected one or more to choose")

    @classmethod
    def from_table(cls, table: Mapping[str, Any], base: TrainOptions | None = None) -> Space:
        """Read a space.

        Args:
            table: what a TOML file holds; see the module.
            base: what holds for all other options; each value must be possible beside it.

        Raises:
            GnnEmotionError: an option that there is not or that no search may choose, or a value
                that it cannot have.
        """
        base = base or TrainOptions()
        return cls({name: _axis(name, values, base) for name, values in table.items()})

    @classmethod
    def default(cls, base: TrainOptions) -> Space:
        """Return how fast and how wide to learn, and what holds against learning by heart."""
        width = base.heads * max(1, 32 // base.heads)
        return cls(
            {
                "learning_rate": Range(3e-4, 3e-2, log=True),
                "weight_decay": Range(1e-5, 1e-1, log=True),
                "dropout": Range(0.0, 0.6),
                "hidden_channels": Range(width, 4 * width, step=width, whole=True),
                "balance": Range(0.0, 1.0),
            }
        )

    def edge_types(self, base: TrainOptions) -> tuple[str, ...]:
        """Return all edge types that some trial listens to."""
        axis = self.axes.get("edge_types")
        chosen = [base] if axis is None else [apply({"edge_types": v}, base) for v in axis.examples]
        return tuple(dict.fromkeys(name for options in chosen for name in options.edge_types))

    def start(self, base: TrainOptions) -> dict[str, Any]:
        """Return the values of the base, as a study keeps them, of the axes that they lie on."""
        kept = {name: axis.encoded(value_of(base, name)) for name, axis in self.axes.items()}
        return {name: value for name, value in kept.items() if value is not None}


def apply(values: Mapping[str, Any], base: TrainOptions) -> TrainOptions:
    """Return options with some values, by the name of the option, wherever it belongs."""
    return from_table(placed(values), base)


def value_of(options: TrainOptions, name: str) -> Any:
    """Return the value of an option, wherever it belongs."""
    return getattr(options if name in TOP else options.fit, name)


def _axis(name: str, values: object, base: TrainOptions) -> Range | Choices:
    _check_name(name)
    try:
        axis = _read_axis(values, value_of(base, name))
        for value in axis.examples:
            _check_value(name, value, base)
        return axis
    except (GnnEmotionError, ValueError) as error:
        raise GnnEmotionError(f"axis {name!r}: {error}") from error


def _check_name(name: str) -> None:
    if name in _FIXED:
        raise GnnEmotionError(f"axis {name!r} cannot be searched: it {_FIXED[name]}")
    known = {*TOP, *FIT} - set(_FIXED)
    if name not in known:
        raise GnnEmotionError(f"axis {name!r} is no option; {closest(name, known)}")


def _read_axis(values: object, current: object) -> Range | Choices:
    if isinstance(values, list):
        return Choices(tuple(values))
    if not isinstance(values, Mapping):
        raise ValueError(
            f"is {values!r}; expected a list of values, or a range such as "
            "{low = 0.1, high = 0.5}"
        )
    known = ("low", "high", "step", "log")
    for key in values:
        if key not in known:
            raise ValueError(f"unknown part {key!r}; {closest(key, known)}")
    if isinstance(current, bool) or not isinstance(current, int | float):
        raise ValueError(f"has no range, such as {current!r} is; expected a list of values")
    missing = [key for key in ("low", "high") if key not in values]
    if missing:
        raise ValueError(f"the range has no {' and no '.join(missing)}; expected both")
    return Range(**values, whole=isinstance(current, int))


def _check_value(name: str, value: Any, base: TrainOptions) -> None:
    """Check one value by itself; how it goes with others is seen in the trial."""
    current = value_of(base, name)
    if isinstance(current, tuple):
        right = isinstance(value, list) and all(isinstance(one, str) for one in value)
    elif isinstance(current, float):
        right = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        right = type(value) is type(current)
    if not right:
        raise ValueError(f"{value!r} is no value of it; expected one such as {current!r}")
    if name in _NAMES and value not in _NAMES[name]:
        raise ValueError(f"unknown {name} {value!r}; {closest(value, _NAMES[name])}")
    apply({name: value}, base)
