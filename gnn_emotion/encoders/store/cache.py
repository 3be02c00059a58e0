"""Features that were computed once, kept by what was encoded and what encoded it.

The key is a hash of the content and of the encoder's spec, never a name or a path: a moved file
is found again, a changed one is not.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gnn_emotion.encoders.media import Outcome, Unreadable
from gnn_emotion.encoders.store.cache_file import CacheFile, make_room, transaction
from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.schema.features import OK, EncoderSpec

_log = logging.getLogger(__name__)

#: What a cache may take of the disk when nothing else is said.
MAX_BYTES = 4_000_000_000
#: Keys a statement (SQLite of old builds takes 999 values).
_READ = 900
#: Rows a transaction, and the share of the bound that they may take.
_WRITE, _SHARE = 2_000, 0.05
#: What SQLite may take for one byte of a row, and for the row itself.
_OVERHEAD, _ROW = 2, 200
#: The least bound, so that a transaction fits.
_LEAST = 10_000_000
_LOOK_UP = """
SELECT key, status, vector, reason, checksum FROM entries JOIN outcomes USING (id)
WHERE key IN ({})
"""
_TOUCH = "UPDATE entries SET used = ? WHERE key IN ({})"
_ENTER = "INSERT INTO entries (key, used) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET used = ?"
_STORE = "INSERT OR REPLACE INTO outcomes SELECT id, ?, ?, ?, ? FROM entries WHERE key = ?"

#: Key, status, vector as float16, reason as UTF-8, checksum.
_Row = tuple[bytes, int, bytes, bytes, bytes]


def default_cache_folder() -> Path:
    """Return ``$GNN_EMOTION_CACHE``, or the place of the XDG base directory specification."""
    own = os.environ.get("GNN_EMOTION_CACHE")
    if own:
        return Path(own).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "gnn_emotion"


def feature_key(content: bytes, spec: EncoderSpec) -> bytes:
    """Return the key of a feature.

    Args:
        content: sha256 digest of what is encoded.
        spec: what encodes it.
    """
    return content + bytes.fromhex(spec.key)


def rounded(x: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Round to what the cache keeps (float16), so that a first run gives what a second will."""
    return x.astype(np.float16).astype(np.float32)


class FeatureCache:
    """A store of outcomes by ``feature_key``: bounded in size, safe to share between processes.

    A file that SQLite cannot read is set aside with a warning, and a new one begun. A row whose
    checksum is wrong counts as absent. When the file cannot be read or written for another reason
    (a full disk, a lock that nobody lets go), a warning says so and the run goes on without it.
    The folder must not lie on a network file system: the processes share memory (write-ahead mode).

    Args:
        folder: made when it is not there.
        max_bytes: size of the file; rows that were not used for longest make room.

    Raises:
        ValueError: ``max_bytes`` is below 10 MB.
        GnnEmotionError: the folder cannot be written.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        if max_bytes < _LEAST:
            raise ValueError(f"max_bytes is {max_bytes}, expected {_LEAST} or more")
        self.max_bytes = max_bytes
        try:
            self._file = CacheFile(folder, max_bytes)
        except (OSError, sqlite3.OperationalError) as error:
            raise GnnEmotionError(
                f"feature cache {folder} cannot be written: {error}; expected a local folder of "
                "yours: name another, or set GNN_EMOTION_CACHE"
            ) from error

    def __enter__(self) -> FeatureCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    def get(self, keys: Iterable[bytes]) -> dict[bytes, Outcome]:
        """Look keys up, and note that they were used.

        Args:
            keys: see ``feature_key``; in any order, repeated or not.

        Returns:
            Outcomes of the keys that are known: a vector ``[D]``, or why there is none.
        """
        found: dict[bytes, Outcome] = {}
        nothing: dict[bytes, Outcome] = {}
        for some in _parts(dict.fromkeys(keys), _READ):
            found |= self._file.attempt(partial(self._read, some), nothing)
            self._file.attempt(partial(_touch, some), None)
        return found

    def put(self, outcomes: Mapping[bytes, Outcome]) -> None:
        """Keep outcomes; those of keys that are known already are replaced.

        Args:
            outcomes: by key; vectors ``[D]`` are rounded to float16.
        """
        widest = max((o.size for o in outcomes.values() if isinstance(o, np.ndarray)), default=0)
        fitting = int(_SHARE * self.max_bytes / _taken(2 * widest))
        for some in _parts(outcomes, min(max(fitting, 1), _WRITE)):
            rows = [_row(key, outcomes[key]) for key in some]
            self._file.attempt(partial(_write, rows, self.max_bytes), None)

    def _read(self, keys: list[bytes], connection: sqlite3.Connection) -> dict[bytes, Outcome]:
        stored = connection.execute(_LOOK_UP.format(_marks(keys)), keys).fetchall()
        whole = {row[0]: _outcome(*row[1:4]) for row in stored if row[4] == _checksum(*row[:4])}
        if len(whole) < len(stored):
            _log.warning(
                "feature cache %s: %d damaged rows count as absent",
                self.path,
                len(stored) - len(whole),
            )
        return whole


def _touch(keys: list[bytes], connection: sqlite3.Connection) -> None:
    connection.execute(_TOUCH.format(_marks(keys)), [time.time_ns(), *keys])


def _write(rows: list[_Row], max_bytes: int, connection: sqlite3.Connection) -> None:
    now = time.time_ns()
    incoming = sum(_taken(len(row[2]) + len(row[3])) for row in rows)
    with transaction(connection):
        make_room(connection, max_bytes, incoming)
        connection.executemany(_ENTER, [(row[0], now, now) for row in rows])
        connection.executemany(_STORE, [(*row[1:], row[0]) for row in rows])


def _taken(size: int) -> int:
    return _OVERHEAD * size + _ROW


def _row(key: bytes, outcome: Outcome) -> _Row:
    if isinstance(outcome, Unreadable):
        status, vector, reason = outcome.status, b"", outcome.reason.encode(errors="replace")
    else:
        status, vector, reason = OK, outcome.astype("<f2").tobytes(), b""
    return key, status, vector, reason, _checksum(key, status, vector, reason)


def _outcome(status: int, vector: bytes, reason: bytes) -> Outcome:
    if status != OK:
        return Unreadable(status, reason.decode())
    return np.frombuffer(vector, dtype="<f2").astype(np.float32)


def _checksum(key: object, status: object, vector: object, reason: object) -> bytes:
    """Hash a row as it was read: in a damaged file a column may hold a value of any type."""
    digest = hashlib.sha256(repr((key, status, reason)).encode())
    digest.update(vector if isinstance(vector, bytes) else b"?")
    return digest.digest()[:8]


def _marks(keys: list[bytes]) -> str:
    return ",".join("?" * len(keys))


def _parts(keys: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    left = iter(keys)
    while part := list(islice(left, size)):
        yield part
