"""An SQLite file of no known crawler: every table whose columns look like posts, users or follows.

Other tables are passed over (FORMATS 2.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from gnn_emotion.ingest.arrays import from_cells
from gnn_emotion.ingest.delimited import quarantine
from gnn_emotion.ingest.mapped import tables
from gnn_emotion.ingest.records import Columns, ReadOptions, Record, Source
from gnn_emotion.ingest.sqlite import MAGIC, Database, open_database
from gnn_emotion.ingest.synonyms import POSTS, Resolved, resolve
from gnn_emotion.schema.errors import DumpError

NAME = "generic-sqlite"

_BATCH_ROWS = 10_000
_KEYS = set(POSTS["post_id"]) - {"id", "_id"}


def sniff(source: Source, head: bytes) -> float:
    """Take any SQLite file, but leave it to every format that knows it."""
    return 0.3 if head.startswith(MAGIC) else 0.0


def read(source: Source, options: ReadOptions) -> Iterator[Record | Columns]:
    """Yield the tables in batches of rows; the rows of all tables are numbered together.

    Raises:
        DumpError: the file is damaged; or no table is one of posts, users or follows; or none has
            the mapped columns.
    """
    with open_database(source.path, source.name) as database:
        header = database.tables()
        row = 1
        given = {t: _with_key(options.columns, database.unique(t)) for t in header}
        for table, found in _resolve(header, options.columns, given, source.name).items():
            try:
                for count, item in _batches(database, table, header[table], found):
                    yield from tables(source, options, found, row, item)
                    row += count
            except DumpError as error:
                yield quarantine(row, str(error), "")
                row += 1


def _with_key(given: Mapping[str, str], unique: set[str]) -> Mapping[str, str]:
    """Take a unique column of ids of Weibo for the id, before one that is merely called ``id``."""
    keys = sorted(name for name in unique if name.casefold() in _KEYS and name not in given)
    return {**given, keys[0]: "post_id"} if keys and "post_id" not in given.values() else given


def _resolve(
    header: Mapping[str, list[str]],
    mapped: Mapping[str, str],
    given: Mapping[str, Mapping[str, str]],
    source: str,
) -> dict[str, Resolved]:
    """Decide what the tables hold; where columns are mapped, only tables that have them count."""
    found: dict[str, Resolved] = {}
    reasons = []
    for table, names in header.items():
        if mapped.keys() <= set(names):
            try:
                found[table] = resolve(names, given[table], f"{source}, table {table!r}")
            except DumpError as error:
                reasons.append(str(error))
    if found:
        return found
    if len(reasons) == 1:
        raise DumpError(reasons[0])
    listed = "; ".join(f"{table} ({', '.join(names)})" for table, names in header.items())
    wanted = f"has the columns {', '.join(map(repr, mapped))}" if mapped else "looks like posts"
    raise DumpError(
        f"{source}: no table {wanted}. Its tables: {listed or 'none'}. Say which column is the "
        "text with `--map column=text`"
    )


def _batches(
    database: Database, table: str, names: list[str], found: Resolved
) -> Iterator[tuple[int, dict]]:
    """Yield batches: how many rows, and position in the header -> array."""
    wanted = sorted({*found.columns.values(), *found.profile.values()})
    rows = database.rows(table, [names[i] for i in wanted])
    while batch := list(islice(rows, _BATCH_ROWS)):
        cells = zip(*batch, strict=True)
        yield len(batch), {i: from_cells(c) for i, c in zip(wanted, cells, strict=True)}
