"""The posts behind the points of a page: of each emotion in each bin, and around change points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.trends.changes import posts_around
from gnn_emotion.trends.columns import users_of

#: Example posts in a page, over all topics and bins; a change point has its own.
MOST_POSTS = 6_000


def showable(posts: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which posts ``[N]`` can stand as examples: with words, and the model sure.

    Words are two letters or characters at least: a full stop shows nothing.
    """
    words = posts["own_text"].str.contains(r"\w\W*\w") & posts["confidence"].notna()
    if "abstained" in posts:
        words &= ~posts["abstained"].astype(bool)
    return np.asarray(words)


def examples(posts: pd.DataFrame, rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """Choose posts of each topic, bin and emotion: the likeliest, at most one of a user.

    Args:
        posts: ``own_text, user_id, emotion, confidence`` of each ``[N]``.
        rows: ``topic``, ``bin`` and ``post`` (place among the posts) of each pair of them that may
            be shown ``[R]``.
        count: of a topic, bin and emotion.

    Returns:
        ``topic, bin, post``, the best first in each bin; over all at most ``MOST_POSTS``, first
        places before second ones.
    """
    rows = rows[showable(posts)[rows["post"]]]
    post = rows["post"].to_numpy()
    rows = rows[["topic", "bin", "post"]].assign(
        emotion=pd.factorize(posts["emotion"])[0][post],
        confidence=posts["confidence"].to_numpy()[post],
        user=users_of(posts)[post],
        text=pd.factorize(posts["own_text"])[0][post],
    )
    cell = ["topic", "bin", "emotion"]
    rows = rows.sort_values(["confidence", "post"], ascending=[False, True], kind="stable")
    rows = rows[~rows.duplicated([*cell, "user"])]
    rows = rows[~rows.duplicated([*cell, "text"])]
    rows = rows.assign(place=rows.groupby(cell).cumcount())
    rows = rows[rows["place"] < count].sort_values("place", kind="stable").head(MOST_POSTS)
    rows = rows.sort_values(["topic", "bin", "place"], kind="stable")
    return rows[["topic", "bin", "post"]].reset_index(drop=True)


def change_examples(
    posts: pd.DataFrame,
    rows: pd.DataFrame,
    changes: pd.DataFrame,
    trend: pd.DataFrame,
    count: int,
) -> pd.DataFrame:
    """Choose the posts on both sides of change points, within the bins beside them.

    Args:
        posts: with a column ``post``, their place.
        rows: as for ``examples``.
        changes: ``topic``, ``bin``, ``emotion`` (empty for valence).
        trend: of all topics, for the emotion that turned valence.
        count: on each side.

    Returns:
        ``change`` (place among the changes), ``side`` (``before``, ``after``), ``post``,
        ``emotion``, that the posts were chosen for, and ``prob``, its probability.
    """
    kept = rows[showable(posts)[rows["post"]]].sort_values(["topic", "bin"], kind="stable")
    bins = int(trend["start"].nunique())
    key = kept["topic"].to_numpy() * bins + kept["bin"].to_numpy()
    starts = pd.DatetimeIndex(trend["start"].unique())
    found = []
    for number, (topic, at, emotion, time) in enumerate(
        zip(*(changes[name] for name in ("topic", "bin", "emotion", "time")), strict=True)
    ):
        here = topic * bins + at
        ends = np.searchsorted(key, [here - 1 if at else here, here + 1])
        near = posts.iloc[np.sort(kept["post"].to_numpy()[slice(*ends)])]
        near = near.drop_duplicates(["bin", "own_text"])
        if len(near):
            emotion = emotion or turned(trend, topic, at)
            table = posts_around(near, time, emotion, f"{_beside(starts, at)}s", count)
            table["prob"] = table[f"prob_{emotion}"]
            found.append(table[["side", "post", "prob"]].assign(change=number, emotion=emotion))
    columns = ["change", "side", "post", "emotion", "prob"]
    return pd.concat(found or [pd.DataFrame(columns=columns)], ignore_index=True)[columns]


def turned(trend: pd.DataFrame, topic: int, at: int) -> str:
    """Return the emotion whose share differs most between a bin and the one before it."""
    labels = list(dict.fromkeys(trend["emotion"]))
    share = trend.loc[trend["topic"] == topic, "share"].to_numpy().reshape(-1, len(labels))
    gap = np.abs(np.nan_to_num(share[at]) - np.nan_to_num(share[max(at - 1, 0)]))
    return str(labels[int(np.argmax(gap))])


def _beside(starts: pd.DatetimeIndex, at: int) -> int:
    """Return the longer of a bin and the one before it, in seconds."""
    ends = starts[max(at - 1, 0) : at + 2]
    return int(np.diff(ends.as_unit("s").asi8).max()) if len(ends) > 1 else 3600
