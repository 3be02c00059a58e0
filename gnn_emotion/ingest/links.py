"""Joins the posts into threads: nearer parents from ``//@`` chains, placeholders, roots, kinds."""

from __future__ import annotations

from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from gnn_emotion.ingest.quotes import QUOTED, QUOTES
from gnn_emotion.ingest.sessions import SESSIONS
from gnn_emotion.ingest.threads import NONE, build_threads


class Links(NamedTuple):
    """What was found while joining.

    Attributes:
        by_chain: posts whose parent was found by the name and words in their ``//@`` chain.
        own_parents: posts that were their own parent.
        in_cycles: posts whose parents went round in a circle.
    """

    by_chain: int
    own_parents: int
    in_cycles: int


#: 0 and -1 stand for no post in most sources; in a table numbered from 0 they are one.
_NO_POST = """
    CREATE TEMP MACRO _post(id) AS CASE
        WHEN id NOT IN ('0', '-1') OR id IN (SELECT post_id FROM zeros) THEN id END"""
_ZEROS = "CREATE TABLE zeros AS SELECT post_id FROM merged WHERE post_id IN ('0', '-1')"

#: What of a post takes part in the joins. Words are compared by their hash, and only to find out
#: which of the posts of one author is meant.
_KEYS = """
    CREATE TABLE keys AS
    SELECT post_id, user_id, coalesce(user_name, names_of.name) AS user_name,
           _post(parent_id) AS parent_id, _post(root_id) AS root_id, kind, reply_name, parent_name,
           hash(own_text) AS words, own_text = '' AS wordless,
           hash(parent_text) AS parent_words, coalesce(parent_text, '') = '' AS parent_wordless,
           deleted, created_us, crawl_us, seq, source
    FROM (SELECT m.* REPLACE (coalesce(a.user_id, m.user_id, n.user_id) AS user_id,
                              coalesce(m.parent_id, s.parent_id) AS parent_id,
                              coalesce(m.root_id, s.root_id) AS root_id,
                              coalesce(m.kind, s.kind) AS kind)
          FROM merged m LEFT JOIN aliases a ON m.user_id = a.hash
          LEFT JOIN sessions s ON s.post_id = m.post_id
          LEFT JOIN names n ON m.user_id IS NULL AND m.user_name = n.name)
    LEFT JOIN (SELECT user_id, arg_max(name, seq) AS name FROM named
               WHERE user_id IS NOT NULL GROUP BY user_id) names_of USING (user_id)"""

#: Posts to look for by author and words: those of a thread, and, where a post does not say its
#: thread, all. A post that is not the only one of its author with these words is not found.
_ANCESTORS = """
    CREATE TABLE ancestors AS
    WITH spoken AS (FROM keys WHERE user_name IS NOT NULL AND NOT deleted)
    SELECT thread, user_name, words, any_value(post_id) AS post_id FROM (
        SELECT root_id AS thread, * FROM spoken WHERE root_id IS NOT NULL AND root_id != post_id
        UNION ALL SELECT post_id AS thread, * FROM spoken
        UNION ALL SELECT '' AS thread, * FROM spoken WHERE NOT wordless
    ) GROUP BY ALL HAVING count(*) = 1"""

_BY_CHAIN = """
    CREATE TABLE by_chain AS
    SELECT k.post_id, a.post_id AS parent_id
    FROM keys k JOIN ancestors a
      ON a.thread = coalesce(k.root_id, '') AND a.user_name = k.parent_name
         AND a.words = k.parent_words
    JOIN keys p ON p.post_id = a.post_id
    WHERE k.parent_id IS NOT DISTINCT FROM k.root_id AND a.post_id != k.post_id
      AND NOT (k.root_id IS NULL AND k.parent_wordless)
      AND coalesce(p.created_us <= k.created_us, true)"""

