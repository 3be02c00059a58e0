"""The posts behind the points of a page: of each emotion in each bin, and around change points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.trends.changes import posts_around
from gnn_emotion.trends.report.topics import ALL

#: Example posts in a page, over all topics and bins; a change point has its own.
MOST_POSTS = 6_000


def showable(posts: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which posts ``[N]`` can stand as examples: those with words of which the model is sure."""
    words = posts["own_text"].fillna("").astype(str).str.strip() != ""
    if "abstained" in posts:
        words &= ~posts["abstained"].astype(bool)
    return np.asarray(words)


def examples(
    posts: pd.DataFrame, rows: pd.DataFrame, shown: npt.NDArray[np.bool_], count: int
) -> pd.DataFrame:
    """Choose posts of each topic, bin and emotion: the likeliest, at most one of a user.

    Args:
        posts: ``own_text, user_id, emotion, confidence`` of each ``[N]``.
        rows: ``topic``, ``bin`` and ``post`` (place among the posts) of each pair of them ``[R]``;
            a bin is -1 for posts that are in none.
        shown: bins of topics that may be shown ``[1 + T, B]``.
        count: of a topic, bin and emotion.

    Returns:
        ``topic, bin, post``, the best first in each bin; over all at most ``MOST_POSTS``, first
        places before second ones.
    """
    rows = rows[(rows["bin"] >= 0) & showable(posts)[rows["post"]]]
    rows = rows[shown[rows["topic"], rows["bin"]]]
    found = posts.iloc[rows["post"].to_numpy()]
    rows = rows.assign(
        emotion=pd.factorize(found["emotion"])[0],
        confidence=found["confidence"].to_numpy(),
        user=found["user_id"].to_numpy(),
        text=found["own_text"].to_numpy(),
    )
    cell = ["topic", "bin", "emotion"]
    rows = rows.sort_values(["confidence", "post"], ascending=[False, True], kind="stable")
    rows = rows[~(rows["user"].notna() & rows.duplicated([*cell, "user"]))]
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
    shown: npt.NDArray[np.bool_],
    count: int,
) -> pd.DataFrame:
    """Choose the posts on both sides of change points, within the bins beside them.

    Args:
        posts: with a column ``post``, their place.
        rows: as for ``examples``.
        changes: ``topic``, ``bin``, ``emotion`` (empty for valence).
        trend: of all topics, for the emotion that turned valence.
        shown: as for ``examples``.
        count: on each side.

    Returns:
        ``change`` (place among the changes), ``side`` (``before``, ``after``), ``post``.
    """
    good = showable(posts)
    kept = rows[(rows["bin"] >= 0) & good[rows["post"]]]
    kept = kept[shown[kept["topic"], kept["bin"]]].sort_values(["topic", "bin"], kind="stable")
    key = kept["topic"].to_numpy() * shown.shape[1] + kept["bin"].to_numpy()
    starts = pd.DatetimeIndex(trend["start"].unique())
    found = []
    for number, change in enumerate(changes.itertuples()):
        here = change.topic * shown.shape[1] + change.bin
        first = here - 1 if change.bin else here
        part = kept["post"].to_numpy()[slice(*np.searchsorted(key, [first, here + 1]))]
        near = posts.iloc[np.sort(part)]
        if not len(near):
            continue
        emotion = change.emotion or turned(trend, change.topic, change.bin)
        width = _beside(starts, change.bin)
        table = posts_around(near, change.time, emotion, f"{width}s", count)
        found.append(table[["side", "post"]].assign(change=number))
    empty = pd.DataFrame({"side": [], "post": [], "change": []})
    return pd.concat(found or [empty], ignore_index=True)[["change", "side", "post"]]


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


def all_rows(topics: pd.DataFrame, place: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Return ``topic, bin, post`` of all posts, as topic ``ALL``, and of each topic.

    Args:
        topics: rows of ``Topics``.
        place: bin of each post ``[N]``.
    """
    post = np.concatenate([np.arange(len(place)), topics["post"].to_numpy(np.int64)])
    topic = np.concatenate([np.full(len(place), ALL), topics["topic"].to_numpy(np.int64)])
    return pd.DataFrame({"topic": topic, "bin": place[post], "post": post})
