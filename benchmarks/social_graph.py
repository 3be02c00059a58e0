"""A generated social network of any size as a Dump: cascades, authors and follows by power laws.

A tenth of all posts hangs on one root, as on the hubs of Weibo. Posts are numbered by time, so that
the posts of a thread lie among those of others; a post answers its root or, for a third of them,
an earlier post of its thread.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gnn_emotion.schema.tables import SCHEMAS

Ints = npt.NDArray[np.int64]
#: Stated edges a post: its author, parent and root, and the follows.
EDGES_PER_POST = 6
USERS_PER_POST = 0.2
_HUB_SHARE = 0.1
_YEAR = 365 * 86_400
_START = 1_600_000_000
_ROWS = 1_000_000


def write_social_dump(folder: Path, count: int, seed: int = 0) -> int:
    """Write the tables of a network of ``count`` posts; return its number of stated edges."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    users = max(1, int(count * USERS_PER_POST))
    edges = _write_posts(folder, count, users, rng)
    edges += _write_follows(folder, count * EDGES_PER_POST - edges, users, rng)
    _write(folder, "users", {"user_id": _ids("u", np.arange(users))})
    for table in SCHEMAS.keys() - {"posts", "users", "follows"}:
        pq.write_table(SCHEMAS[table].empty_table(), folder / f"{table}.parquet")
    (folder / "summary.json").write_text(json.dumps({"posts": count}), encoding="utf-8")
    return edges


def _write_posts(folder: Path, count: int, users: int, rng: np.random.Generator) -> int:
    root, parent, time = cascades(count, rng)
    # Few write much: the activity of the r-th of U authors falls as r^(-2/3).
    author = (users * rng.random(count) ** 3).astype(np.int64)
    answers = parent >= 0
    kind = np.where(answers, np.where(rng.random(count) < 0.7, 1, 2), 0)
    columns = {
        "post_id": _ids("4", np.arange(count)),
        "user_id": _ids("u", author),
        "created_at": pa.array(time * 1_000_000).cast(pa.timestamp("us", "UTC")),
        "kind": pa.array(["original", "repost", "comment"]).take(pa.array(kind)),
        "parent_id": _ids("4", parent),
        "root_id": _ids("4", root),
        "status": pa.repeat("ok", count),
    }
    _write(folder, "posts", columns)
    return count + 2 * int(answers.sum())


def cascades(count: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Draw threads whose sizes fall by a power law, in order of time.

    Returns:
        Row of the root (a root's own is itself) and of the parent (-1 for a root), and the time in
        seconds, of each post ``[N]``.
    """
    sizes = np.minimum(1 + rng.pareto(1.2, count), max(2, count // 100)).astype(np.int64)
    sizes = np.r_[max(1, int(count * _HUB_SHARE)), sizes]
    sizes = sizes[: 1 + int(np.searchsorted(np.cumsum(sizes), count))]
    sizes[-1] -= sizes.sum() - count
    first = np.cumsum(sizes) - sizes
    thread = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(count) - first[thread]
    delay = np.where(place == 0, 0, 1 + rng.exponential(86_400, count)).astype(np.int64)
    time = _START + rng.integers(0, _YEAR, len(sizes))[thread] + delay
    # Within a thread in order of time, so that an earlier place is an earlier post.
    order = np.lexsort((time, thread))
    time = time[order]
    earlier = (place * rng.random(count) ** 2).astype(np.int64)
    parent = first[thread] + np.where(rng.random(count) < 1 / 3, earlier, 0)
    by_time = np.argsort(time, kind="stable")
    row = np.empty(count, dtype=np.int64)
    row[by_time] = np.arange(count)
    parent = np.where(place == 0, -1, row[parent])
    return row[first[thread]][by_time], parent[by_time], time[by_time]


def _write_follows(folder: Path, count: int, users: int, rng: np.random.Generator) -> int:
    follower = rng.integers(0, users, count)
    followed = (users * rng.random(count) ** 3).astype(np.int64)
    pairs = np.unique(follower * users + followed)
    ids = {"follower_id": _ids("u", pairs // users), "followed_id": _ids("u", pairs % users)}
    _write(folder, "follows", ids)
    return len(pairs)


def _ids(prefix: str, numbers: Ints) -> pa.ChunkedArray:
    """Write numbers as ids of 16 characters, as Weibo's are; -1 as null."""
    # An Arrow string array holds 2 GB; the ids of all follows at once would not fit.
    starts = range(0, len(numbers), _ROWS)
    chunks = [_id_chunk(prefix, numbers[at : at + _ROWS]) for at in starts]
    return pa.chunked_array(chunks, pa.string())


def _id_chunk(prefix: str, numbers: Ints) -> pa.Array:
    known = pa.array(numbers, mask=numbers < 0)
    padded = pc.utf8_lpad(known.cast(pa.string()), 16 - len(prefix), "0")
    return pc.binary_join_element_wise(prefix, padded, "")


def _write(folder: Path, name: str, columns: dict[str, pa.Array | pa.ChunkedArray]) -> None:
    """Write a table; the columns that are not given are null."""
    count = len(next(iter(columns.values())))
    with pq.ParquetWriter(folder / f"{name}.parquet", SCHEMAS[name]) as writer:
        for start in range(0, count, _ROWS):
            size = min(_ROWS, count - start)
            arrays = [
                columns[field.name].slice(start, size)
                if field.name in columns
                else pa.nulls(size, field.type)
                for field in SCHEMAS[name]
            ]
            writer.write_table(pa.table(arrays, schema=SCHEMAS[name]))
