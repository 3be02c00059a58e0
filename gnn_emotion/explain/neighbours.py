"""Which posts and users around a post moved its label: each is taken away, and the model asked.

Taking away one by one (leave-one-out, the occlusion of Zeiler & Fergus 2014 on graphs) misses what
two neighbours say alike, so those that are named are chosen one after the other, each beside those
chosen before; the deletion check takes all of them away together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.explain.judge import Judge
from gnn_emotion.explain.surroundings import Node

#: Random sets of neighbours that the named ones are compared with.
DRAWS = 100


def neighbour_effects(judge: Judge, label: int) -> pd.DataFrame:
    """Measure what each node around a post adds to the probability of a label.

    Args:
        judge: of the post.
        label: position of the label.

    Returns:
        A row a node, the largest ``effect`` first: ``node_type``, ``row`` (in the whole graph),
        ``at`` (in the surroundings), ``hops``, ``effect`` (probability with the node less that
        without it).
    """
    around, nodes = judge.around, judge.around.nodes
    before = judge.probs()[label]
    after = judge.without([[node] for node in nodes])[:, label] if nodes else np.empty(0)
    frame = pd.DataFrame(
        {
            "node_type": [name for name, _ in nodes],
            "row": [int(around.rows[name][at]) for name, at in nodes],
            "at": [at for _, at in nodes],
            "hops": [int(around.hops[name][at]) for name, at in nodes],
            "effect": before - after,
        }
    )
    return frame.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def name_groups(
    judge: Judge, label: int, groups: Mapping[str, Sequence[Node]], most: int
) -> list[str]:
    """Choose the groups of nodes without which the probability of a label falls the most.

    Args:
        judge: of the post.
        label: position of the label.
        groups: what may be taken away, by name: single nodes, or all that a user wrote.
        most: how many are chosen at most; fewer, where no further one lowers the probability.

    Returns:
        Their names, in the order in which they were chosen.
    """
    chosen: list[str] = []
    now = judge.probs()[label]
    while len(chosen) < min(most, len(groups)):
        left = [name for name in groups if name not in chosen]
        gone = [node for name in chosen for node in groups[name]]
        after = judge.without([[*gone, *groups[name]] for name in left])[:, label]
        best = int(after.argmin())
        if after[best] >= now:
            break
        chosen.append(left[best])
        now = after[best]
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
    groups: Mapping[str, Sequence[Node]],
    named: Sequence[str],
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
