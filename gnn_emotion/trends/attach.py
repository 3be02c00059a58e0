"""What the dump knows of a post, as columns beside its predictions: who, where, about what.

Topics are hashtags. A post without any of its own takes those of the root of its thread: a repost
that says "me too" is about what it passes on. A post with several topics counts whole in each of
them (``by_topic``), so that the volumes of topics add up to more than there are posts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.schema.tables import Dump
from gnn_emotion.trends.columns import NO_GROUP, need, need_once

_FOLLOWERS = (0, 100, 1_000, 10_000, 100_000, np.inf)
_FOLLOWER_GROUPS = ("under 100", "100 to 999", "1,000 to 9,999", "10,000 to 99,999", "100,000 on")
#: What the pages write before a place, and places that are none.
_BEFORE_PLACE = r"^\s*(?:IP属地[:：]?|发布于|来自)\s*"
_NOWHERE = ("", "其他", "未知")


def read_predictions(path: Path | str) -> pd.DataFrame:
    """Read the file that ``gnn-emotion score`` wrote: Parquet, CSV or JSON lines.

    Raises:
        GnnEmotionError: it is no such file, columns of predictions are missing, or a post is there
            twice and would count twice.
    """
    path = Path(path)
    try:
        frame = _read_table(path)
        need(frame, ["post_id", "created_at"], f"{path} is not what `gnn-emotion score` writes")
        frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    except ValueError as error:  # of pandas and Arrow too
        why = str(error).partition("\n")[0]
        raise GnnEmotionError(
            f"{path} cannot be read as what `gnn-emotion score` writes: {why}"
        ) from error
    need_once(frame, str(path))
    return frame


def _read_table(path: Path) -> pd.DataFrame:
    if path.suffix.lower() == ".csv":
        ids = dict.fromkeys(("post_id", "user_id", "parent_id", "root_id"), str)
        return pd.read_csv(path, dtype=ids, encoding="utf-8-sig")
    if path.suffix.lower() in (".jsonl", ".json"):
        return pyarrow.json.read_json(path).to_pandas()
    return pd.read_parquet(path)


def attach(predictions: pd.DataFrame, dump: Dump) -> pd.DataFrame:
    """Add what the dump knows of each post, in the same order and with the same index.

    Args:
        predictions: as ``gnn-emotion score`` writes them, a row a post.
        dump: what was scored.

    Returns:
        The predictions and the columns of ``post_table`` but the ones that they had.

    Raises:
        GnnEmotionError: predictions of posts that the dump does not have.
    """
    need(predictions, ["post_id"], "expected the table that `gnn-emotion score` writes")
    posts = post_table(dump).set_index("post_id")
    rows = posts.index.get_indexer(pd.Index(predictions["post_id"]))
    unknown = np.flatnonzero(rows < 0)
    if len(unknown):
        raise GnnEmotionError(
            f"{len(unknown):,} of {len(rows):,} predictions are of posts that the dump does not "
            f"have, such as {predictions['post_id'].iloc[unknown[0]]!r}; give the dump that was "
            "scored"
        )
    found = posts[[name for name in posts if name not in predictions]].iloc[rows]
    return pd.concat([predictions, found.set_axis(predictions.index)], axis=1)


def post_table(dump: Dump) -> pd.DataFrame:
    """Return the posts of a dump, a row each, with their topics and groups.

    Returns:
        ``post_id, user_id, created_at, kind, parent_id, root_id, own_text, status, repost_count,
        comment_count`` of the dump; ``topics`` (lists, see the head of this file); and of the user:
        ``region`` (the first word of the place that the profile names, else of the place of the
        post), ``user_name``, ``gender``, ``verified`` and ``follower_group``.
    """
    names = ["post_id", "user_id", "created_at", "kind", "parent_id", "root_id", "own_text"]
    names += ["status", "repost_count", "comment_count", "topics", "location"]
    posts = dump.read("posts", names)
    topics, place = _topics(posts), posts["location"]
    frame = posts.drop_columns(["topics", "location"]).to_pandas()
    known = ["user_id", "name", "location", "gender", "verified", "follower_count"]
    users = dump.read("users", known)
    row = pc.index_in(posts["user_id"], users["user_id"].combine_chunks())
    home = _regions(users["location"].combine_chunks()).take(row)
    frame["topics"] = topics.to_pandas()
    frame["region"] = pc.coalesce(home, _regions(place)).to_pandas()
    frame["user_name"] = users["name"].take(row).to_pandas()
    frame["gender"] = users["gender"].take(row).to_pandas()
    frame["verified"] = users["verified"].take(row).to_pandas().astype(object)
    count = users["follower_count"].take(row).to_pandas().astype(float)
    groups = pd.cut(count, _FOLLOWERS, right=False, labels=list(_FOLLOWER_GROUPS))
    frame["follower_group"] = groups.astype(object)
    return frame


def by_topic(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each post a row for each of its ``topics``, in a column ``topic``.

    A post without topics has one row, of the topic ``NO_GROUP``.
    """
    need(frame, ["topics"], "attach(predictions, dump) adds it")
    rows = frame.assign(topic=frame["topics"].map(_distinct)).explode("topic", ignore_index=True)
    return rows.assign(topic=rows["topic"].fillna(NO_GROUP))


def _distinct(topics: object) -> list[str]:
    return list(dict.fromkeys(topics)) if isinstance(topics, list | tuple | np.ndarray) else []


def _topics(posts: pa.Table) -> pa.Array:
    """Return the topics of posts ``[N]``: their own, else those of their roots."""
    own = posts["topics"].combine_chunks()
    bare = pc.equal(pc.fill_null(pc.list_value_length(own), 0), 0).to_numpy(zero_copy_only=False)
    root = pc.index_in(posts["root_id"], posts["post_id"].combine_chunks())
    here = np.arange(len(own))
    root = pc.fill_null(root, -1).to_numpy()
    return own.take(pa.array(np.where(bare & (root >= 0), root, here)))


def _regions(places: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the first word of places, null where they name none."""
    text = pc.replace_substring_regex(pc.fill_null(places, ""), _BEFORE_PLACE, "")
    first = pc.replace_substring_regex(pc.utf8_trim_whitespace(text), r"[\s·,，].*$", "")
    return pc.if_else(pc.is_in(first, pa.array(_NOWHERE)), None, first)
