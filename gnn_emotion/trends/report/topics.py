"""The topics of a report: which have charts of their own, and which of their bins are not shown.

Hidden are bins of few users; the next smallest of the same bin and of the same topic, without which
these could be had by subtraction (see ``suppression``); all topics where the bin of all posts is
hidden, which their sum would give; and topics whose total is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.trends.attach import by_topic
from gnn_emotion.trends.columns import NO_GROUP, emotions_of, users_of
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.suppression import hidden_cells

Bools = npt.NDArray[np.bool_]
#: Number of the topic that all posts are.
ALL = 0
#: Columns of posts that are counted by topic, beside their probabilities.
_COUNTED = ("created_at", "user_id", "valence")


@dataclass(frozen=True)
class Topics:
    """The topics of posts.

    Attributes:
        rows: a row for each post and topic: ``post``, its place among the posts; ``topic``, from 1
            on; and what ``emotion_trends`` reads of it. Empty where no post has a topic.
        names: of the topics ``[T]``; None is all other posts.
    """

    rows: pd.DataFrame
    names: tuple[str | None, ...]


def find_topics(posts: pd.DataFrame, options: ReportOptions) -> Topics:
    """Choose the topics of most posts among those of enough users; the rest is one more.

    Args:
        posts: with ``topics`` (lists), or ``topic``; without either there are no topics.
        options: how many, and how many users.
    """
    probs = [f"prob_{label}" for label in emotions_of(posts)]
    kept = [name for name in (*_COUNTED, *probs) if name in posts]
    named = [name for name in ("topic", "topics") if name in posts][:1]
    if not named or not options.topics:
        return Topics(posts[kept].assign(post=0, topic=0).head(0), ())
    slim = posts[["user_id", *named]].reset_index(drop=True)
    slim = slim.assign(post=np.arange(len(slim)), user=users_of(slim))
    long = by_topic(slim) if named == ["topics"] else slim.assign(topic=slim.topic.fillna(NO_GROUP))
    sizes = long.groupby("topic").agg(posts=("post", "size"), users=("user", "nunique"))
    sizes = sizes[(sizes.users >= options.fewest_users) & (sizes.index != NO_GROUP)]
    sizes = sizes.sort_index().sort_values("posts", ascending=False, kind="stable")
    chosen = [str(name) for name in sizes.index[: options.topics]]
    number = pd.Index(chosen).get_indexer(pd.Index(long["topic"].astype(str))) + 1
    number = np.where(number == 0, len(chosen) + 1, number)
    pairs = pd.DataFrame({"post": long["post"].to_numpy(), "topic": number}).drop_duplicates()
    names: tuple[str | None, ...] = tuple(chosen)
    if (number > len(chosen)).any():
        names = (*names, None)
    if not chosen:
        return Topics(posts[kept].assign(post=0, topic=0).head(0), ())
    rows = posts[kept].reset_index(drop=True).iloc[pairs["post"].to_numpy()]
    rows = rows.reset_index(drop=True).assign(**{n: pairs[n].to_numpy() for n in pairs})
    return Topics(rows, names)


def hidden_bins(users: npt.NDArray[np.int64], gone: Bools, fewest_users: int) -> Bools:
    """Tell which bins are not shown.

    Args:
        users: in each bin of all posts, and of each topic ``[1 + T, B]``.
        gone: topics of which nothing is shown ``[1 + T]``.
        fewest_users: of a cell that is shown.

    Returns:
        ``[1 + T, B]``.
    """
    whole = hidden_cells(users[0], fewest_users)
    hidden = (users > 0) & (gone[:, None] | whole)
    hidden[0] = whole
    while True:
        before = hidden.copy()
        for topic in range(1, len(users)):
            hidden[topic] = hidden_cells(users[topic], fewest_users, hidden[topic])
        for at in np.flatnonzero(~whole) if len(users) > 1 else ():
            hidden[1:, at] = hidden_cells(users[1:, at], fewest_users, hidden[1:, at])
        if (hidden == before).all():
            return hidden
