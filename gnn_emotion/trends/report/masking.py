"""What is taken out of texts before others read them: what leads to people, and what is unseen.

Texts stay as they were written otherwise, so that whoever can search the network may still find who
wrote one; the page says so.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters of a text that are shown.
LONGEST = 280
#: Longest name of a topic that is shown whole.
_LONGEST_NAME = 60
#: What is masked -> what stands in its place. An address of mail before a name that begins with @.
_MASKS = (
    (
        re.compile(r"(?:https?://|www\.)[^\s\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]+", re.I),
        "[link]",
    ),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[mail]"),
    (re.compile(r"[@\uff20][\w\u00b7-]{1,30}"), "@…"),
    (re.compile(r"(?<!\d)\d(?:[ -]?\d){6,}"), "[number]"),
)
_HALF = re.compile("[\ud800-\udfff]")
#: Control characters, parts of characters, and marks that turn the order of all that follows.
_UNSEEN = frozenset(("Cc", "Cs", "Co", "Cn"))
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown_text(text: object) -> str:
    """Return a text as the page shows it: whole characters, masked, and cut where it is long."""
    masked = plain(text)
    for what, instead in _MASKS:
        masked = what.sub(instead, masked)
    return _cut(masked.strip(), LONGEST)


def shown_name(name: object) -> str:
    """Return the name of a topic as the page shows it."""
    return _cut(" ".join(plain(name).split()), _LONGEST_NAME)


def plain(text: object) -> str:
    """Return a text without what cannot be shown, each such character as U+FFFD."""
    return "".join(_character(sign) for sign in str(text))


def well_formed(text: object) -> str:
    """Return a text that can be written in UTF-8; what is no text is empty."""
    return _HALF.sub("\ufffd", text) if isinstance(text, str) else ""


def _character(sign: str) -> str:
    if sign == "\t" or sign in _TURNING:
        return " "
    return "\ufffd" if unicodedata.category(sign) in _UNSEEN and sign != "\n" else sign


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
