"""What is taken out of texts before others read them: what leads to people, and what is unseen.

Texts stay as they were written otherwise, so that whoever can search the network may still find who
wrote one; the page says so.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters of a text that are shown.
LONGEST = 280
#: Characters that are read for them: masks make texts shorter, but not without end.
_READ = 20 * LONGEST
#: Longest name of a topic that is shown whole.
_LONGEST_NAME = 60
#: What a host ends in where neither a scheme nor a plain @ tells that it is one.
_TOP = r"(?:com|cn|net|org|edu|gov|hk|tw|io|me|cc)(?![a-z0-9])"
#: What may stand between the digits of a number that is written so that machines do not see it.
_BETWEEN = r"[ \t\u3000.\u00b7\uff0e\u2010-\u2015\uff0d\u200b-\u200d\u2060\ufeff-]{0,2}"
_SPACED = r"(?:[a-z0-9-]{1,63} ?[.\uff0e\u3002] ?){1,8}"
_REST = r"[^\s\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]"
#: What is masked -> what stands in its place. An address of mail before a name that begins with @,
#: and before a host that stands alone.
_MASKS = tuple(
    (re.compile(pattern, re.I), instead)
    for pattern, instead in (
        (rf"(?:https?[:\uff1a]//|www\.){_REST}+", "[link]"),
        (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", "[mail]"),
        (rf"[a-z0-9._+-]{{1,64}} ?[@\uff20] ?{_SPACED}{_TOP}", "[mail]"),
        (rf"(?<![a-z0-9@\uff20.-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}{_TOP}(?:/{_REST}*)?", "[link]"),
        (r"[@\uff20][ \u3000]?[\w\u00b7-]{1,30}", "@…"),
        (rf"(?<!\d)\d(?:{_BETWEEN}\d){{6,}}", "[number]"),
        ("[零〇一二三四五六七八九]{7,}", "[number]"),
    )
)
_HALF = re.compile("[\ud800-\udfff]")
#: Control characters, parts of characters, and marks that turn the order of all that follows.
_UNSEEN = frozenset(("Cc", "Cs", "Co", "Cn"))
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown_text(text: object) -> str:
    """Return a text as the page shows it: whole characters, masked, and cut where it is long."""
    masked = plain(str(text)[:_READ])
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
