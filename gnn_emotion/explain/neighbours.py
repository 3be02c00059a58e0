"""Which posts and users around a post moved its label: each is taken away, and the model asked.

Taking away one by one (leave-one-out, the occlusion of Zeiler & Fergus 2014 on graphs) misses what
two neighbours say alike, so those that are named are chosen one after the other, each beside those
chosen before; the deletion check takes all of them away together.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.explain.judge import Judge
from gnn_emotion.explain.surroundings import Node, Surroundings

#: What a group of nodes is called.
Name = TypeVar("Name", bound=Hashable)
Groups = Mapping[Name, Sequence[Node]]
#: Random sets of neighbours that the named ones are compared with.
DRAWS = 100


def neighbour_effects(around: Surroundings, effects: Mapping[Node, float]) -> pd.DataFrame:
    """Lay out what nodes around a post add to the probability of a label.

    Args:
        around: the post and what reaches it.
        effects: of single nodes; see ``group_effects``.

    Returns:
        A row a node, the largest ``effect`` first: ``node_type``, ``row`` (in the whole graph),
        ``at`` (in the surroundings), ``hops``, ``effect`` (probability with the node less that
        without it).
    """
    frame = pd.DataFrame(
        {
            "node_type": [name for name, _ in effects],
            "row": [int(around.rows[name][at]) for name, at in effects],
            "at": [at for _, at in effects],
            "hops": [int(around.hops[name][at]) for name, at in effects],
            "effect": list(effects.values()),
        }
    )
    return frame.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def group_effects(
    judge: Judge, label: int, groups: Groups[Name], gone: Sequence[Node] = ()
) -> dict[Name, float]:
    """Measure what each group of nodes adds to the probability of a label.

    Args:
        judge: of the post.
        label: position of the label.
        groups: what may be taken away: single nodes, or all that a user wrote.
        gone: nodes that are taken away already.

    Returns:
        By group, the probability with it less that without it.
    """
    after = judge.without([[*gone], *([*gone, *nodes] for nodes in groups.values())])[:, label]
    return dict(zip(groups, (after[0] - after[1:]).tolist(), strict=True))


def name_groups(
    judge: Judge, label: int, groups: Groups[Name], most: int, effects: Mapping[Name, float]
) -> list[Name]:
    """Choose the groups of nodes without which the probability of a label falls the most.

    Args:
        judge: of the post.
        label: position of the label.
        groups: what may be taken away.
        most: how many are chosen at most; fewer, where no further one lowers the probability.
        effects: of each group alone; see ``group_effects``.

    Returns:
        Their names, in the order in which they were chosen.
    """
    chosen: list[Name] = []
    while len(chosen) < min(most, len(groups)):
        left = {name: groups[name] for name in groups if name not in chosen}
        gone = [node for name in chosen for node in groups[name]]
        falls = group_effects(judge, label, left, gone) if chosen else effects
        best = max(left, key=falls.__getitem__)
        if falls[best] <= 0:
            break
        chosen.append(best)
    return chosen


@dataclass(frozen=True)
class DeletionCheck:
    """What became of a probability when what was named was taken away.

    Attributes:
        before: as the post stands.
        after: without the named groups.
        random: without as many groups drawn at random ``[R]``; empty where there are no others to
            draw, so that nothing can be compared.
    """

    before: float
    after: float
    random: npt.NDArray[np.float64]

    @property
    def fall(self) -> float:
        """How far the probability falls."""
        return self.before - self.after

    @property
    def random_fall(self) -> float:
        """How far it falls without random groups, on average; NaN where none can be drawn."""
        return self.before - float(self.random.mean()) if len(self.random) else float("nan")


def check_deletion(
    judge: Judge,
    label: int,
    groups: Groups[Name],
    named: Sequence[Name],
    seed: int = 0,
) -> DeletionCheck:
    """Take the named groups away together, and as often random ones of the same number.

    Args:
        judge: of the post.
        label: position of the label.
        groups: all that may be taken away.
        named: names of those that are said to have moved the label.
        seed: of the draws; named groups may be among them.
    """
    gone = [node for name in named for node in groups[name]]
    before, after = judge.without([[], gone])[:, label]
    random = np.empty(0)
    if 0 < len(named) < len(groups):
        rng, names = np.random.default_rng(seed), list(groups)
        draws = [rng.choice(len(names), len(named), replace=False) for _ in range(DRAWS)]
        lists = [[node for at in draw for node in groups[names[at]]] for draw in draws]
        random = judge.without(lists)[:, label]
    return DeletionCheck(float(before), float(after), random)
