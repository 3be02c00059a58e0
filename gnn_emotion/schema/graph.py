"""The node and edge types of the graph. Nothing outside this list may be in a graph."""

from __future__ import annotations

from types import MappingProxyType

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

EDGE_TYPES: tuple[EdgeType, ...] = (*STATED, *map(reverse, STATED), *DERIVED)

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
