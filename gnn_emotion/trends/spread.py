"""How emotion moves from a post to what is written under it, against chance.

Of each pair of parent and child, the product of probabilities counts for each pair of emotions. To
know what chance would do, children are shuffled: among all pairs, or among those of the same thread
only, which keeps what the whole thread is like. (All children of one post are alike to such a
shuffle: a thread in which everybody answers the head says nothing.) Probabilities of a model with
context know the parent, which pulls parent and child together; ask one that reads text alone
(``gnn-emotion train --conv none``) before believing that emotions spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.trends.columns import emotions_of, need, probabilities
from gnn_emotion.trends.threads import Threads, threads

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NULLS = ("all", "thread")
#: Lower ends of the groups of edges, and their names.
_DEPTHS = (1, 2, 3, 4)
_DEPTH_NAMES = ("1", "2", "3", "4 on")
_HOURS = (-np.inf, 1 / 6, 1, 6, 24)
_HOUR_NAMES = ("up to 10 min", "10 min to 1 h", "1 to 6 h", "6 to 24 h", "24 h on")
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class ShuffleOptions:
    """How chance is drawn.

    Attributes:
        null: children are shuffled among ``all`` pairs or within their ``thread``.
        shuffles: how often.
        seed: of the shuffles.
    """

    null: str = "all"
    shuffles: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        if self.null not in NULLS:
            raise GnnEmotionError(f"no null {self.null!r}; {closest(self.null, NULLS)}")
        if self.shuffles < 1:
            raise GnnEmotionError(f"{self.shuffles} shuffles; expected 1 or more")


def transitions(
    predictions: pd.DataFrame, by: str | None = None, options: ShuffleOptions | None = None
) -> pd.DataFrame:
    """Count which emotions follow which, against shuffled children.

    Args:
        predictions: ``post_id, parent_id, prob_<label>``, and what ``by`` and the null need:
            ``root_id``, ``created_at``, ``kind``; see ``attach``.
        by: ``depth`` or ``delay`` of the child, or its ``kind``: pairs are counted, and shuffled,
            apart.
        options: how chance is drawn.

    Returns:
        A row for each group, emotion of the parent and emotion of the child: the column of ``by``;
        ``parent``; ``child``; ``pairs``, the expected number of such pairs; ``share``, of the pairs
        with that emotion of the parent; ``by_chance``, the share with shuffled children; ``lift``,
        one over the other; ``z``; ``p`` (two-sided, of the shuffles); ``edges``, all pairs of the
        group. Without pairs, no rows.

    Raises:
        GnnEmotionError: columns are missing, or no such group.
    """
    options = options or ShuffleOptions()
    labels, found = emotions_of(predictions), threads(predictions)
    group, names = _groups(predictions, found, by)
    drawn = _Pairs.of(predictions, found, group, len(names), options)
    k = len(labels)
    columns: dict[str, npt.ArrayLike] = {} if by is None else {by: np.repeat(names, k * k)}
    columns |= {"parent": np.tile(np.repeat(labels, k), len(names))}
    columns |= {"child": np.tile(labels, k * len(names)), "pairs": drawn.counts.ravel()}
    mass = np.maximum(drawn.counts.sum(axis=2, keepdims=True), 1e-12)
    columns |= {"share": (drawn.counts / mass).ravel(), "by_chance": (drawn.mean / mass).ravel()}
    columns |= drawn.test(drawn.counts, drawn.mean, drawn.deviation, drawn.beyond)
    columns["edges"] = np.repeat(np.bincount(group, minlength=len(names)), k * k)
    table = pd.DataFrame(columns)
    return table[table["edges"] > 0].reset_index(drop=True)


def reproduction(predictions: pd.DataFrame, options: ShuffleOptions | None = None) -> pd.DataFrame:
    """Estimate how many children of its own emotion a post of each emotion has.

    As the reproduction number of an infection, above 1 where an emotion would grow by itself in
    the dump; ``by_chance`` is what it would be if children did not care for their parents.

    Args:
        predictions: as for ``transitions``.
        options: how chance is drawn.

    Returns:
        A row an emotion: ``emotion``; ``posts``, expected number of posts; ``reproduction``, mean
        number of children of these that carry it too; ``by_chance``; ``lift``; ``z``; ``p``.

    Raises:
        GnnEmotionError: columns are missing.
    """
    options = options or ShuffleOptions()
    labels, found = emotions_of(predictions), threads(predictions)
    drawn = _Pairs.of(predictions, found, np.zeros(len(found.child), np.int64), 1, options)
    posts = probabilities(predictions).sum(axis=0, dtype=np.float64)
    own = [np.diagonal(x[0]) for x in (drawn.counts, drawn.mean, drawn.deviation, drawn.beyond)]
    each = np.maximum(posts, 1e-12)
    columns = {"emotion": labels, "posts": posts}
    columns |= {"reproduction": own[0] / each, "by_chance": own[1] / each}
    return pd.DataFrame(columns | drawn.test(*own))


@dataclass(frozen=True)
class _Pairs:
    """Pairs of emotions in G groups of edges, and with shuffled children ``[G, K, K]`` each.

    Attributes:
        counts: as they are.
        mean: over the shuffles.
        deviation: over the shuffles.
        beyond: shuffles that are as far from the mean as what is.
        shuffles: how many.
    """

    counts: Floats
    mean: Floats
    deviation: Floats
    beyond: Floats
    shuffles: int

    @classmethod
    def of(
        cls,
        predictions: pd.DataFrame,
        found: Threads,
        group: Ints,
        groups: int,
        options: ShuffleOptions,
    ) -> _Pairs:
        probs = probabilities(predictions).astype(np.float64)
        stratum = group
        if options.null == "thread":
            need(predictions, ["root_id"], "attach(predictions, dump) adds it")
            stratum = found.thread[found.child] * groups + group
        order = np.argsort(group, kind="stable")
        ends = np.searchsorted(group[order], np.arange(groups + 1))
        parent, child = probs[found.parent[order]], probs[found.child[order]]

        def counted(rows: Ints | slice) -> Floats:
            drawn = child[rows]
            return np.stack([parent[a:b].T @ drawn[a:b] for a, b in pairwise(ends)])

        counts = counted(slice(None))
        chance = np.stack([counted(rows) for rows in _shuffled(stratum[order], options)])
        mean, deviation = chance.mean(axis=0), chance.std(axis=0, ddof=1 if len(chance) > 1 else 0)
        # What shuffling cannot change differs by rounding alone.
        deviation = np.where(deviation > 1e-9 * (mean + 1e-12), deviation, 0)
        far = np.abs(chance - mean) >= np.abs(counts - mean) * (1 - 1e-9)
        beyond = np.where(deviation > 0, far.sum(axis=0), options.shuffles)
        return cls(counts, mean, deviation, beyond, options.shuffles)

    def test(
        self, counts: Floats, mean: Floats, deviation: Floats, beyond: Floats
    ) -> dict[str, Floats]:
        """Return ``lift``, ``z`` and ``p`` of some of the pairs, flat."""
        with np.errstate(invalid="ignore", divide="ignore"):
            lift = np.where(mean > 0, counts / mean, np.nan)
            z = np.where(deviation > 0, (counts - mean) / deviation, np.nan)
        p = (beyond + 1) / (self.shuffles + 1)
        return {"lift": lift.ravel(), "z": z.ravel(), "p": p.ravel()}


def _shuffled(stratum: Ints, options: ShuffleOptions) -> Iterator[Ints]:
    """Yield orders of edges ``[E]`` that are shuffled within their stratum."""
    rng = np.random.default_rng(options.seed)
    place = np.argsort(stratum, kind="stable")
    for _ in range(options.shuffles):
        mixed = rng.permutation(len(stratum))
        rows = np.empty(len(stratum), np.int64)
        rows[place] = mixed[np.argsort(stratum[mixed], kind="stable")]
        yield rows


def _groups(predictions: pd.DataFrame, found: Threads, by: str | None) -> tuple[Ints, list[str]]:
    """Return the group of each edge ``[E]`` and the names of the groups."""
    if by is None:
        return np.zeros(len(found.child), np.int64), [""]
    if by == "depth":
        depth = found.depth[found.child]
        group = np.searchsorted(_DEPTHS, depth, side="right") - 1
        return np.where(depth < 0, len(_DEPTHS), group), [*_DEPTH_NAMES, _UNKNOWN]
    if by == "delay":
        need(predictions, ["created_at"])
        hours = found.delay_hours(predictions["created_at"])
        group = np.searchsorted(_HOURS, hours, side="right") - 1
        return np.where(np.isnan(hours), len(_HOURS), group), [*_HOUR_NAMES, _UNKNOWN]
    if by == "kind":
        need(predictions, ["kind"], "attach(predictions, dump) adds it")
        code, names = pd.factorize(
            predictions["kind"].iloc[found.child].fillna(_UNKNOWN), sort=True
        )
        return code.astype(np.int64), list(names)
    raise GnnEmotionError(f"no groups by {by!r}; {closest(by, ('depth', 'delay', 'kind'))}")
