"""The topics of a report: which have charts of their own, and which of their bins are not shown.

Hidden are bins of few users, and the next smallest topics of the same bin, without which these
could be had by subtraction from all posts (see ``suppression``). Totals of topics are made of the
bins that are shown, so that they give nothing away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.trends.attach import by_topic
from gnn_emotion.trends.columns import NO_GROUP, emotions_of, users_of
from gnn_emotion.trends.report.masking import well_formed
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
    long = _long(posts)
    chosen = _largest(long, options) if options.topics else []
    if not chosen:
        return Topics(counted(posts).head(0).assign(post=0, topic=0), ())
    number = pd.Index(chosen).get_indexer(pd.Index(long["topic"])) + 1
    other = number == 0
    long["topic"] = np.where(other, len(chosen) + 1, number)
    pairs = long[["post", "topic"]].drop_duplicates()
    rows = counted(posts).iloc[pairs["post"].to_numpy()].reset_index(drop=True)
    rows["post"], rows["topic"] = pairs["post"].to_numpy(), pairs["topic"].to_numpy()
    return Topics(rows, (*chosen, None) if other.any() else tuple(chosen))


def counted(posts: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of posts that are counted."""
    probs = [f"prob_{label}" for label in emotions_of(posts)]
    return posts[[name for name in (*_COUNTED, *probs) if name in posts]]


def _long(posts: pd.DataFrame) -> pd.DataFrame:
    """Return ``post``, ``user`` and ``topic``, a row for each topic of each post."""
    slim = pd.DataFrame({"post": np.arange(len(posts)), "user": users_of(posts)})
    if "topic" in posts:
        topic = posts["topic"].astype(object).where(posts["topic"].notna(), NO_GROUP)
        long = slim.assign(topic=topic.map(str).to_numpy())
    elif "topics" in posts:
        long = by_topic(slim.assign(topics=posts["topics"].to_numpy())).drop(columns="topics")
    else:
        long = slim.assign(topic=NO_GROUP)
    return long.assign(topic=long["topic"].map(well_formed))


def _largest(long: pd.DataFrame, options: ReportOptions) -> list[str]:
    """Return the names of the topics of most posts, among those of enough users."""
    sizes = long.groupby("topic").agg(posts=("post", "size"), users=("user", "nunique"))
    sizes = sizes[(sizes.users >= options.fewest_users) & (sizes.index != NO_GROUP)]
    sizes = sizes.sort_index().sort_values("posts", ascending=False, kind="stable")
    return [str(name) for name in sizes.index[: options.topics]]


def hidden_bins(users: npt.NDArray[np.int64], fewest_users: int) -> Bools:
    """Tell which bins are not shown.

    Args:
        users: in each bin of all posts, and of each topic ``[1 + T, B]``.
        fewest_users: of a cell that is shown.

    Returns:
        ``[1 + T, B]``.
    """
    hidden = (users > 0) & (users < fewest_users)
    for at in np.flatnonzero(hidden[1:].any(axis=0)):
        hidden[1:, at] = hidden_cells(users[1:, at], fewest_users)
    return hidden
