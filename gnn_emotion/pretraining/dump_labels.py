"""The labelled texts of a dump, split by thread."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gnn_emotion.graph.build import node_ids, post_threads
from gnn_emotion.graph.splits import split_by_cascade
from gnn_emotion.pretraining.corpus import has_words
from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.labels import EMOTICON, emoticon_post_labels, stated_labels
from gnn_emotion.training.task import TRAIN, VAL

#: What an emoticon says counts so much beside what a person says.
_EMOTICON_WEIGHT = 0.1


def dump_labels(
    dump: Dump, emoticons: bool = False, fractions: tuple[float, float, float] = (0.9, 0.1, 0.0)
) -> tuple[LabelledTexts, LabelledTexts]:
    """Read the labels that a dump states, and those that its writers' emoticons give.

    Args:
        dump: the tables.
        emoticons: whether emoticons count; they are taken out of the texts that they label.
        fractions: shares of train, validation and test, by thread.

    Returns:
        The texts with words of train, and of validation; a source for each label set.

    Raises:
        LabelError: no text of the train part has a label.
    """
    ids = node_ids(dump, "post").to_pylist()
    split = split_by_cascade(post_threads(dump), ids, fractions)
    own = dump.read("posts", ["own_text"])["own_text"].combine_chunks()
    parts = [(s.source, s.rows, own, s.allowed, s.weight) for s in stated_labels(dump)]
    if emoticons:
        found = emoticon_post_labels(dump)
        parts.append(
            (EMOTICON, found.rows, without_emoticons(own), found.allowed, _EMOTICON_WEIGHT)
        )
    sides = []
    for side in (TRAIN, VAL):
        kept = []
        for name, rows, texts, allowed, weight in parts:
            worded = has_words(texts.take(pa.array(rows))).to_numpy(zero_copy_only=False)
            at = np.flatnonzero((split[rows] == side) & worded)
            kept.append((name, texts.take(pa.array(rows[at])), allowed[at], weight))
        sides.append(LabelledTexts.join(kept) if kept else None)
    train, val = sides
    if train is None or val is None or not len(train.texts):
        raise LabelError(
            "no text of the train part has a label; expected a label column with its label set, "
            "or the use of emoticons as labels"
        )
    return train, val
