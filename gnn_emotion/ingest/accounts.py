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
#: Time of the crawl, then rank, in one number: it is compared much faster than a pair.
_WHEN = "coalesce(crawl_us, 0)::HUGEINT << 48 | seq"
_BY_NAME = "'name-' || substr(sha256({}), 1, 16)"

_ALIASES = """
    CREATE TABLE aliases AS
    WITH ids AS (
        SELECT user_id FROM staged_posts UNION SELECT user_id FROM staged_users
        UNION SELECT follower_id FROM staged_follows UNION SELECT followed_id FROM staged_follows
    ), hashed AS (SELECT user_id FROM ids WHERE regexp_full_match(user_id, '[0-9a-f]{16}'))
    SELECT hashed.user_id AS hash, min(numbers.user_id) AS user_id
    FROM hashed JOIN (SELECT user_id FROM ids
                      WHERE regexp_full_match(user_id, '[0-9]{1,15}')
                        AND (SELECT count(*) FROM hashed) > 0) numbers
      ON hashed.user_id = substr(sha256(numbers.user_id), 1, 16)
    GROUP BY hashed.user_id"""

#: Every name with every account that goes by it; a null account where only the name is known.
#: What a speaker of a session is called names nobody outside of it.
_NAMED = f"""
    CREATE TABLE named AS
    SELECT name, coalesce(a.user_id, s.user_id) AS user_id, max(seq) AS seq,
           arg_max(source, seq) AS source
    FROM (SELECT user_name AS name, user_id, seq, source FROM staged_posts WHERE session IS NULL
          UNION ALL SELECT name, user_id, seq, source FROM staged_users) s
    LEFT JOIN aliases a ON s.user_id = a.hash
    WHERE name IS NOT NULL AND NOT {_MASKED} GROUP BY 1, 2"""

_NAMES = f"""
    CREATE TABLE names AS
    SELECT name, coalesce(min(user_id), {_BY_NAME.format("name")}) AS user_id
    FROM named GROUP BY name HAVING count(user_id) <= 1"""

#: A profile is an account even where its name is shared or starred out.
_KNOWN_USERS = f"""
    CREATE VIEW known_users AS
    SELECT s.* REPLACE (
        coalesce(a.user_id, s.user_id, n.user_id, {_BY_NAME.format("s.name")}) AS user_id)
    FROM staged_users s LEFT JOIN aliases a ON s.user_id = a.hash
    LEFT JOIN names n ON s.user_id IS NULL AND s.name = n.name"""

_KNOWN_FOLLOWS = """
    CREATE VIEW known_follows AS
    SELECT s.* REPLACE (coalesce(a.user_id, s.follower_id) AS follower_id,
                        coalesce(b.user_id, s.followed_id) AS followed_id)
    FROM staged_follows s
    LEFT JOIN aliases a ON s.follower_id = a.hash
    LEFT JOIN aliases b ON s.followed_id = b.hash"""

_SHARED = "SELECT count(*) FROM (SELECT name FROM named GROUP BY name HAVING count(user_id) > 1)"


def resolve_accounts(connection: duckdb.DuckDBPyConnection) -> int:
    """Make ``aliases (hash, user_id)``, ``named`` and ``names (name, user_id)``.

    Also the views ``known_users`` and ``known_follows``: the staged rows with final user ids.

    Args:
        connection: has ``staged_posts``, ``staged_users`` and ``staged_follows``.

    Returns:
        How many names go by more than one account, and so resolve to none.
    """
    for query in (_ALIASES, _NAMED, _NAMES, _KNOWN_USERS, _KNOWN_FOLLOWS):
        connection.execute(query)
    return int(connection.execute(_SHARED).fetchall()[0][0])


def merge_follows(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``follow_pairs``: each follower and followed once."""
    connection.execute(
        """CREATE TABLE follow_pairs AS
             SELECT follower_id, followed_id, min(seq) AS seq, arg_min(source, seq) AS source
             FROM known_follows GROUP BY follower_id, followed_id"""
    )


_PROFILES = f"""
    SELECT user_id, {", ".join(_LATEST)}, registered_us, crawl_us, seq, source FROM known_users
    UNION ALL BY NAME
    SELECT user_id, user_name AS name, crawl_us, seq, source FROM keys
    UNION ALL BY NAME
    SELECT n.user_id, name, d.seq, d.source FROM names n JOIN named d USING (name)
    UNION ALL BY NAME
    SELECT follower_id AS user_id, seq, source FROM follow_pairs
    UNION ALL BY NAME
    SELECT followed_id AS user_id, seq, source FROM follow_pairs"""


def merge_users(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``accounts``: one row a user, everyone included who is referred to.

    Args:
        connection: has what ``resolve_accounts`` made, ``follow_pairs`` and ``keys`` (posts with
            their final ``user_id``).
    """
    latest = ", ".join(f"arg_max({name}, {_WHEN}) AS {name}" for name in _LATEST)
    connection.execute(
        f"""CREATE TABLE accounts AS
              SELECT user_id, {latest}, min(registered_us) AS registered_us,
                     arg_min(source, seq) AS source
              FROM ({_PROFILES}) WHERE user_id IS NOT NULL GROUP BY user_id"""
    )
