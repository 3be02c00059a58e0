"""The text of a post as a reader sees it: HTML unwrapped, invisible letters and remnants gone.

Only rows that need it are touched: each step first finds them in the whole column.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

#: Zero-width space, byte order mark, the icon font's link sign, NUL.
_INVISIBLE = r"[\x{200b}\x{feff}\x{e627}\x00]"
#: A tag that Weibo writes; ``<3``, ``1 < 2`` and ``>_<`` are none.
_TAG = r"(?i)</?(?:a|span|img|br|p|div|i|b|em|strong|font|ul|li|svg|h[1-6])(?:\s[^<>]*|/)?>"
_LINE_END = r"(?i)<br(?:\s[^<>]*|/)?>|</(?:p|div|li)\s*>"
#: Emoticons are pictures; what they are called is the text.
_ALT = r"""(?i)<img\s(?:[^<>]*\s)?alt\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>/]+))[^<>]*>"""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
#: What is left of the button that folds a long text.
_FOLD = r"\s*收起(?:全文)?d[\s?]*$"

#: What is left of the button that unfolds it. Without the dots it is a word like any other.
_UNFOLD = r"(?:[.…\x{200b}]\s*全文|[.…?\x{200b}]\s*展开(?:全文)?)c?[\s?\x{200b}]*$"
_GONE = (
    r"^\s*(?:抱歉[，,]\s*(?:[此该]微博(?:已经?被|已[不删]|因|不[可存])|由于作者设置|根据作者设置|作者已设置|[你您]暂时没有)"
    r"|[此该]微博因被(?:多人)?(?:举报|投诉)"
    r"|[此该]微博已经?被(?:原?作者)?删除\s*(?:[。.，,]|$)"
    r"|该账号因被投[诉报]违反|根据博主设置[，,]\s*此内容无法访问)"
)


def clean_text(texts: pa.Array) -> pa.Array:
    """Clean the texts of posts.

    Args:
        texts: strings ``[N]``, HTML or not.

    Returns:
        Strings ``[N]``: the text of links, and of the pictures that stand for emoticons (their
        ``alt``), in place of HTML; line breaks for ``<br/>``; entities replaced; without
        invisible letters, the remnant ``收起d`` and white space at the ends. Emoticons such as
        ``[泪]`` and all that was plain text stay.
    """
    for pattern, text in ((_ALT, r"\1\2\3"), (_LINE_END, "\n"), (_TAG, "")):
        texts = _replace(texts, has(texts, "<"), pattern, text)
    texts = edit_rows(texts, has(texts, "&"), _unescape)
    texts = _replace(texts, pc.match_substring_regex(texts, _INVISIBLE), _INVISIBLE, "")
    texts = _replace(texts, has(texts, "收起"), _FOLD, "")
    return pc.utf8_trim_whitespace(texts)


def is_truncated(texts: pa.Array) -> pa.Array:
    """Tell which texts were cut, by the remnant of the button that shows the rest: bool ``[N]``."""
    maybe = pc.or_(pc.match_substring(texts, "全文"), pc.match_substring(texts, "展开"))
    return _confirm(maybe, texts, _UNFOLD)


def is_deleted(texts: pa.Array) -> pa.Array:
    """Tell which texts are notices that a post is gone or hidden: bool ``[N]``."""
    return pc.match_substring_regex(texts, _GONE)


def has(texts: pa.Array, part: str) -> pa.Array:
    """Tell which texts contain a string: bool ``[N]``, false where there is no text."""
    return pc.fill_null(pc.match_substring(texts, part), False)


def edit_rows(texts: pa.Array, mask: pa.Array, edit: Callable[[str], str]) -> pa.Array:
    """Return the texts with those of a mask (bool ``[N]``, no nulls) edited one by one."""
    if not pc.any(mask).as_py():
        return texts
    edited = pa.array([edit(text) for text in texts.filter(mask).to_pylist()], pa.string())
    return pc.replace_with_mask(texts, mask, edited)


def _replace(texts: pa.Array, mask: pa.Array, pattern: str, text: str) -> pa.Array:
    """Replace what a pattern matches, in the texts of a mask."""
    if not pc.any(mask).as_py():
        return texts
    mask = pc.fill_null(mask, False)
    changed = pc.replace_substring_regex(texts.filter(mask), pattern, text)
    return pc.replace_with_mask(texts, mask, changed)


def _confirm(maybe: pa.Array, texts: pa.Array, pattern: str) -> pa.Array:
    """Look for a pattern only where it may be."""
    mask = pc.fill_null(maybe, False)
    if not pc.any(mask).as_py():
        return maybe
    return pc.replace_with_mask(maybe, mask, pc.match_substring_regex(texts.filter(mask), pattern))


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
