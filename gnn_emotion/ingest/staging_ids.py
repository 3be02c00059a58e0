"""Ids as join keys: one spelling for each post and each user, and none for what is damaged."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.fields import words
from gnn_emotion.ingest.ids import bids_to_mids, clean_ids, excel_damaged, is_bid, repair_ids

#: A link to a user's page; the id, or the name of the page, is its last part.
_USER_PAGE = r"^(?:https?:)?//(?:[a-z]+\.)?weibo\.(?:com|cn)/(?:u/|profile/)?(?P<id>[^/?#]+).*$"
#: What stands for the user of a post that is gone: no number, or the hash of no name (MD5, and
#: the start of SHA-256). As a user it would tie posts together that have nothing in common.
_NOBODY = pa.array(["0", "-1", "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c14"])


class PostIds(NamedTuple):
    """Ids of posts.

    Attributes:
        post_id: join keys ``[N]``; null where there is none, or it is damaged.
        bid: the base-62 ids ``[N]``, where the source has them.
    """

    post_id: pa.Array
    bid: pa.Array


def post_ids(ids: pa.Array, bids: pa.Array, damage: Counter[str]) -> PostIds:
    """Clean the ids of posts: a bid becomes the mid that it stands for.

    Args:
        ids: ids as read ``[N]``, mids or bids or whatever the source uses.
        bids: the base-62 ids as read ``[N]``.
        damage: counts what was repaired and refused.
    """
    ids, bids = words(clean_ids(ids)), words(clean_ids(bids))
    bids = pc.coalesce(bids, pc.if_else(is_bid(ids), ids, None))
    ids, repaired, refused = repair_ids(ids, bids)
    damage["repaired_ids"] += pc.sum(repaired).as_py() or 0
    damage["refused_ids"] += pc.sum(refused).as_py() or 0
    return PostIds(pc.if_else(refused, None, pc.coalesce(ids, bids)), bids)


def linked_ids(ids: pa.Array, damage: Counter[str]) -> pa.Array:
    """Clean the ids of parents and roots; a damaged one is null, for it would join the wrong post.

    Args:
        ids: ids as read ``[N]``.
        damage: counts what was refused.
    """
    ids = words(clean_ids(ids))
    damaged = pc.fill_null(excel_damaged(ids), False)
    damage["refused_links"] += pc.sum(damaged).as_py() or 0
    return pc.coalesce(bids_to_mids(ids), pc.if_else(damaged, None, ids))


def user_ids(ids: pa.Array, damage: Counter[str]) -> pa.Array:
    """Clean the ids of users; links to their pages become ids.

    Args:
        ids: ids as read ``[N]``.
        damage: counts what was refused.
    """
    ids = words(clean_ids(ids))
    if pc.any(pc.match_substring(ids, "//")).as_py():
        ids = pc.replace_substring_regex(ids, _USER_PAGE, r"\1")
    damaged = pc.fill_null(excel_damaged(ids), False)
    damage["refused_user_ids"] += pc.sum(damaged).as_py() or 0
    return pc.if_else(pc.or_(damaged, pc.is_in(ids, value_set=_NOBODY)), None, ids)


def named_rows(
    ids: pa.Array, source: str, row: pa.Array, embedded: pa.Array, place: pa.Array
) -> pa.Array:
    """Name the posts without an id by where they stood: ``<source>:<row>``.

    Args:
        ids: ids ``[N]``, null where there is none.
        source: name of the source.
        row: row numbers ``[N]``.
        embedded: whether the post lay inside another row ``[N]``; since a row may hold several,
            such a post has its place behind the row.
        place: number of the post among all that the source gave ``[N]``.
    """
    where = pc.binary_join_element_wise(source, row.cast(pa.string()), ":")
    inside = pc.binary_join_element_wise(where, place.cast(pa.string()), ".")
    return pc.coalesce(ids, pc.if_else(embedded, inside, where))
