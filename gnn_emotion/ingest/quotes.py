"""What ``//@`` chains quote of posts that nobody read: the nearest ancestor becomes a placeholder.

Crawls by user or by keyword hold few of the posts that theirs answer, but Weibo keeps the words of
the ancestors in the text. The nearest one is what a repost reacts to, so it is kept as context: a
placeholder with the words that were quoted.
"""

from __future__ import annotations

#: A stated parent that nobody read gets the quoted words. Where none is stated beside the root,
#: the quoted post gets a made-up id: who quotes the same words of the same author in the same
#: thread quotes the same post. The root itself is not in its reposts' chains, but its author is
#: where the words are not found again (edited, cut): then nothing is made up.
QUOTES = """
    CREATE TABLE quotes AS
    WITH quoting AS (
        SELECT k.post_id, k.root_id, k.parent_name, r.user_name AS root_name,
               k.parent_id IS NOT NULL AND k.parent_id IS DISTINCT FROM k.root_id AS stated,
               k.parent_id
        FROM keys k ANTI JOIN by_chain USING (post_id)
        LEFT JOIN keys r ON r.post_id = k.root_id
        WHERE NOT k.parent_wordless AND NOT k.deleted)
    SELECT q.post_id AS quoter, q.root_id, n.user_id, m.parent_text AS words,
           CASE WHEN stated THEN q.parent_id ELSE 'quote-' || substr(
               sha256(concat_ws(chr(31), coalesce(q.root_id, ''), q.parent_name, m.parent_text)),
               1, 16) END AS post_id
    FROM quoting q JOIN merged m USING (post_id) LEFT JOIN names n ON n.name = q.parent_name
    WHERE CASE WHEN stated THEN q.parent_id NOT IN (SELECT post_id FROM keys)
          ELSE q.root_name IS DISTINCT FROM q.parent_name END"""

#: One row a quoted post; quoters that do not agree on its words are settled in a fixed order.
QUOTED = """
    CREATE TABLE quoted AS
    SELECT post_id, min(root_id) AS root_id, min(user_id) AS user_id, min(words) AS words
    FROM quotes GROUP BY post_id"""
