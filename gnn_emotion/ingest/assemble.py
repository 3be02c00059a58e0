"""Staged rows to a Dump: merged, joined, written, and every one of them accounted for."""

from __future__ import annotations

from pathlib import Path

import duckdb

from gnn_emotion.ingest.accounts import merge_follows, merge_users, resolve_accounts
from gnn_emotion.ingest.links import link_posts
from gnn_emotion.ingest.merge import connect, merge_posts, new_rows, open_staged
from gnn_emotion.ingest.staged import Spill
from gnn_emotion.ingest.summary import Summary
from gnn_emotion.ingest.write import write_tables

#: Table that says what a row is -> its key, and the count of new ones in the summary.
_KEPT = {
    "staged_posts": ("post_id", "posts_new"),
    "known_users": ("user_id", "users"),
    "known_follows": ("follower_id, followed_id", "follows"),
}


def assemble(spill: Spill, summary: Summary, work: Path, folder: Path) -> None:
    """Write the tables of a Dump and its summary.

    Args:
        spill: the staged rows, closed.
        summary: its sources have their ``rows_read``; the other counts are filled in.
        work: an existing folder for what does not fit into memory.
        folder: an existing folder for the Dump.

    Raises:
        DumpError: the rows do not add up; a mistake of this program.
    """
    with connect(work) as connection:
        open_staged(connection, spill)
        summary.damage["shared_names"] += resolve_accounts(connection)
        merge_posts(connection)
        merge_follows(connection)
        links = link_posts(connection)
        merge_users(connection)
        summary.damage["own_parents"] += links.own_parents
        summary.damage["parents_in_cycles"] += links.in_cycles
        names = [source.name for source in summary.sources]
        summary.tables = write_tables(connection, folder, names)
        _count(connection, summary)
    summary.write(folder / "summary.json")


def _count(connection: duckdb.DuckDBPyConnection, summary: Summary) -> None:
    for table, (key, count) in _KEPT.items():
        new, all_rows = new_rows(connection, table, key), own_rows(connection, table)
        for number, source in enumerate(summary.sources):
            setattr(source, count, new.get(number, 0))
            source.merged += all_rows.get(number, 0) - new.get(number, 0)
    quarantined = own_rows(connection, "staged_quarantine")
    for number, source in enumerate(summary.sources):
        source.quarantined = quarantined.get(number, 0)


def own_rows(connection: duckdb.DuckDBPyConnection, table: str) -> dict[int, int]:
    """Count, by source, the rows that were no part of another row."""
    found = connection.execute(
        f"SELECT source, count(*) FROM {table} WHERE NOT embedded GROUP BY source"
    ).fetchall()
    return {int(source): int(rows) for source, rows in found}
