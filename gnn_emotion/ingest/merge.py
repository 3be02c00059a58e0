"""One row a post: what was read more than once is merged, in DuckDB, within a bounded memory.

The rules (FORMATS 2.0, 11): the text of the latest crawl wins, unless it is cut, or a notice that
the post is gone, and another is not; counts only grow; the earliest time of the best precision;
of lists the longest; of everything else the latest that is known.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from gnn_emotion.ingest.staged import STAGED, Spill

MEMORY_LIMIT = "2GB"
_ORIGIN = ("seq", "source", "embedded")
_LISTS = ("topics", "mentions", "media")
_COUNTS = ("like_count", "repost_count", "comment_count")
_TIMES = ("created_us", "precision")
#: Columns that hang together: all from the row whose text wins.
_OF_TEXT = ("text", "own_text", "reply_name", "parent_name", "parent_text", "truncated", "deleted")
_LATEST = tuple(
    name
    for name in STAGED["posts"].names
    if name not in {*_ORIGIN, *_LISTS, *_COUNTS, *_TIMES, *_OF_TEXT, "post_id", "crawl_us"}
)
#: Puts the precision above the time in one number; no time reaches this many microseconds.
_PRECISION = 10**18


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open a working database that spills to a folder rather than pass the memory limit."""
    connection = duckdb.connect(str(folder / "work.duckdb"))
    connection.execute(f"SET memory_limit='{MEMORY_LIMIT}'")
    connection.execute("SET threads=2")
    connection.execute("SET preserve_insertion_order=true")
    connection.execute("SET temp_directory=?", [str(folder / "spilled")])
    return connection


def open_staged(connection: duckdb.DuckDBPyConnection, spill: Spill) -> None:
    """Make a view ``staged_<table>`` of every spilled table."""
    for table in spill.rows:
        file = str(spill.path(table)).replace("'", "''")
        rows = f"read_parquet('{file}', hive_partitioning=0)"
        connection.execute(f"CREATE VIEW staged_{table} AS SELECT * FROM {rows}")


def merge_posts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the view ``merged``: one row a post id, with the columns of staged posts.

    ``source`` and ``seq`` are those of the first row that is the post's own, or of the first of
    all where it only came inside other posts; ``embedded`` is true in the second case.
    """
    connection.execute(
        "CREATE TABLE twice AS SELECT post_id FROM staged_posts GROUP BY post_id HAVING count(*)>1"
    )
    connection.execute(
        """CREATE TABLE ranks AS SELECT seq, row_number() OVER (
             PARTITION BY post_id
             ORDER BY deleted, coalesce(text, '') = '', truncated,
                      crawl_us DESC NULLS LAST, seq DESC
           ) AS rank
           FROM staged_posts SEMI JOIN twice USING (post_id)"""
    )
    names = ", ".join(STAGED["posts"].names)
    connection.execute(
        f"CREATE TABLE merged_twice AS SELECT {_merged_columns()} "
        "FROM staged_posts JOIN ranks USING (seq) GROUP BY post_id"
    )
    connection.execute(
        f"CREATE VIEW merged AS SELECT {names} FROM staged_posts ANTI JOIN twice USING (post_id) "
        f"UNION ALL SELECT {names} FROM merged_twice"
    )


def _merged_columns() -> str:
    when = f"min(coalesce(precision, 9) * {_PRECISION} + created_us)"
    precision = f"(({when} + {_PRECISION // 2}) // {_PRECISION})"
    winner = "arg_min({0}, rank) FILTER (rank = 1) AS {0}"
    columns = [
        "post_id",
        "arg_min(seq, embedded::BIGINT << 48 | seq) AS seq",
        "arg_min(source, embedded::BIGINT << 48 | seq) AS source",
        "bool_and(embedded) AS embedded",
        "max(crawl_us) AS crawl_us",
        f"{when} - {precision} * {_PRECISION} AS created_us",
        f"nullif({precision}, 9)::TINYINT AS precision",
        *(winner.format(name) for name in _OF_TEXT),
        *(f"arg_min({name}, rank) AS {name}" for name in _LATEST),
        *(f"max({name}) AS {name}" for name in _COUNTS),
        *(f"arg_min({name}, rank - (len({name}) << 32)) AS {name}" for name in _LISTS),
    ]
    return ", ".join(columns)


def new_rows(connection: duckdb.DuckDBPyConnection, table: str, key: str) -> dict[int, int]:
    """Count, by source, the rows that were the first of their key and no part of another row.

    Args:
        connection: has the view.
        table: a view with ``seq``, ``source`` and ``embedded``.
        key: the columns that name a row, separated by commas.
    """
    found = connection.execute(
        f"""SELECT source, count(*) FROM (
              SELECT arg_min(source, seq) AS source FROM {table} WHERE NOT embedded GROUP BY {key}
            ) GROUP BY source"""
    ).fetchall()
    return {int(source): int(rows) for source, rows in found}