#: Parents and roots that nobody read. Whoever hangs on one says which thread it is in.
_MISSING = """
    CREATE TABLE missing AS
    SELECT post_id, min(root_id) AS root_id, min(kind) AS kind FROM (
        SELECT parent_id AS post_id, nullif(root_id, parent_id) AS root_id,
               CASE WHEN root_id = parent_id OR root_id IS NULL THEN 'original'
                    WHEN kind IN ('comment', 'reply') THEN 'comment' ELSE 'repost' END AS kind
        FROM keys
        UNION ALL SELECT root_id, NULL, 'original' FROM keys
        UNION ALL SELECT post_id, nullif(root_id, post_id),
                         CASE WHEN root_id IS NULL THEN 'original' ELSE 'repost' END FROM quoted
    ) WHERE post_id IS NOT NULL AND post_id NOT IN (SELECT post_id FROM keys)
    GROUP BY post_id"""

#: Only what the threads and kinds need: all of it is sorted.
_NODES = """
    CREATE TABLE nodes AS
    SELECT row_number() OVER (ORDER BY post_id) - 1 AS place, * FROM (
        SELECT k.post_id, k.user_id, coalesce(c.parent_id, q.post_id, k.parent_id) AS parent_id,
               k.root_id, kind,
               parent_name IS NOT NULL AS quotes, reply_name IS NOT NULL AS replies,
               CASE WHEN deleted THEN 'deleted' ELSE 'ok' END AS status
        FROM keys k LEFT JOIN by_chain c USING (post_id)
        LEFT JOIN quotes q ON q.quoter = k.post_id
        UNION ALL BY NAME
        SELECT m.post_id, q.user_id, m.root_id, kind, 'placeholder' AS status
        FROM missing m LEFT JOIN quoted q USING (post_id)
    )"""

_PLACES = """
    SELECT n.place, coalesce(p.place, -1) AS parent, coalesce(r.place, -1) AS root,
           n.status != 'placeholder' AS known
    FROM nodes n LEFT JOIN nodes p ON n.parent_id = p.post_id
    LEFT JOIN nodes r ON n.root_id = r.post_id ORDER BY n.place"""

_LINKS = """
    CREATE TABLE links AS
    SELECT n.post_id, n.user_id, p.post_id AS parent_id, r.post_id AS root_id,
           CASE WHEN n.kind IS NOT NULL THEN n.kind
                WHEN p.kind IN ('comment', 'reply') THEN 'reply'
                WHEN n.replies AND NOT n.quotes THEN 'reply'
                WHEN p.post_id IS NOT NULL OR n.quotes THEN 'repost'
                ELSE 'original' END AS kind,
           n.status
    FROM nodes n JOIN settled s USING (place)
    LEFT JOIN nodes p ON s.parent = p.place
    JOIN nodes r ON s.root = r.place"""


def link_posts(connection: duckdb.DuckDBPyConnection) -> Links:
    """Make the table ``links (post_id, user_id, parent_id, root_id, kind, status)``.

    Every post has a row, and so has every parent and root that nobody read; ``root_id`` is never
    null: a post that starts a thread is its own root.

    Args:
        connection: has ``merged``, ``names``, ``named`` and ``aliases``.

    Returns:
        What was found and cut.
    """
    for query in (
        _ZEROS,
        _NO_POST,
        SESSIONS,
        _KEYS,
        _ANCESTORS,
        _BY_CHAIN,
        QUOTES,
        QUOTED,
        _MISSING,
        _NODES,
    ):
        connection.execute(query)
    places = connection.execute(_PLACES).fetchnumpy()
    threads = build_threads(
        np.asarray(places["parent"]), np.asarray(places["root"]), np.asarray(places["known"])
    )
    settled = pa.table(
        {
            "place": places["place"],
            "parent": pa.array(threads.parent, mask=threads.parent == NONE),
            "root": threads.root,
        }
    )
    connection.register("settled", settled)
    connection.execute(_LINKS)
    connection.unregister("settled")
    found = connection.execute("SELECT count(*) FROM by_chain").fetchall()[0][0]
    return Links(int(found), threads.own_parents, threads.in_cycles)
