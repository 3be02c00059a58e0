"""What a user had written before each post: how much, how lately, and what on average.

A user as one node would carry the average of all posts, later ones included, into earlier ones.
So this is a feature of the post, over the strictly earlier posts of its author alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.schema.features import FROM_FILE, MISSING, OK, EncoderSpec, Features
from gnn_emotion.schema.tables import Dump

_DAY = 86_400_000_000  # in microseconds
#: Earlier posts (log10(1 + n) / 4); days since the last (log10(1 + d) / 4); days since the account
#: was opened (log10(1 + d) / 4), and whether that is known.
_ACTIVITY = 4


def history_spec(text: EncoderSpec) -> EncoderSpec:
    """Return the spec of histories over texts of an encoder."""
    if text.encoder == FROM_FILE:  # a new dump comes with a new file
        text = replace(text, revision="")
    return EncoderSpec("history", "1", text.dim + _ACTIVITY, {"text": text.key})


def encode_history(dump: Dump, posts: Features) -> Features:
    """Encode the history of the author of every post.

    Posts of the same second do not see each other. A post without an author, a time or any earlier
    post of its author is missing.

    Args:
        dump: the tables.
        posts: text features of all its posts, ``[N, D]``.

    Returns:
        Features ``[N, D + 4]``: the mean of the text features of the earlier posts that have words
        (zero where none has), then activity.
    """
    table = dump.read("posts", ["user_id", "created_at"])
    author = pc.index_in(table["user_id"], value_set=dump.read("users", ["user_id"])["user_id"])
    author = pc.fill_null(author, -1).to_numpy().astype(np.int64)
    known = (author >= 0) & pc.is_valid(table["created_at"]).to_numpy()
    time = pc.fill_null(table["created_at"].cast(pa.int64()), 0).to_numpy()
    rows = np.flatnonzero(known)
    rows = rows[np.lexsort((rows, time[rows], author[rows]))]
    start, end = _earlier(author[rows], time[rows])
    x = np.zeros((len(posts), posts.spec.dim + _ACTIVITY), dtype=np.float32)
    x[rows, : posts.spec.dim] = _running_mean(posts.x[rows], posts.present[rows], start, end)
    x[rows, posts.spec.dim :] = _activity(dump, author[rows], time[rows], start, end)
    present = np.zeros(len(posts), dtype=bool)
    present[rows] = end > start
    x[~present] = 0
    status = np.where(present, OK, MISSING).astype(np.uint8)
    return Features(posts.ids, x, present, status, history_spec(posts.spec))


def _earlier(
    author: npt.NDArray[np.int64], time: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where, in rows sorted by author and time, the earlier posts of each start and end."""
    if not len(author):
        return author, author
    place = np.arange(len(author))
    other = np.r_[True, author[1:] != author[:-1]]
    later = other | np.r_[True, time[1:] != time[:-1]]
    start = np.maximum.accumulate(np.where(other, place, 0))
    return start, np.maximum.accumulate(np.where(later, place, 0))


def _running_mean(
    x: npt.NDArray[np.float32],
    present: npt.NDArray[np.bool_],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """Average the rows from ``start`` to before ``end`` that are present ``[M, D]``."""
    count = np.concatenate([[0], np.cumsum(present)])
    heard = np.maximum(count[end] - count[start], 1)
    out = np.empty_like(x)
    # A column at a time: a cumulative sum in float64 of all of them would be twice the features.
    for column in range(x.shape[1]):
        total = np.concatenate([[0.0], np.cumsum(x[:, column] * present, dtype=np.float64)])
        out[:, column] = (total[end] - total[start]) / heard
    return out


def _activity(
    dump: Dump,
    author: npt.NDArray[np.int64],
    time: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    opened = dump.read("users", ["registered_at"])["registered_at"].cast(pa.int64())
    is_known = pc.is_valid(opened).to_numpy()[author]
    age = np.where(is_known, time - pc.fill_null(opened, 0).to_numpy()[author], 0)
    last = time[np.maximum(end - 1, 0)] if len(time) else time
    counts = [end - start, (time - last) / _DAY, age / _DAY]
    columns = [np.log10(1 + np.maximum(count, 0)) / 4 for count in counts]
    return np.stack([*columns, is_known], axis=1)
