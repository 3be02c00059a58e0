"""Label sets: a name, an order, and every spelling of a label that is understood.

Labels are exact strings. What is not a label of the set stops the reader, with its row: an
unknown label that slips through as a new class, or a NaN that becomes one, spoils every score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.errors import LabelError, closest
from gnn_emotion.schema.label_tables import ALIASES, REGISTRY_VERSION, SETS


@dataclass(frozen=True)
class LabelSet:
    """A named, ordered set of labels.

    Attributes:
        name: how files and options call it.
        version: changes when the meaning of a label does.
        labels: exact strings, in the order of the columns of a probability matrix.
        zh: Chinese names, in the same order.
        aliases: every other accepted spelling -> label (Chinese names and positions included).
    """

    name: str
    version: str
    labels: tuple[str, ...]
    zh: tuple[str, ...]
    aliases: Mapping[str, str] = field(hash=False)

    def __post_init__(self) -> None:
        if len(self.zh) != len(self.labels) or len(set(self.labels)) != len(self.labels):
            raise LabelError(
                f"label set {self.name!r}: {len(self.labels)} labels and {len(self.zh)} Chinese "
                "names, expected as many of each, all labels different"
            )
        stray = sorted(set(self.aliases.values()) - set(self.labels))
        if stray:
            raise LabelError(f"label set {self.name!r}: aliases of unknown labels {stray}")

    @property
    def K(self) -> int:  # noqa: N802 - K is the project's letter for the number of classes
        """Number of labels."""
        return len(self.labels)

    def index(self, label: str) -> int:
        """Return the position of a label or an alias of it.

        Raises:
            LabelError: the set has no such label.
        """
        name = self.aliases.get(label, label)
        if name not in self.labels:
            raise LabelError(
                f"label {label!r} is not in {self.name!r}; {closest(label, self.labels)}"
            )
        return self.labels.index(name)


def label_sets() -> tuple[str, ...]:
    """Return the names of the registered label sets."""
    return tuple(SETS)


@cache
def label_set(name: str) -> LabelSet:
    """Return a registered label set.

    Raises:
        LabelError: no set has that name.
    """
    if name not in SETS:
        raise LabelError(f"unknown label set {name!r}; {closest(name, SETS)}")
    labels, zh = (tuple(words.split()) for words in SETS[name])
    aliases = {str(i): label for i, label in enumerate(labels)}
    aliases |= {word: label for word, label in zip(zh, labels, strict=True) if word not in labels}
    aliases |= ALIASES.get(name, {})
    return LabelSet(name, REGISTRY_VERSION, labels, zh, MappingProxyType(aliases))


def parse_labels(values: Iterable[object], set_name: str) -> npt.NDArray[np.int64]:
    """Read a column of labels.

    Args:
        values: labels, aliases (Chinese, English, emoticon) or positions in this set's order, a
            list, a pandas Series or an Arrow column. Positions are never those of a data set:
            FanChuan's 0, 1, 2 are neutral, positive, negative, so turn them into names first.
            Spaces around a label and its case do not matter. ``"NA"`` is a label (anger) in
            ``dutir21``, and unknown elsewhere.
        set_name: a registered label set.

    Returns:
        int64 [N], positions in the set.

    Raises:
        LabelError: an unknown, empty or missing label; names the first such row (from 0).
    """
    chosen = label_set(set_name)
    known = {label: i for i, label in enumerate(chosen.labels)}
    known |= {alias: known[label] for alias, label in chosen.aliases.items()}
    folded = {spelling.casefold(): i for spelling, i in known.items()}
    rows = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    out = np.empty(len(rows), dtype=np.int64)
    bad: list[int] = []
    for row, value in enumerate(rows):
        spelling = _spelling(value)
        position = known.get(spelling, folded.get(spelling.casefold(), -1))
        out[row] = position
        if position < 0:
            bad.append(row)
    if bad:
        _refuse_label(rows, bad, chosen)
    return out


def _spelling(value: object) -> str:
    """Return a label as text; empty for whatever cannot be one (None, NaN, a flag, a fraction)."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (bool, np.bool_)):
        return ""
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return ""


def _refuse_label(rows: list[Any], bad: list[int], chosen: LabelSet) -> NoReturn:
    first, value = bad[0], rows[bad[0]]
    more = f" (and {len(bad) - 1} more rows)" if len(bad) > 1 else ""
    if _spelling(value):
        problem = f"unknown label {value!r}"
        hint = closest(str(value), chosen.labels)
    else:
        problem = f"missing label {value!r}"
        hint = (
            "leave the row out; where the file says 'NA' and means it (DUTIR's anger), read it "
            "with keep_default_na=False"
        )
    raise LabelError(f"row {first}{more}: {problem} for {chosen.name!r}; {hint}")
