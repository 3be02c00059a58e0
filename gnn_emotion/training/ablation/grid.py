"""What an ablation compares: the cells of a grid, each with its controls.

A configuration (TOML) has ``seeds``, a ``[base]`` of options as ``from_table`` reads them, and a
``[grid]`` of axes. An axis is a list of values of one option (``conv = ["gcn", "gat"]``), or a
table of named changes to several (``[grid.edges]`` with ``parent = {edge_types = [...]}``). Cells
are all combinations.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gnn_emotion.nn.config import LAYERLESS
from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.training.train_options import (
    FIT,
    GRAPH,
    TOP,
    TrainOptions,
    from_table,
    placed,
)

#: What a cell is compared with. ``no_graph``: the same features and no other post; ``shuffled``:
#: as many neighbours, but random ones; ``self``: each post in place of its neighbours.
NO_GRAPH, SHUFFLED, SELF = "no_graph", "shuffled", "self"
CONTROLS = (NO_GRAPH, SHUFFLED, SELF)
#: The cell itself.
REAL = "real"


@dataclass(frozen=True)
class Cell:
    """One model of an ablation.

    Attributes:
        factors: axis -> what it is here.
        options: all that is trained.
        control: ``REAL``, or one of ``CONTROLS``.
    """

    factors: Mapping[str, str]
    options: TrainOptions
    control: str = REAL

    @property
    def name(self) -> str:
        """What it is called in tables."""
        shown = " ".join(f"{axis}={value}" for axis, value in self.factors.items()) or "base"
        return shown if self.control == REAL else f"{shown} ({self.control})"

    @property
    def hears(self) -> bool:
        """Whether other posts have a say."""
        options = self.options
        return (
            options.conv not in LAYERLESS or options.label_inputs or options.correct_and_smooth
        ) and self.control != NO_GRAPH

    @property
    def key(self) -> str:
        """Hash of all that decides its numbers beside labels, split, features and seed."""
        options = asdict(replace(self.options, fit=replace(self.options.fit, seed=0)))
        del options["split"]
        graph = self.control if self.control in (SHUFFLED, SELF) else REAL
        text = json.dumps([options, graph], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def controls(self) -> list[Cell]:
        """Return what it is compared with; nothing for a cell that hears no other post."""
        if not self.hears or self.control != REAL:
            return []
        return [
            Cell(self.factors, without_graph(self.options), NO_GRAPH),
            Cell(self.factors, self.options, SHUFFLED),
            Cell(self.factors, self.options, SELF),
        ]


@dataclass(frozen=True)
class Ablation:
    """An ablation.

    Attributes:
        cells: the grid, without controls.
        seeds: each cell is trained with each.
    """

    cells: Sequence[Cell]
    seeds: Sequence[int] = field(default=(0, 1, 2, 3, 4))

    def __post_init__(self) -> None:
        if not self.cells or not self.seeds:
            raise GnnEmotionError(
                f"an ablation of {len(self.cells)} cells and {len(self.seeds)} seeds; expected one "
                "of each or more"
            )
        for seed in self.seeds:
            if type(seed) is not int or seed < 0:
                raise GnnEmotionError(f"seeds has {seed!r}; expected whole numbers, 0 or more")
        if len(set(self.seeds)) < len(self.seeds):
            raise GnnEmotionError(f"seeds {list(self.seeds)} name one twice; expected each once")

    @classmethod
    def from_table(cls, table: Mapping[str, Any], base: TrainOptions | None = None) -> Ablation:
        """Read a configuration.

        Args:
            table: what a TOML file holds; see the module.
            base: what holds for options that ``[base]`` does not name.

        Raises:
            GnnEmotionError: a name that there is not, or a value that it cannot have.
        """
        known = ("seeds", "base", "grid")
        for name in table:
            if name not in known:
                raise GnnEmotionError(f"unknown part {name!r}; {closest(name, known)}")
        parts = {name: table.get(name, {}) for name in ("base", "grid")}
        for name, part in parts.items():
            if not isinstance(part, Mapping):
                raise GnnEmotionError(f"part {name!r} is {part!r}; expected a table: [{name}]")
        seeds = table.get("seeds", list(cls.seeds))
        if not isinstance(seeds, list):
            raise GnnEmotionError(f"seeds is {seeds!r}; expected a list such as [0, 1, 2]")
        start = from_table(parts["base"], base)
        axes = {axis: _changes(axis, values) for axis, values in parts["grid"].items()}
        cells = []
        for chosen in itertools.product(*(changes.items() for changes in axes.values())):
            options = start
            for _, change in chosen:
                options = from_table(change, options)
            names = (name for name, _ in chosen)
            cells.append(Cell(dict(zip(axes, names, strict=True)), options))
        return cls(cells, tuple(seeds))

    def all_cells(self) -> list[Cell]:
        """Return cells and controls; cells that share a control have it once."""
        found: dict[str, Cell] = {}
        for cell in self.cells:
            for one in (cell, *cell.controls()):
                found.setdefault(one.key, one)
        return list(found.values())


def without_graph(options: TrainOptions) -> TrainOptions:
    """Return the same model with nothing from other posts; its pictures become its own tokens."""
    alone = replace(options, label_inputs=False, correct_and_smooth=False)
    if options.conv == "as_is":  # passes no messages: it is its own twin
        return alone
    media = {"image", "video"} & set(options.encoders)
    return replace(
        alone,
        conv="none",
        fusion="mid" if options.fusion == GRAPH and media else options.fusion,
    )


def _changes(axis: str, values: object) -> dict[str, dict[str, Any]]:
    """Return named changes of options."""
    if isinstance(values, Mapping):
        wrong = [name for name, change in values.items() if not isinstance(change, Mapping)]
        if wrong:
            raise GnnEmotionError(
                f"axis {axis!r}: {wrong[0]!r} is {values[wrong[0]]!r}, expected a table of options "
                "such as {conv = 'gat'}"
            )
        return {name: dict(change) for name, change in values.items()}
    if not isinstance(values, list) or not values:
        raise GnnEmotionError(
            f"axis {axis!r} is {values!r}, expected a list of values of an option, or a table of "
            "named changes"
        )
    if axis == "seed":
        raise GnnEmotionError("axis 'seed' is no axis: every cell is trained with all of 'seeds'")
    if axis not in TOP + FIT:
        raise GnnEmotionError(f"axis {axis!r} is no option; {closest(axis, TOP + FIT)}")
    return {str(value): placed({axis: value}) for value in values}
