"""Whose words are whose: reposts carry the chain ``own//@A:words of A//@B:words of B``.

Only the words before the first ``//@`` are the author's own; what follows are those of the post
that was reposted, then of the one before it, and so on. An answer to a comment starts with
``回复@NAME:``.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.text import has

#: What Weibo fills in where someone reposts without a word. Nobody's own words.
OWN_EMPTY = ("转发微博", "轉發微博", "转发", "轉發", "转发博文", "Repost", "repost", "//")
#: The name may be cut at the end of the text; in ``http://@`` the slashes are no separator.
_SEPARATOR = re.compile(
    r"(?<!http:)(?<!https:)//@(?:([^\s:：/@]{1,30})\s*[:：]|([^\s:：/@]{0,30})\s*$)"
)
_EMPTY_PATTERN = rf"^\s*(?:[:：]?(?:{'|'.join(OWN_EMPTY)})[。.:：]?)?\s*$"
_EMPTY = re.compile(_EMPTY_PATTERN)
#: No text of more bytes than this can be one of ``OWN_EMPTY`` with its full stop.
_EMPTY_BYTES = 32
_NAME = r"[^\s:：/@]{1,30}"
_REPLY = rf"^\s*回[复覆]\s*@\s*(?P<name>{_NAME})\s*[:：]"
_REPLIES = rf"^(?:\s*回[复覆]\s*@\s*{_NAME}\s*[:：])+\s*"


def split_chain(texts: pa.Array) -> pa.Table:
    """Take the author's own words from those that a repost repeats.

    Args:
        texts: clean texts ``[N]``.

    Returns:
        A table ``[N]``, null throughout where there is no text:
        ``own_text``: the author's words, empty where only ``OWN_EMPTY`` is left;
        ``parent_name``: who wrote the post that this one reposts directly, null without a chain;
        ``parent_text``: that post's own words, null without a chain;
        ``depth``: how many ancestors the chain names, int32.
    """
    mask = has(texts, "//@")
    parts = [_SEPARATOR.split(text) for text in texts.filter(mask).to_pylist()]
    own = texts
    names = pa.nulls(len(texts), pa.string())
    words = names
    depth = np.zeros(len(texts), np.int32)
    if parts:
        own = pc.replace_with_mask(texts, mask, _strings(part[0].strip() for part in parts))
        names = pc.replace_with_mask(names, mask, _strings(map(_parent_name, parts)))
        words = pc.replace_with_mask(words, mask, _strings(map(_parent_text, parts)))
        depth[mask.to_numpy(zero_copy_only=False)] = [len(part) // 3 for part in parts]
    depths = pa.array(depth, mask=texts.is_null().to_numpy(zero_copy_only=False))
    return pa.table(
        [_drop_empty(own), names, words, depths],
        ["own_text", "parent_name", "parent_text", "depth"],
    )


def reply_name(texts: pa.Array) -> pa.Array:
    """Read the name in ``回复@NAME:`` at the start of texts: strings ``[N]``, null without it."""
    maybe = pc.if_else(has(texts, "回"), texts, None)
    return pc.struct_field(pc.extract_regex(maybe, _REPLY), "name")


def strip_reply(texts: pa.Array) -> pa.Array:
    """Return the texts without ``回复@NAME:`` at their start."""
    mask = has(texts, "回")
    if not pc.any(mask).as_py():
        return texts
    bare = pc.replace_substring_regex(texts.filter(mask), _REPLIES, "")
    return pc.replace_with_mask(texts, mask, bare)


def _drop_empty(own: pa.Array) -> pa.Array:
    short = pc.fill_null(pc.less_equal(pc.binary_length(own), _EMPTY_BYTES), False)
    rows = np.flatnonzero(short)
    empty = pc.match_substring_regex(own.take(rows), _EMPTY_PATTERN)
    mask = np.zeros(len(own), np.bool_)
    mask[rows] = empty.to_numpy(zero_copy_only=False)
    return pc.if_else(pa.array(mask), "", own)


def _parent_name(parts: list[str]) -> str | None:
    return (parts[1] or parts[2]) or None if len(parts) > 1 else None


def _parent_text(parts: list[str]) -> str | None:
    if len(parts) == 1:
        return None
    words = parts[3].strip()
    return "" if _EMPTY.match(words) else words


def _strings(values: object) -> pa.Array:
    return pa.array(list(values), pa.string())  # type: ignore[call-overload]
