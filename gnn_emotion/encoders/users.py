"""Users as features: what a profile says, without names or places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.schema.features import MISSING, OK, EncoderSpec, Features
from gnn_emotion.schema.tables import Dump

_COUNTS = ("follower_count", "following_count", "post_count")
SPEC = EncoderSpec("profile", "1", 2 * len(_COUNTS) + 3)


def encode_users(dump: Dump) -> Features:
    """Encode every row of ``users``.

    Columns: for each of followers, following and posts, log10(1 + n) / 4 and whether it is known;
    verified; female; male. A user of whom only the id is known is missing.

    Args:
        dump: the tables.

    Returns:
        Features ``[N, 9]``.
    """
    users = dump.read("users", ["user_id", "gender", "verified", *_COUNTS])
    columns = [column for name in _COUNTS for column in _count(users[name])]
    columns.append(pc.fill_null(users["verified"], False).to_numpy().astype(np.float32))
    columns += [_equals(users["gender"], sex) for sex in ("f", "m")]
    x = np.stack(columns, axis=1).astype(np.float32)
    present = (x != 0).any(axis=1)
    status = np.where(present, OK, MISSING).astype(np.uint8)
    return Features(users["user_id"].combine_chunks(), x, present, status, SPEC)


def _count(values: pa.ChunkedArray) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    known = pc.is_valid(values).to_numpy().astype(np.float32)
    number = pc.fill_null(values, 0).to_numpy().clip(min=0).astype(np.float64)
    return (np.log10(1 + number) / 4).astype(np.float32), known


def _equals(values: pa.ChunkedArray, wanted: str) -> npt.NDArray[np.float32]:
    return pc.fill_null(pc.equal(values, wanted), False).to_numpy().astype(np.float32)
