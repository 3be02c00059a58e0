"""What is in a Dump, counted, and what was wrong with what it was read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from gnn_emotion.ingest.merge import MEMORY_LIMIT
from gnn_emotion.schema.tables import SCHEMAS, Dump

_EDGES = {
    "replies_to": "SELECT count(*) FROM posts WHERE parent_id IS NOT NULL AND kind != 'repost'",
    "reposts": "SELECT count(*) FROM posts WHERE parent_id IS NOT NULL AND kind = 'repost'",
    "in_thread": "SELECT count(*) FROM posts WHERE root_id != post_id",
    "writes": "SELECT count(*) FROM posts WHERE user_id IS NOT NULL",
    "mentions": "SELECT count(DISTINCT (post_id, user_id)) FROM mentions WHERE user_id IS NOT NULL",
    "follows": "SELECT count(*) FROM follows",
    "has_image": "SELECT count(*) FROM post_media SEMI JOIN "
    "(FROM media WHERE kind = 'image') USING (media_id)",
    "has_video": "SELECT count(*) FROM post_media SEMI JOIN "
    "(FROM media WHERE kind = 'video') USING (media_id)",
}
_COUNTS = {
    "kinds": "SELECT kind, count(*) FROM posts GROUP BY 1 ORDER BY 1",
    "statuses": "SELECT status, count(*) FROM posts GROUP BY 1 ORDER BY 1",
    "media": "SELECT kind, count(*) FROM media GROUP BY 1 ORDER BY 1",
    "labels": "SELECT label_set || ' ' || label, count(*) FROM labels GROUP BY 1 ORDER BY 1",
    "quarantine": "SELECT reason, count(*) AS n FROM quarantine GROUP BY 1 ORDER BY n DESC, 1",
}
#: A post is an orphan when it is no original and what it answers is not known, or was not read.
_ORPHANS = """
    SELECT count(*) FILTER (WHERE p.post_id IS NULL OR p.status = 'placeholder'), count(*)
    FROM posts c LEFT JOIN posts p ON c.parent_id = p.post_id
    WHERE c.kind != 'original' AND c.status != 'placeholder'"""
_DATES = """
    SELECT strftime(min(moment), '%Y-%m-%dT%H:%M:%SZ'), strftime(max(moment), '%Y-%m-%dT%H:%M:%SZ'),
           count(*) - count(moment)
    FROM (SELECT make_timestamp(epoch_us(created_at)) AS moment FROM posts
          WHERE status != 'placeholder')
"""


def inspect_dump(dump: Dump) -> dict[str, Any]:
    """Count what a Dump holds.

    Args:
        dump: the tables.

    Returns:
        ``rows`` by table; ``first``, ``last`` (UTC) and ``undated`` posts; ``kinds``,
        ``statuses``, ``media``, ``labels`` and ``quarantine`` (by reason); ``edges`` by type;
        ``orphan_share`` of the posts that answer something; ``merged`` rows; ``damage``;
        ``skipped`` sources and those that ``broke_off``.
    """
    connection = _open(dump)
    orphans, answering = connection.execute(_ORPHANS).fetchall()[0]
    first, last, undated = connection.execute(_DATES).fetchall()[0]
    summary: dict[str, Any] = dump.summary
    return {
        "rows": {table: dump.rows(table) for table in SCHEMAS},
        "first": first,
        "last": last,
        "undated": undated,
        **{name: dict(connection.execute(query).fetchall()) for name, query in _COUNTS.items()},
        "edges": {n: connection.execute(q).fetchall()[0][0] for n, q in _EDGES.items()},
        "orphan_share": orphans / answering if answering else 0.0,
        "rows_read": summary["totals"]["rows_read"],
        "merged": summary["totals"]["merged"],
        "damage": summary["damage"],
        "skipped": summary["skipped"],
        "broke_off": {s["name"]: s["broke_off"] for s in summary["sources"] if "broke_off" in s},
    }


def format_inspection(found: dict[str, Any]) -> str:
    """Lay out what ``inspect_dump`` counted, a line a fact.

    Args:
        found: as ``inspect_dump`` returns it.
    """
    dates = f"{found['first']} to {found['last']}" if found["first"] else "none"
    lines = [
        _line("rows", found["rows"]),
        f"read        {found['rows_read']:,} rows, {found['merged']:,} merged into others",
        f"dates       {dates}, {found['undated']:,} posts undated",
        *(_line(name, found[name]) for name in ("kinds", "statuses", "media", "labels")),
        _line("edges", found["edges"]),
        f"orphans     {found['orphan_share']:.1%} of the posts that answer another one",
        _line("damage", found["damage"]),
    ]
    for name in ("quarantine", "skipped", "broke_off"):
        lines += [f"{name:<12}{_short(key)}: {_short(value)}" for key, value in found[name].items()]
    return "\n".join(lines)


def _line(name: str, counts: dict[str, int]) -> str:
    shown = ", ".join(f"{key} {value:,}" for key, value in counts.items() if value)
    return f"{name:<12}{shown or 'none'}"


def _short(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= 160 else text[:157] + "..."


def _open(dump: Dump) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit='{MEMORY_LIMIT}'; SET threads=2")
    for table in SCHEMAS:
        connection.execute(f"CREATE VIEW {table} AS FROM read_parquet({_quoted(dump.path(table))})")
    return connection


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
