"""What a post's own parts and its context add to a label: each is hidden, and the model asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from gnn_emotion.explain.judge import Judge
from gnn_emotion.explain.surroundings import Surroundings
from gnn_emotion.nn.post_input import TEXT

#: Names of parts that are not modalities.
WORDS, AUTHOR, CONTEXT, KNOWN = "text", "author", "context", "known labels"


def part_effects(judge: Judge, label: int) -> pd.DataFrame:
    """Measure what each part of the evidence adds to the probability of a label.

    Args:
        judge: of the post.
        label: position of the label.

    Returns:
        A row a part: ``part`` (``text``; ``image``, ``video`` and further modalities; ``author``,
        the profiles around; ``context``, all other posts; ``known labels``), ``effect``
        (probability with it less that without it) and ``share``, of the sum of absolute effects.
    """
    before = float(judge.probs()[label])
    effects = {name: before - float(other.probs()[label]) for name, other in _without(judge)}
    frame = pd.DataFrame({"part": list(effects), "effect": list(effects.values())})
    total = float(frame.effect.abs().sum())
    return frame.assign(share=frame.effect.abs() / total if total else 0.0)


def _without(judge: Judge) -> Iterator[tuple[str, Judge]]:
    """Yield each part, and the judge of the post without it."""
    around = judge.around
    yield WORDS, replace(judge, around=_hidden(around, ""))
    for name in sorted(set(around.rows) - {TEXT, "user"}):
        if len(around.rows[name]):
            yield name, replace(judge, around=_silenced(around, name))
    for name in judge.checkpoint.model.config.modalities:
        if name not in around.rows:
            yield name, replace(judge, around=_hidden(around, f"_{name}"))
    if len(around.rows["user"]):
        yield AUTHOR, replace(judge, around=_silenced(around, "user"))
    if len(around.rows[TEXT]) > 1:
        yield CONTEXT, replace(judge, around=_silenced(around, TEXT))
    if judge.known is not None:
        yield KNOWN, replace(judge, known=None)


def _hidden(around: Surroundings, suffix: str) -> Surroundings:
    """Hide features of the post itself: those of ``x<suffix>``."""
    data = around.data.clone()
    posts = data[TEXT]
    posts[f"x{suffix}"][0] = 0
    posts[f"present{suffix}"][0] = False
    return replace(around, data=data)


def _silenced(around: Surroundings, name: str) -> Surroundings:
    """Take away all nodes of a type, but the post itself."""
    nodes = [(name, at) for at in range(len(around.rows[name]))]
    return replace(around, data=around.copies([nodes])[0])
