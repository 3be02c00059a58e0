"""Conversations: each row of a session answers the one before it, by turn, time, or row.

The query runs in ``link_posts``. Sessions of two files are two, though they be called the same:
exports number theirs from 1.
"""

from __future__ import annotations

#: Makes ``sessions (post_id, parent_id, root_id, kind)``; what a row says itself comes before it.
SESSIONS = """
    CREATE TABLE sessions AS
    SELECT post_id, lag(post_id) OVER rows_before AS parent_id,
           first_value(post_id) OVER rows_before AS root_id,
           CASE WHEN lag(post_id) OVER rows_before IS NOT NULL THEN 'reply' END AS kind
    FROM merged WHERE session IS NOT NULL
    WINDOW rows_before AS (PARTITION BY source, session
                           ORDER BY turn NULLS LAST, created_us NULLS LAST, seq)"""
