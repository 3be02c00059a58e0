"""The SQLite file of the feature cache: how it is opened, shared, bounded, and given up.

Write-ahead mode lets several processes read while one writes; a process that is killed while it
writes leaves whole transactions or none (sqlite.org/wal.html). The file lies in a folder of its
own, so that a damaged one leaves with its log in one rename.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

_log = logging.getLogger(__name__)

#: The layout below; another layout gets another folder.
VERSION = "features-v1"
#: Recency lies apart from the vectors: to note a use, or to find the oldest, reads no vector.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS entries ("
    "id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, used INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS outcomes ("
    "id INTEGER PRIMARY KEY, status INTEGER NOT NULL, vector BLOB NOT NULL, "
    "reason BLOB NOT NULL, checksum BLOB NOT NULL)",
)
#: Fails where tables of these names have other columns.
_CHECK = "SELECT key, used, status, vector, reason, checksum FROM entries JOIN outcomes USING (id)"
_PRAGMAS = (
    "auto_vacuum = INCREMENTAL",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "wal_autocheckpoint = 4000",
    "journal_size_limit = 16000000",
)
_OLDEST = "SELECT id FROM entries ORDER BY used, id LIMIT ?"
#: What is left of a full file, so that not every write has to make room.
_KEPT = 0.9
#: Seconds to wait for another process that writes.
_PATIENCE = 60.0
#: Codes of sqlite.org/rescode.html: of a file that is no database, of other tables, of a short one.
_DAMAGE = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_NOTADB,
}
_TOO_SHORT = sqlite3.SQLITE_IOERR_SHORT_READ

_Found = TypeVar("_Found")


class CacheFile:
    """An open cache file.

    Args:
        folder: made when it is not there.
        max_bytes: size of the file; the log beside it takes some MB more.

    Raises:
        OSError, sqlite3.OperationalError: the folder cannot be written.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._place = folder / VERSION
        self._max_bytes = max_bytes
        self.path = self._place / "features.sqlite"
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            self._set_aside(error)

    def close(self) -> None:
        """Close the file; the last process to do so folds the log into it."""
        self.connection.close()

    def attempt(self, work: Callable[[sqlite3.Connection], _Found], otherwise: _Found) -> _Found:
        """Work on the file; when that cannot be done, say so in a warning and go on without.

        Args:
            work: called with the connection.
            otherwise: what to return when the file is damaged, locked or full.
        """
        try:
            return work(self.connection)
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                self._set_aside(error)
            else:
                _log.warning("feature cache %s is not used: %s", self.path, error)
            return otherwise

    def _open(self) -> None:
        self._place.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        self._inode = self._current_inode()
        # A text that is not UTF-8 would raise before its checksum is seen to be wrong.
        self.connection.text_factory = bytes
        try:
            _patiently(self._prepare)
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        """Choose how the file is written; the first process to come makes the tables."""
        for pragma in _PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}").fetchall()
        with transaction(self.connection):
            for statement in _TABLES:
                self.connection.execute(statement)
            self.connection.execute(f"{_CHECK} LIMIT 1").fetchall()
            make_room(self.connection, self._max_bytes)
        if _size(self.connection) > self._max_bytes:  # the bound was larger before
            # One step frees one page; only a script is stepped to its end.
            self.connection.executescript("PRAGMA incremental_vacuum")

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        """Keep a damaged file (the last one) beside the new one that is begun."""
        aside = self._place.with_name(f"{VERSION}.damaged")
        _log.warning("feature cache %s is damaged (%s)", self.path, error)
        self.connection.close()
        try:
            # Another process may have done so by now: what lies there then is its new file.
            if self._inode == self._current_inode():
                shutil.rmtree(aside, ignore_errors=True)
                self._place.rename(aside)
            self._open()
        except (OSError, sqlite3.DatabaseError) as failed:
            _log.warning("it cannot be set aside (%s): this run goes on without a cache", failed)
        else:
            _log.warning("it was set aside as %s, and a new one begun", aside)

    def _current_inode(self) -> int | None:
        return self.path.stat().st_ino if self.path.exists() else None


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing."""
    # IMMEDIATE waits for other writers here; a read lock that is raised later fails instead.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def make_room(connection: sqlite3.Connection, max_bytes: int, incoming: int = 0) -> None:
    """Drop the rows that were not used for longest, where the file would outgrow its bound.

    Pages that become free are written to again.

    Args:
        connection: in a transaction.
        max_bytes: the bound.
        incoming: bytes that are about to be written.
    """
    limit = (max_bytes - incoming) // _number(connection, "PRAGMA page_size")
    if _pages_in_use(connection) <= limit:
        return
    kept = int(limit * _KEPT)
    while (pages := _pages_in_use(connection)) > kept:
        count = _number(connection, "SELECT count(*) FROM entries")
        if not count:
            return
        oldest = [-(-count * (pages - kept) // pages)]
        for table in ("outcomes", "entries"):
            connection.execute(f"DELETE FROM {table} WHERE id IN ({_OLDEST})", oldest)


def _pages_in_use(connection: sqlite3.Connection) -> int:
    free = _number(connection, "PRAGMA freelist_count")
    return _number(connection, "PRAGMA page_count") - free


def _size(connection: sqlite3.Connection) -> int:
    pages = _number(connection, "PRAGMA page_count")
    return pages * _number(connection, "PRAGMA page_size")


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _patiently(work: Callable[[], None]) -> None:
    """Try again while another process holds the file.

    SQLite itself does not wait when a file is turned to write-ahead mode.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell a file that is broken or not ours from one that is only locked, full or closed."""
    if isinstance(error, sqlite3.IntegrityError):  # an index that disagrees with its table
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF in _DAMAGE or code == _TOO_SHORT)
