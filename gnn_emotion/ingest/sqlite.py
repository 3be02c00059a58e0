"""Tables of an SQLite file, read only: nothing is written beside it, no damaged row stops it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gnn_emotion.ingest.jsonvalues import as_text
from gnn_emotion.ingest.numbered import Convert, Row, numbered, refused
from gnn_emotion.ingest.records import Record, Source
from gnn_emotion.schema.errors import DumpError

MAGIC = b"SQLite format 3\0"


class Database:
    """An open SQLite file.

    Args:
        connection: the connection.
        name: what messages call the file.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def tables(self) -> dict[str, list[str]]:
        """Return the names of the tables and of their columns.

        Raises:
            DumpError: the file is damaged or encrypted.
        """
        try:
            found = self._connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            names = sorted(name for (name,) in found.fetchall())
            return {name: self._columns(name) for name in names}
        except sqlite3.Error as error:
            raise DumpError(f"{self._name} cannot be read as an SQLite file: {error}") from error

    def rows(self, table: str, columns: list[str]) -> Iterator[list[str | None]]:
        """Yield the rows of a table in the order in which they were written.

        Args:
            table: its name.
            columns: the columns to read.

        Yields:
            The values as strings; an empty one is None.

        Raises:
            DumpError: the file is damaged; raised behind the last row that can be read.
        """
        listed = ", ".join(map(_quoted, columns))
        try:
            for row in self._connection.execute(f"SELECT {listed} FROM {_quoted(table)}"):
                yield [_text(value) for value in row]
        except sqlite3.Error as error:
            raise DumpError(f"table {table!r} of {self._name} is damaged: {error}") from error

    def unique(self, table: str) -> set[str]:
        """Return the columns of which a table says that no two rows share a value.

        Raises:
            DumpError: the file is damaged.
        """
        try:
            found = self._connection.execute(
                "SELECT max(i.name) FROM pragma_index_list(?) l, pragma_index_info(l.name) i "
                'WHERE l."unique" AND NOT l.partial GROUP BY l.name HAVING count(*) = 1',
                (table,),
            )
            return {name for (name,) in found.fetchall()}
        except sqlite3.Error as error:
            raise DumpError(f"{self._name} cannot be read as an SQLite file: {error}") from error

    def _columns(self, table: str) -> list[str]:
        return [row[1] for row in self._connection.execute(f"PRAGMA table_info({_quoted(table)})")]


@contextmanager
def open_database(path: Path, name: str) -> Iterator[Database]:
    """Open an SQLite file for reading.

    A file that nobody writes is opened as immutable, which needs no lock and no file beside it;
    where a journal lies beside it, the rows in there are wanted too.

    Args:
        path: the file.
        name: what messages call it.

    Raises:
        DumpError: it cannot be opened.
    """
    journals = (path.with_name(path.name + end) for end in ("-wal", "-journal"))
    busy = any(journal.exists() and journal.stat().st_size for journal in journals)
    uri = f"file:{quote(str(path.absolute()))}?mode=ro" + ("" if busy else "&immutable=1")
    try:
        connection = sqlite3.connect(uri, uri=True)
    except sqlite3.Error as error:
        raise DumpError(f"{name} cannot be opened as an SQLite file: {error}") from error
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        yield Database(connection, name)
    finally:
        connection.close()


def records(source: Source, converts: Mapping[str, Convert]) -> Iterator[Record]:
    """Read tables of a file, numbering the rows of all of them from 1.

    Args:
        source: the file.
        converts: table -> what turns a row, by the names of its columns, into rows of the dump;
            tables that the file does not have are passed over.

    Raises:
        DumpError: the file cannot be read at all.
    """
    return numbered(_rows(source, converts))


def _rows(source: Source, converts: Mapping[str, Convert]) -> Iterator[Row]:
    with open_database(source.path, source.name) as database:
        tables = database.tables()
        for table, convert in converts.items():
            columns = tables.get(table, [])
            try:
                for row in database.rows(table, columns) if columns else ():
                    yield from convert(dict(zip(columns, row, strict=True)))
            except DumpError as error:
                yield refused(str(error), "")


def tables_of(path: Path, head: bytes) -> dict[str, set[str]]:
    """Return tables and columns for sniffing; empty if the file is no SQLite file, or damaged."""
    if not head.startswith(MAGIC):
        return {}
    try:
        with open_database(path, path.name) as database:
            return {name: set(columns) for name, columns in database.tables().items()}
    except DumpError:
        return {}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: Any) -> str | None:
    return as_text(value.decode("utf-8", "replace") if isinstance(value, bytes) else value)
