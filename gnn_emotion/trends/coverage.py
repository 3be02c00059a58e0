"""How much of what there is was seen: claimed, captured, unique, scored, abstained."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from gnn_emotion.schema.tables import Dump
from gnn_emotion.trends.attach import by_topic, post_table
from gnn_emotion.trends.columns import groups_of, need


def coverage(predictions: pd.DataFrame, dump: Dump, by: Iterable[str] = ()) -> pd.DataFrame:
    """Count, by group, how many posts there are said to be and what became of them.

    Args:
        predictions: ``post_id`` and ``abstained``, as ``gnn-emotion score`` writes them.
        dump: what was scored.
        by: columns that make the groups, none for one row: of ``attach``, or of the predictions,
            which posts that were not scored lack; ``topic`` as in ``emotion_trends``, with posts
            of several topics in each of them.

    Returns:
        A row a group: the columns of ``by``; ``claimed``, the posts that there must have been when
        the dump was made: the heads of threads, the reposts that these counted, and the comments
        that they and their reposts counted (nan where no post has counts); ``captured``, the posts
        that the dump holds; ``unique``, different texts of those; ``wordless``, posts without words
        of their own, which are no texts; ``deleted``; ``undated``; ``scored``; ``abstained``, of
        the scored ones; ``users``, who are known.
    """
    by = list(by)
    need(predictions, ["post_id", "abstained"], "expected the table of `gnn-emotion score`")
    posts = _accounted(post_table(dump), predictions)
    for name in by:
        if name not in posts and name in predictions:
            posts[name] = posts["post_id"].map(predictions.set_index("post_id")[name])
    if "topic" in by and "topic" not in posts:
        posts = by_topic(posts)
    group, table = groups_of(posts, by)
    if not len(posts):
        table = table.iloc[:0]
    numbers = posts.groupby(group)
    sums = numbers[["captured", "wordless", "deleted", "undated", "scored", "abstained"]].sum()
    claimed = numbers["claimed"].sum(min_count=1)
    different = numbers[["words", "user_id"]].nunique()
    table = table.assign(claimed=claimed, captured=sums["captured"], unique=different["words"])
    rest = sums.drop(columns="captured")
    return pd.concat([table, rest, different["user_id"].rename("users")], axis=1)


def _accounted(posts: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Add to each post what it counts for in each column."""
    known = predictions.set_index("post_id")["abstained"].astype(bool)
    words = posts["own_text"].fillna("").str.strip()
    seen = posts["status"] != "placeholder"
    counts = {
        "claimed": _claimed(posts),
        "captured": seen,
        "words": words.where(seen & (words != "")),
        "wordless": seen & (words == ""),
        "deleted": posts["status"] == "deleted",
        "undated": seen & posts["created_at"].isna(),
        "scored": posts["post_id"].isin(known.index),
        "abstained": posts["post_id"].map(known).astype("boolean").fillna(False).astype(bool),
    }
    return posts.assign(**{k: v.astype(int) if v.dtype == bool else v for k, v in counts.items()})


def _claimed(posts: pd.DataFrame) -> pd.Series:
    """Count the posts that each post stands for: itself if it is a head, reposts, comments.

    The reposts of a head are counted with all reposts of those; the comments of a repost are not
    among those of its head.
    """
    head = posts["parent_id"].isna()
    reposts = posts["repost_count"].where(head)
    comments = posts["comment_count"].where(posts["kind"].isin(["original", "repost"]) | head)
    unknown = posts["repost_count"].isna() & posts["comment_count"].isna()
    total = head.astype(float) + reposts.fillna(0) + comments.fillna(0)
    return total if not unknown.all() else total * np.nan
