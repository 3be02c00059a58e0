"""The last step: the merged rows, sorted, as the Parquet files of a Dump."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gnn_emotion.schema.tables import SCHEMAS, TIME_PRECISIONS

ROW_GROUP = 131_072
#: Rows that DuckDB hands over at once.
_STREAMED = 16_384

_PRECISION = " ".join(f"WHEN {i} THEN '{name}'" for i, name in enumerate(TIME_PRECISIONS))
#: A query per table, in the order of its key; sources come as numbers, times as microseconds.
QUERIES = {
    "posts": f"""
        SELECT l.post_id, bid, l.user_id, created_us AS created_at,
               CASE precision {_PRECISION} END AS time_precision,
               CASE WHEN l.status = 'ok' THEN text END AS text,
               CASE l.status WHEN 'ok' THEN own_text WHEN 'placeholder' THEN coalesce(words, '')
                    ELSE '' END AS own_text,
               l.kind, l.parent_id, l.root_id, coalesce(topics, []) AS topics, like_count,
               repost_count, comment_count,
               location, device, coalesce(truncated, false) AS truncated, l.status, source
        FROM links l LEFT JOIN merged m USING (post_id) LEFT JOIN quoted q USING (post_id)
        ORDER BY l.post_id""",
    "users": """
        SELECT user_id, name, gender, location, description, verified, follower_count,
               following_count, post_count, registered_us AS registered_at, source
        FROM accounts ORDER BY user_id""",
    "media": """
        SELECT media_id, arg_min(kind, rank) AS kind, arg_min(path, rank) AS path,
               arg_min(url, rank) AS url
        FROM post_pictures GROUP BY media_id ORDER BY media_id""",
    "post_media": """
        SELECT post_id, media_id, min(position)::INTEGER AS position
        FROM post_pictures GROUP BY ALL ORDER BY post_id, position, media_id""",
    "follows": "SELECT follower_id, followed_id FROM follow_pairs ORDER BY ALL",
    "mentions": """
        SELECT post_id, name, n.user_id FROM (
          SELECT DISTINCT post_id, unnest(list_append(mentions, reply_name)) AS name FROM merged
          WHERE NOT deleted AND (mentions IS NOT NULL OR reply_name IS NOT NULL)
        ) LEFT JOIN names n USING (name) WHERE name IS NOT NULL ORDER BY post_id, name""",
    "labels": """
        SELECT post_id, label_set, label, arg_min(source, seq) AS source
        FROM staged_labels GROUP BY ALL ORDER BY post_id, label_set, label""",
    "quarantine": 'SELECT source, "row", reason, raw FROM staged_quarantine ORDER BY seq',
}
_PICTURES = """
    CREATE TABLE post_pictures AS
    SELECT post_id, position - 1 AS position, seq << 16 | least(position, 65535) AS rank,
           item.media_id, item.kind, item.path, item.url
    FROM (SELECT post_id, seq, unnest(media) AS item, generate_subscripts(media, 1) AS position
          FROM merged WHERE media IS NOT NULL AND NOT deleted)"""


def write_tables(
    connection: duckdb.DuckDBPyConnection, folder: Path, sources: list[str]
) -> dict[str, int]:
    """Write every table of a Dump.

    The bytes depend on the rows alone: rows are in the order of their keys, row groups have a
    fixed size, and nothing of the run (time, paths, threads) goes into the files.

    Args:
        connection: has the tables that the queries name.
        folder: where ``<table>.parquet`` are written.
        sources: names of the sources by number.

    Returns:
        Rows by table.
    """
    connection.execute(_PICTURES)
    names = pa.array(sources, pa.string())
    written = {}
    for table, query in QUERIES.items():
        stream = connection.sql(query).to_arrow_reader(_STREAMED)
        file = folder / f"{table}.parquet"
        with pq.ParquetWriter(file, SCHEMAS[table], compression="zstd") as out:
            written[table] = 0
            for rows in _groups(stream):
                out.write_table(_finish(rows, SCHEMAS[table], names), row_group_size=ROW_GROUP)
                written[table] += rows.num_rows
    return written


def _groups(stream: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Regroup batches of any size into tables of ``ROW_GROUP`` rows, the last one shorter."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in stream:
        waiting.append(batch)
        count += batch.num_rows
        if count >= ROW_GROUP:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, ROW_GROUP).combine_chunks()
            waiting = table.slice(ROW_GROUP).to_batches()
            count -= ROW_GROUP
    if count:
        yield pa.Table.from_batches(waiting).combine_chunks()


def _finish(rows: pa.Table, schema: pa.Schema, sources: pa.Array) -> pa.Table:
    """Name the sources and the columns, and give them the types of the Dump."""
    if "source" in rows.column_names:
        place = rows.schema.get_field_index("source")
        named = pc.take(sources, rows["source"].cast(pa.int32()))
        rows = rows.set_column(place, "source", named)
    return rows.rename_columns(schema.names).cast(schema)
