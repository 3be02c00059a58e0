"""What is told by longer stretches of time: keywords, and which emotions follow which."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.trends.columns import emotions_of, users_of
from gnn_emotion.trends.keywords import KeywordOptions, keywords
from gnn_emotion.trends.report.topics import hidden_bins
from gnn_emotion.trends.spread import ShuffleOptions, transitions

Ints = npt.NDArray[np.int64]
#: Parts of the period, each of whole bins.
STRETCHES = 6
#: Number of the stretch that is all of them.
WHOLE = -1
#: Texts of a stretch of a topic that are cut into words; of all posts twice as many.
MOST_TEXTS = 150
_SHUFFLES = 20
_WORDS = 8


def stretches_of(bins: int) -> Ints:
    """Return the stretch of each bin ``[B]``: up to six, of as many bins as can be."""
    return np.arange(bins) * min(STRETCHES, bins) // max(bins, 1)


def stretch_keywords(posts: pd.DataFrame, rows: pd.DataFrame, fewest_users: int) -> pd.DataFrame:
    """Find the keywords of each topic, in each stretch and over the whole period.

    Args:
        posts: ``own_text, user_id`` of each ``[N]``.
        rows: ``topic``, ``stretch`` and ``post`` of each pair of them.
        fewest_users: who must have written a keyword.

    Returns:
        ``topic``, ``stretch`` (``WHOLE`` for all), ``word``, the best first.
    """
    worded = posts["own_text"].str.strip() != ""
    rows = rows[worded.to_numpy()[rows["post"]] & (rows["stretch"] >= 0)]
    rows = rows[_evenly(rows)]
    rows = pd.concat([rows.assign(stretch=WHOLE), rows], ignore_index=True)
    if not len(rows):
        return pd.DataFrame({"topic": [], "stretch": [], "word": []})
    found = posts[["own_text", "user_id"]].iloc[rows["post"].to_numpy()]
    frame = rows.assign(own_text=found["own_text"].to_numpy(), user_id=found["user_id"].to_numpy())
    options = KeywordOptions(count=_WORDS, fewest_users=max(2, fewest_users))
    return keywords(frame, ["topic", "stretch"], options)[["topic", "stretch", "word"]]


def stretch_pairs(posts: pd.DataFrame, rows: pd.DataFrame, fewest_users: int) -> pd.DataFrame:
    """Count which emotions follow which in each stretch of each topic, and by chance.

    Args:
        posts: as for ``transitions``, ``[N]``.
        rows: ``topic``, ``stretch`` and ``post`` of each pair of them; an answer counts where it
            stands itself.
        fewest_users: who must have written the answers of a stretch; others are left out.

    Returns:
        ``topic, stretch, parent, child, pairs``, expected numbers; ``by_chance``, the same with
        shuffled answers; ``edges``.
    """
    above = pd.Index(posts["post_id"]).get_indexer(pd.Index(posts["parent_id"]))
    above = np.where(above == np.arange(len(above)), -1, above)
    rows = rows[(above[rows["post"]] >= 0) & (rows["stretch"] >= 0)]
    shown = _shown_stretches(posts, rows, fewest_users)
    probs = [f"prob_{label}" for label in emotions_of(posts)]
    frame, tables = posts[["post_id", "parent_id", *probs]], []
    for _, part in rows.groupby(["topic", "stretch"]):
        topic, stretch = (int(part[name].iloc[0]) for name in ("topic", "stretch"))
        if shown[topic, stretch]:
            table = _pairs(frame, part["post"].to_numpy(), above)
            tables.append(table.assign(topic=topic, stretch=stretch))
    columns = ["topic", "stretch", "parent", "child", "pairs", "by_chance", "edges"]
    return (
        pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    )


def _pairs(frame: pd.DataFrame, children: Ints, above: Ints) -> pd.DataFrame:
    inside = np.union1d(children, above[children])
    part = frame.iloc[inside]
    # Parents are there to be heard, not to be counted as answers to others.
    counted = np.isin(inside, children)
    part = part.assign(parent_id=part["parent_id"].where(counted))
    table = transitions(part, options=ShuffleOptions(shuffles=_SHUFFLES))
    mass = table.groupby("parent", sort=False)["pairs"].transform("sum")
    return table.assign(by_chance=table["by_chance"] * mass)


def _shown_stretches(
    posts: pd.DataFrame, rows: pd.DataFrame, fewest_users: int
) -> npt.NDArray[np.bool_]:
    user, cell = users_of(posts)[rows["post"]], rows["topic"] * STRETCHES + rows["stretch"]
    topics = int(rows["topic"].max()) + 1 if len(rows) else 1
    writers = pd.DataFrame({"cell": cell.to_numpy(), "user": user}).drop_duplicates()
    users = np.bincount(writers["cell"], minlength=topics * STRETCHES).reshape(topics, STRETCHES)
    return ~hidden_bins(users, fewest_users)


def _evenly(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Choose rows ``[R]`` at equal distances, so many of each topic and stretch."""
    group = rows.groupby(["topic", "stretch"])
    place, size = group.cumcount().to_numpy(), group["post"].transform("size").to_numpy()
    most = np.where(rows["topic"].to_numpy() == 0, 2 * MOST_TEXTS, MOST_TEXTS)
    most = np.minimum(most, size)
    return np.asarray((place * most) // size != ((place + 1) * most) // size)
