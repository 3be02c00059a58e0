"""The node and edge types of the graph. Nothing outside this list may be in a graph."""

from __future__ import annotations

from types import MappingProxyType

from gnn_emotion.schema.errors import GraphError, closest

EdgeType = tuple[str, str, str]

NODE_TYPES = ("post", "image", "video", "user")

#: The relations that a dump states, source first.
STATED: tuple[EdgeType, ...] = (
    ("user", "writes", "post"),
    ("post", "replies_to", "post"),
    ("post", "reposts", "post"),
    ("post", "in_thread", "post"),
    ("post", "mentions", "user"),
    ("user", "follows", "user"),
    ("post", "has_image", "image"),
    ("post", "has_video", "video"),
)


def reverse(edge_type: EdgeType) -> EdgeType:
    """Return the type of the same edges, read backwards."""
    src, relation, dst = edge_type
    return (dst, f"rev_{relation}", src)


#: The paths post - thread - post and post - user - post, kept to the last few earlier posts.
EARLIER_IN_THREAD: EdgeType = ("post", "earlier_in_thread", "post")
EARLIER_BY_USER: EdgeType = ("post", "earlier_by_user", "post")
DERIVED = (EARLIER_IN_THREAD, EARLIER_BY_USER)

#: Derived edges that are built where they are asked for: among posts that answer the same post,
#: among those of one author, and from the accounts that the author follows. The first two lead both
#: ways, for dumps that do not say when posts were written: a later post, though not heard where its
#: time is known, may stand in for an earlier one.
SIBLING: EdgeType = ("post", "sibling", "post")
SAME_AUTHOR: EdgeType = ("post", "same_author", "post")
BY_FOLLOWED: EdgeType = ("post", "by_followed", "post")
ON_REQUEST = (SIBLING, SAME_AUTHOR, BY_FOLLOWED)

EDGE_TYPES: tuple[EdgeType, ...] = (*STATED, *map(reverse, STATED), *DERIVED, *ON_REQUEST)

#: What a post carries. A layer passes it to that post; it is never passed on, so that it speaks for
#: no other post.
OWN_MEDIA: tuple[EdgeType, ...] = (
    ("image", "rev_has_image", "post"),
    ("video", "rev_has_video", "post"),
)

#: Relations along which a post learns only from what was there when it was written: its parent,
#: its root, earlier posts, its author's profile, and the pictures that it carries itself.
PAST_ONLY: tuple[EdgeType, ...] = (
    ("post", "rev_replies_to", "post"),
    ("post", "rev_reposts", "post"),
    ("post", "rev_in_thread", "post"),
    EARLIER_IN_THREAD,
    EARLIER_BY_USER,
    ("user", "writes", "post"),
    *OWN_MEDIA,
)

#: Relation names as strings, for configs and messages: ``post__replies_to__post``.
EDGE_NAMES = MappingProxyType({"__".join(edge_type): edge_type for edge_type in EDGE_TYPES})

#: ``post.time`` of a post whose time the dump does not say (seconds since 1970, UTC, otherwise).
UNKNOWN_TIME = -(2**62)
#: ``post.y`` of a post without a label.
UNLABELLED = -1


def edge_name(given: str) -> str:
    """Return the name of an edge type in ``EDGE_NAMES`` that is called by its relation alone.

    Args:
        given: such as ``rev_replies_to``, or the whole name.

    Raises:
        GraphError: no edge type is called that.
    """
    relations = {edge_type[1]: name for name, edge_type in EDGE_NAMES.items()}
    found = given if given in EDGE_NAMES else relations.get(given)
    if found is None:
        raise GraphError(f"unknown edge type {given!r}; {closest(given, relations)}")
    return found
