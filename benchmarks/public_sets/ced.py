"""CED: the cascades of Weibo rumours, with distant labels from the writers' own emoticons.

Source: Song et al., "CED: Credible Early Detection of Social Media Rumors", 2018. ``read_dump``
reads its files as they are. The emoticons that give the labels must be hidden from every model.
Split by cascade.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from gnn_emotion.graph.build import node_ids, post_threads
from gnn_emotion.graph.splits import split_by_cascade
from gnn_emotion.schema.emoticons import CANDLES, emoticon_labels, without_emoticons
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.labels import emoticon_post_labels, make_task
from gnn_emotion.training.task import TEST, Task

from .public_set import Published

FOLDER = "ced"
_ON = "six emoticon classes, split by cascade; not this project's split"
_SOURCE = "measured by those who gathered this copy of the data; in no paper"
PUBLISHED = tuple(
    Published(f"TF-IDF, {model}", "macro_f1", value, _ON, _SOURCE)
    for model, value in (
        ("text alone", 0.422),
        ("with real neighbours", 0.472),
        ("with shuffled neighbours", 0.428),
    )
)


def emoticon_task(dump: Dump) -> Task:
    """Read the labels off the emoticons, and split them by cascade."""
    split = split_by_cascade(post_threads(dump), node_ids(dump, "post").to_pylist())
    return make_task([emoticon_post_labels(dump)], split)


def test_subsets(dump: Dump, task: Task) -> dict[str, npt.NDArray[np.bool_]]:
    """Mark, among the labels of the test split, those that each result is reported on.

    ``words``: with words beside the emoticon. ``no_candle``: of those, labelled by something else
    than the mourning candle. ``no_copy``: of those, not the very words of what they answer.
    """
    table = dump.read("posts", ["post_id", "parent_id", "own_text"])
    own = table["own_text"].combine_chunks()
    rows = task.rows[task.at(TEST)]
    stripped = pc.utf8_trim_whitespace(without_emoticons(own))
    words = pc.greater(pc.utf8_length(stripped), 1).to_numpy(zero_copy_only=False)[rows]
    unlit = emoticon_labels(own, CANDLES)
    parent = pc.index_in(table["parent_id"], value_set=table["post_id"], skip_nulls=True)
    same = pc.fill_null(pc.equal(own, own.take(parent.combine_chunks())), False)
    copy = same.to_numpy(zero_copy_only=False)[rows]
    return {
        "all": np.ones(len(rows), dtype=bool),
        "words": words,
        "no_candle": words & (unlit[rows] >= 0),
        "no_copy": words & ~copy,
        "emoticon_only": ~words,
    }
