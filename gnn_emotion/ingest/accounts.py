"""Who wrote: the accounts of a dump, by number, by hash or, at the worst, by nickname.

On Weibo a nickname belongs to one account at a time, so a name that only one number goes by is
that number; a name that two go by is nobody's. An author of whom nothing but the name is known
becomes an account of that name. Newer MediaCrawler files have ``creator_hash`` in place of the
number, the first 16 hex digits of its SHA-256: where another file has the number, they are one.
"""

from __future__ import annotations

import duckdb

#: A name with the middle starred out by the crawler fits many people.
_MASKED = "contains(name, '*')"
_LATEST = (
    "name",
    "gender",
    "location",
    "description",
    "verified",
    "follower_count",
    "following_count",
    "post_count",
)


def resolve_accounts(connection: duckdb.DuckDBPyConnection) -> int:
    """Make the tables ``aliases (hash, user_id)`` and ``names (name, user_id)``.

    Args:
        connection: has ``staged_posts``, ``staged_users`` and ``staged_follows``.

    Returns:
        How many names go by more than one account, and so resolve to none.
    """
    connection.execute(
        """CREATE TABLE raw_ids AS
             SELECT user_id FROM staged_posts UNION SELECT user_id FROM staged_users
             UNION SELECT follower_id FROM staged_follows UNION SELECT followed_id FROM staged_follows"""
    )
    connection.execute(
        """CREATE TABLE aliases AS
             WITH hashed AS (SELECT user_id FROM raw_ids
                             WHERE regexp_full_match(user_id, '[0-9a-f]{16}'))
             SELECT hashed.user_id AS hash, min(numbers.user_id) AS user_id
             FROM hashed JOIN (SELECT user_id FROM raw_ids
                               WHERE regexp_full_match(user_id, '[0-9]{1,15}')
                                 AND EXISTS (FROM hashed)) numbers
               ON hashed.user_id = substr(sha256(numbers.user_id), 1, 16)
             GROUP BY hashed.user_id"""
    )
    connection.execute(
        f"""CREATE TABLE named AS
              SELECT name, coalesce(a.user_id, s.user_id) AS user_id, max(seq) AS seq
              FROM (SELECT user_name AS name, user_id, seq FROM staged_posts
                    UNION ALL SELECT name, user_id, seq FROM staged_users) s
              LEFT JOIN aliases a ON s.user_id = a.hash
              WHERE name IS NOT NULL AND NOT {_MASKED} GROUP BY ALL"""
    )
    connection.execute(
        """CREATE TABLE names AS
             SELECT name, coalesce(min(user_id), 'name-' || substr(sha256(name), 1, 16)) AS user_id
             FROM named GROUP BY name HAVING count(user_id) <= 1"""
    )
    shared = "SELECT count(*) FROM (FROM named GROUP BY name HAVING count(user_id) > 1)"
    return int(connection.execute(shared.replace("(FROM", "(SELECT name FROM")).fetchall()[0][0])


def merge_users(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``accounts``: one row a user, everyone included who wrote or is followed.

    Args:
        connection: has ``staged_users``, ``staged_follows``, ``keys`` (posts with their final
            ``user_id``), ``aliases`` and ``names``.
    """
    latest = ", ".join(
        f"arg_max({name}, (coalesce(crawl_us, 0), seq)) AS {name}" for name in _LATEST
    )
    connection.execute(
        f"""CREATE TABLE accounts AS
              SELECT user_id, {latest}, min(registered_us) AS registered_us,
                     arg_min(source, seq) AS source
              FROM ({_PROFILES}) WHERE user_id IS NOT NULL GROUP BY user_id"""
    )


def known_users(table: str, column: str = "user_id", name: str = "name") -> str:
    """Write the query of a staged table with its ``user_id`` made final."""
    return (
        f"SELECT s.* REPLACE (coalesce(a.user_id, s.{column}, n.user_id) AS {column}) "
        f"FROM {table} s LEFT JOIN aliases a ON s.{column} = a.hash "
        f"LEFT JOIN names n ON s.{column} IS NULL AND s.{name} = n.name"
    )


_NOTHING = ", ".join(f"NULL AS {name}" for name in _LATEST[1:])
_PROFILES = f"""
    SELECT user_id, {", ".join(_LATEST)}, registered_us, crawl_us, seq, source
    FROM ({known_users("staged_users")})
    UNION ALL BY NAME
    SELECT user_id, user_name AS name, crawl_us, seq, source FROM keys
    UNION ALL BY NAME
    SELECT follower_id AS user_id, seq, source FROM follow_pairs
    UNION ALL BY NAME
    SELECT followed_id AS user_id, seq, source FROM follow_pairs"""


def merge_follows(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``follow_pairs``: each follower and followed once."""
    connection.execute(
        """CREATE TABLE follow_pairs AS
             SELECT coalesce(a.user_id, s.follower_id) AS follower_id,
                    coalesce(b.user_id, s.followed_id) AS followed_id,
                    min(seq) AS seq, arg_min(source, seq) AS source
             FROM staged_follows s
             LEFT JOIN aliases a ON s.follower_id = a.hash
             LEFT JOIN aliases b ON s.followed_id = b.hash
             GROUP BY 1, 2"""
    )
