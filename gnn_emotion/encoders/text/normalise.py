"""Weibo text as the encoders of this package read it: what varies without meaning is folded.

Emoticons, punctuation and repeated characters carry emotion and stay; links, names and numbers
carry little and become one sign each; traditional characters become simplified ones.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from opencc import OpenCC

from gnn_emotion.encoders.text.ngrams import code_points

#: Private-use signs that stand for a link, a user name and a number.
URL, NAME, NUMBER = "\ue001", "\ue002", "\ue003"
#: Chinese characters of the basic plane (CJK Unified Ideographs).
_IDEOGRAPHS = slice(0x4E00, 0xA000)
#: White space, character by character: engines do not agree on what a class of it holds.
_SPACE = "[\t-\r\x1c-\x1f \x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f]+"

#: (what a text must contain for the rule to matter, pattern, replacement), in this order.
RULES = (
    ("http", r"https?:[A-Za-z0-9_./?=&%#:~+-]*", URL),
    ("@", r"@[\p{L}\p{N}_·-]{1,30}", NAME),
    (None, r"[0-9]+([.,:%][0-9]+)*%?", NUMBER),
    # RE2 has no back-references, so runs are cut for the signs that people repeat.
    ("…", r"…+", "…"),
    ("。", r"。{2,}", "。。"),
    ("!", r"!{3,}", "!!!"),
    ("?", r"\?{3,}", "???"),
    ("哈", r"哈{3,}", "哈哈哈"),
    ("呵", r"呵{3,}", "呵呵呵"),
    ("啊", r"啊{3,}", "啊啊啊"),
    ("~", r"~{2,}", "~~"),
    (None, _SPACE, " "),
)


def normalise_text(texts: pa.Array) -> pa.Array:
    """Fold width, case, traditional characters, links, names, numbers and long runs.

    Args:
        texts: N strings; null stays null.

    Returns:
        N strings.
    """
    out = _fold_characters(texts)
    for needle, pattern, sign in RULES:
        out = _replace_where(out, needle, pattern, sign)
    return pc.utf8_trim(out, " ")


def _replace_where(texts: pa.Array, needle: str | None, pattern: str, sign: str) -> pa.Array:
    # The plain substring search is many times cheaper than the regex, and most texts have none.
    if needle is None:
        return pc.replace_substring_regex(texts, pattern=pattern, replacement=sign)
    hit = pc.fill_null(pc.match_substring(texts, needle), False)
    if not pc.any(hit).as_py():
        return texts
    changed = pc.replace_substring_regex(texts.filter(hit), pattern=pattern, replacement=sign)
    return pc.replace_with_mask(texts, hit, changed)


@functools.cache
def fold_table() -> npt.NDArray[np.uint32]:
    """Map each code point of the basic plane to its lower-case, half-width, simplified form.

    Characters are simplified one by one (OpenCC's table ``t2s``), so that n-grams and tokens of a
    text need no context. Half-width forms: the block of U+FF00, and the ideographic space.
    """
    table = np.arange(0x10000, dtype=np.uint32)
    table[0xFF01:0xFF5F] -= 0xFEE0
    table[0x3000] = 0x20
    table = np.where((table >= 0x41) & (table < 0x5B), table + 0x20, table)
    table[_IDEOGRAPHS] = _simplified()
    # What a character becomes may have a simpler form itself.
    return table[table]


def _simplified() -> list[int]:
    # A line each: words of several characters, which OpenCC would read otherwise, cannot arise.
    traditional = "\n".join(map(chr, range(_IDEOGRAPHS.start, _IDEOGRAPHS.stop)))
    lines = OpenCC("t2s").convert(traditional).split("\n")
    # What lies outside of the basic plane, or is more than a character, is left as it was.
    return [
        ord(new) if len(new) == 1 and ord(new) < 0x10000 else code
        for code, new in enumerate(lines, _IDEOGRAPHS.start)
    ]


def _fold_characters(texts: pa.Array) -> pa.Array:
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    points, starts = code_points(texts)
    table = fold_table()
    folded = np.where(points < 0x10000, table[np.minimum(points, 0xFFFF)], points)
    joined = folded.astype(np.uint32).tobytes().decode("utf-32-le").encode("utf-8")
    widths = np.where(
        folded < 0x80, 1, np.where(folded < 0x800, 2, np.where(folded < 0x10000, 3, 4))
    )
    ends = np.concatenate([[0], np.cumsum(widths)])[starts]
    out = pa.LargeStringArray.from_buffers(
        len(texts), pa.py_buffer(ends.astype(np.int64)), pa.py_buffer(joined)
    ).cast(pa.string())
    return pc.if_else(pc.is_null(texts), None, out)
