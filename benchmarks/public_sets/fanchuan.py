"""FanChuan: comments on four topics with what they answer, labelled for support.

Source: "FanChuan: A Multilingual and Graph-Structured Benchmark for Parody Detection and Analysis",
arXiv 2502.16503. Comments answer each other across the official splits; only words cross, never a
label. Three topics name the parent by its id; ``Alibaba-Math`` by its note, author and words, and
says the text of the note. Ids stand twice there, and one comment stands twice in ``DrinkWater``, in
train and in test: posts are therefore numbered in the order of train, val, test.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from .public_set import COLUMNS, PublicSet, Published, Tables, read_text_table

FOLDER = "fanchuan"
#: Name of the data set -> folder of the topic.
TOPICS = {
    "fanchuan-alibaba": "Alibaba-Math",
    "fanchuan-brideprice": "BridePrice",
    "fanchuan-drinkwater": "DrinkWater",
    "fanchuan-trump": "Reddit-Trump",
}
_SUPPORT = {"0": "neutral", "1": "positive", "2": "negative"}
_NO_PARENT = ("", "0")


def read_topic(data: Path, name: str) -> Tables:
    """Read a topic.

    Args:
        data: folder of all data sets.
        name: a key of ``TOPICS``.
    """
    folder = data / FOLDER / TOPICS[name]
    parts = [
        read_text_table(folder / f"comments_{split}.csv").assign(split=split)
        for split in ("train", "val", "test")
    ]
    rows = pd.concat(parts, ignore_index=True)
    comments = pd.DataFrame(
        {
            "post_id": [f"{name}-{i:05d}" for i in range(len(rows))],
            "text": rows.content,
            "user_id": _users(name, rows.user_id),
            "created_at": "",
            "label": rows.support.map(_whole).map(_SUPPORT),
            "split": rows.split,
            "parent_text": rows.parent_content,
            "parent_user": _users(name, rows.parent_user_id),
        }
    )
    if "node_id" in rows:
        return _by_words(name, comments, rows)
    return _by_id(name, comments, rows.comment_id.str.strip(), rows.parent_comment_id.str.strip())


def _by_id(name: str, comments: pd.DataFrame, own: pd.Series, parent: pd.Series) -> Tables:
    """Join comments to their parents by id; a parent of known words that is not here is added."""
    answers = ~parent.isin(_NO_PARENT)
    elsewhere = answers & ~parent.isin(own)
    # Of a comment that stands twice, the first is answered.
    posts = dict(zip(own[::-1], comments.post_id[::-1], strict=True))
    comments["parent_id"] = parent.where(answers, "").map(posts).fillna("")
    comments.loc[~answers, "parent_id"] = ""
    # One that is not here, and of unknown words, is still one post to all who answer it.
    comments.loc[elsewhere, "parent_id"] = f"{name}-parent-" + parent[elsewhere]
    comments["kind"] = np.where(answers, "reply", "comment")
    comments["root_id"] = ""
    spoken = comments[elsewhere & (comments.parent_text != "")]
    return Tables(_joined(comments, _parents(spoken)))


def _by_words(name: str, comments: pd.DataFrame, rows: pd.DataFrame) -> Tables:
    """Join comments to their parents by note, author and words; add the notes themselves.

    Where an author wrote the same words twice under a note, the comment of the lowest id is
    answered. One who answers unknown words hangs on the note.
    """
    node = rows.node_id.map(_whole)
    written = list(zip(node, comments.user_id, comments.text, strict=True))
    wanted = list(zip(node, comments.parent_user, comments.parent_text, strict=True))
    posts: dict[tuple[str, str, str], str] = {}
    for i in rows.comment_id.map(_whole).astype(np.int64).sort_values(kind="stable").index:
        posts.setdefault(written[i], comments.post_id[i])
    spoken = comments.parent_text != ""
    elsewhere = spoken & np.array([key not in posts for key in wanted])
    for i in comments.index[elsewhere]:
        posts.setdefault(wanted[i], f"{name}-parent-{i:05d}")
    answers = comments.parent_user != ""
    comments["root_id"] = f"{name}-note-" + node
    comments["parent_id"] = [posts.get(key, "") for key in wanted]
    comments["parent_id"] = comments.parent_id.where(spoken, "")
    comments.loc[~answers, "parent_id"] = comments.root_id
    comments["kind"] = np.where(answers, "reply", "comment")
    notes = pd.DataFrame({"post_id": comments.root_id, "text": rows.poster, "kind": "original"})
    return Tables(
        _joined(comments, _parents(comments[elsewhere]), notes.drop_duplicates("post_id"))
    )


def _parents(answers: pd.DataFrame) -> pd.DataFrame:
    """Make the posts that are known only from those who answer them."""
    answers = answers.drop_duplicates("parent_id")
    return pd.DataFrame(
        {
            "post_id": answers.parent_id,
            "text": answers.parent_text,
            "user_id": answers.parent_user,
            "root_id": answers.root_id,
            "kind": "comment",
        }
    )


def _joined(*parts: pd.DataFrame) -> pd.DataFrame:
    posts = [part.reindex(columns=list(COLUMNS), fill_value="") for part in parts]
    return pd.concat(posts, ignore_index=True)


def _users(name: str, ids: pd.Series) -> pd.Series:
    whole = ids.map(_whole)
    return (f"{name}-" + whole).where(whole != "", "")


def _whole(number: str) -> str:
    """Write ``15.0`` as ``15``."""
    return number.strip().removesuffix(".0")


def _measured(topic: str, text_only: float, with_neighbours: float) -> tuple[Published, ...]:
    model, metric = "character TF-IDF + logistic regression", "macro_f1"
    on = f"official train and test of {topic}"
    source = "measured by those who gathered this copy of the data; in no paper"
    return (
        Published(f"{model}, text alone", metric, text_only, on, source),
        Published(f"{model}, with neighbours", metric, with_neighbours, on, source),
    )


_MEASURED = {
    "Alibaba-Math": (0.494, 0.559),
    "BridePrice": (0.372, 0.391),
    "DrinkWater": (0.609, 0.604),
    "Reddit-Trump": (0.459, 0.506),
}
FANCHUAN = tuple(
    PublicSet(
        name=name,
        label_set="polarity3",
        sides="the official train, val and test",
        read=partial(read_topic, name=name),
        published=_measured(topic, *_MEASURED[topic]),
    )
    for name, topic in TOPICS.items()
)
