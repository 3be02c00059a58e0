"""Which label set can be answered from which, and the matrix that does it.

Fine -> coarse sums; coarse -> fine is refused. Where no table joins two sets, the way leads
through ``ekman7`` (fine -> ekman7 -> coarse), never the other way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.label_sets import label_set, label_sets
from gnn_emotion.schema.label_tables import REGISTRY_VERSION, TABLES, UNMAPPED

CANONICAL = "ekman7"


@dataclass(frozen=True, eq=False)
class LabelMapping:
    """How the probabilities of one label set are summed into another.

    Attributes:
        source: name of the set that is converted from.
        target: name of the set that is converted to.
        matrix: float64 [K_source, K_target].
        unmapped: float64 [K_source], the share of a label that no target label stands for; each
            row of ``matrix`` and its ``unmapped`` sum to exactly 1.
        lossy: bool [K_source], true where a step on the way changes what the label means.
        via: the sets passed through, both ends included.
        version: of the registry and the path, for the records of a conversion.
    """

    source: str
    target: str
    matrix: npt.NDArray[np.float64]
    unmapped: npt.NDArray[np.float64]
    lossy: npt.NDArray[np.bool_]
    via: tuple[str, ...]

    def __post_init__(self) -> None:
        total = self.matrix.sum(axis=1) + self.unmapped
        if not np.array_equal(total, np.ones(len(total))):
            raise LabelError(
                f"mapping {self.source!r} -> {self.target!r}: rows sum to {total}, expected 1"
            )
        for array in (self.matrix, self.unmapped, self.lossy):
            array.setflags(write=False)

    @property
    def version(self) -> str:
        """Registry version and path, such as ``1:dutir21>ekman7>polarity3``."""
        return f"{REGISTRY_VERSION}:{'>'.join(self.via)}"


@cache
def mapping(source: str, target: str) -> LabelMapping:
    """Return how probabilities of one set become probabilities of another.

    A direct table wins; else source -> ekman7 -> target where both tables exist. A label that
    was lossy on the first step stays so.

    Raises:
        LabelError: unknown set, or a coarse source asked for a finer target.
    """
    ends = label_set(source), label_set(target)
    if source == target:
        eye, none = np.eye(ends[0].K), np.zeros(ends[0].K)
        return LabelMapping(source, target, eye, none, none.astype(bool), (source,))
    if (source, target) in TABLES:
        return _direct(source, target)
    if target not in targets_from(source):
        allowed = ", ".join(map(repr, targets_from(source)))
        raise LabelError(
            f"{source!r} cannot answer {target!r}: it does not tell apart what {target!r} does. "
            f"From {source!r} these can be answered: {allowed}; to train on its labels use "
            "partial_targets"
        )
    return _compose(_direct(source, CANONICAL), _direct(CANONICAL, target))


def _direct(source: str, target: str) -> LabelMapping:
    rows, columns = label_set(source), label_set(target)
    matrix, unmapped = np.zeros((rows.K, columns.K)), np.zeros(rows.K)
    lossy = np.zeros(rows.K, dtype=bool)
    for label, sources in TABLES[source, target].items():
        for marked in sources.split():
            row = rows.labels.index(marked.rstrip("*"))
            lossy[row] = marked.endswith("*")
            if label == UNMAPPED:
                unmapped[row] += 1
            else:
                matrix[row, columns.labels.index(label)] += 1
    return LabelMapping(source, target, matrix, unmapped, lossy, (source, target))


def _compose(first: LabelMapping, second: LabelMapping) -> LabelMapping:
    return LabelMapping(
        first.source,
        second.target,
        first.matrix @ second.matrix,
        first.unmapped + first.matrix @ second.unmapped,
        first.lossy | (first.matrix @ second.lossy > 0),
        first.via + second.via[1:],
    )


@cache
def targets_from(source: str) -> tuple[str, ...]:
    """Return the sets that can be answered from a set, itself included, in registry order."""
    label_set(source)
    reached = {source} | {t for s, t in TABLES if s == source}
    if CANONICAL in reached:
        reached |= {t for s, t in TABLES if s == CANONICAL}
    return tuple(name for name in label_sets() if name in reached)
