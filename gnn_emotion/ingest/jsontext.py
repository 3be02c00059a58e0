"""A stream of JSON text of any length, decoded value by value in bounded memory.

``json`` wants the whole text at once. Here the text at hand grows until the value at the cursor
is whole: it doubles, so that a long value is tried a few times only, not once a block.
"""

from __future__ import annotations

import io
import json
import re
from typing import Any, TextIO

BLOCK = 1 << 16
#: Characters. A longer value is not held: it is taken apart, or given up if it has no parts.
VALUE_LIMIT = 1 << 24
ENDS = "the JSON ends in the middle of a value"
_SHOWN = 500
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_IN_NUMBERS = "+-.eE0123456789"
#: Characters; the longest match that ``skip_to`` may have to find across two blocks.
_OVERLAP = 200


def _number(text: str) -> str:
    """Keep a number as it was written, for it may be an id; 12.0 was a whole number once."""
    return text.removesuffix(".0")


def _decoder(strict: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_int=str, parse_float=_number, parse_constant=lambda _: None, strict=strict
    )


_STRICT, _LENIENT = _decoder(True), _decoder(False)


class BrokenValueError(Exception):
    """What stands at the cursor is no JSON value."""


class LongValueError(BrokenValueError):
    """The value at the cursor is longer than ``VALUE_LIMIT``."""


class JsonText:
    """Text with a cursor.

    Args:
        stream: the text.

    Attributes:
        wasted: how many characters were decoded for values that turned out to be broken.
    """

    def __init__(self, stream: TextIO) -> None:
        self.wasted = 0
        self._stream = stream
        self._later = io.StringIO()
        self._text = ""
        self._at = 0

    def more(self) -> bool:
        """Read on, at least as much as is waiting already; false at the end."""
        waiting = self.waiting()
        size = max(BLOCK, len(waiting))
        block = self._later.read(size) or self._stream.read(size)
        self._text, self._at = waiting + block, 0
        return bool(block)

    def waiting(self) -> str:
        """Return what is read and not taken yet."""
        return self._text[self._at :]

    def space(self) -> str:
        """Step over white space and return what of it was read at once."""
        start = self._at
        self._at = _SPACE.match(self._text, start).end()  # type: ignore[union-attr]
        passed = self._text[start : self._at]
        while self._at == len(self._text) and self.more():
            self._at = _SPACE.match(self._text).end()  # type: ignore[union-attr]
        return passed

    def peek(self) -> str:
        """Step over white space; return the next character without taking it, '' at the end."""
        self.space()
        return self._text[self._at : self._at + 1]

    def take(self, character: str) -> bool:
        """Step over white space, and over the next character if it is this one."""
        found = self.peek() == character
        self._at += found
        return found

    def value(self) -> Any:
        """Decode the value at the cursor and step over it.

        Returns:
            Objects, lists, strings, booleans and None as Python has them; numbers as strings, the
            way they are written; NaN and infinities as None.

        Raises:
            LongValueError: the value is too long. The cursor stays before it.
            BrokenValueError: there is no whole value. The cursor stays.
        """
        self.space()
        decoder = _STRICT
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at)
                if end == len(self._text) and self._text[-1] not in ']}"' and self.more():
                    continue  # the rest of a number may be to come
                self._at = end
                return value
            except RecursionError as error:
                self.wasted += BLOCK
                raise BrokenValueError("broken JSON: brackets nested too deeply") from error
            except json.JSONDecodeError as error:
                if decoder is _STRICT and error.msg.startswith("Invalid control character"):
                    decoder = _LENIENT  # the end of a line, or a tab, as it is in a string
                else:
                    self._grow(error)

    def skip_to(self, start: re.Pattern[str]) -> str:
        """Step to the end of the next match behind the cursor, or to the end of the text.

        Returns:
            What was skipped, at most 500 characters of it.
        """
        first = self._at
        self._at += 1
        passed = self._text[first : self._at]
        while (found := start.search(self._text, self._at)) is None:
            keep = max(self._at, len(self._text) - _OVERLAP)
            passed += self._text[self._at : min(keep, self._at + _SHOWN)]
            self._at = keep
            if not self.more():
                passed += self._text[:_SHOWN]
                self._at = len(self._text)
                return passed[:_SHOWN]
        passed += self._text[self._at : min(found.start(), self._at + _SHOWN)]
        self._at = found.end()
        return passed[:_SHOWN]

    def _grow(self, error: json.JSONDecodeError) -> None:
        """Read on if the value may only be cut off by the end of the text at hand."""
        cut = error.msg.startswith("Unterminated") or _unfinished(error, self._text[error.pos :])
        if cut and len(self._text) - self._at > VALUE_LIMIT:
            raise LongValueError(f"longer than {VALUE_LIMIT:,} characters") from error
        if cut and self.more():
            return
        self.wasted += error.pos - self._at
        self._put_back()
        reason = f"broken JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise BrokenValueError(ENDS if cut else reason) from error

    def _put_back(self) -> None:
        """Keep the text at hand short, for every error of ``json`` counts its lines."""
        if len(self._text) > 4 * BLOCK:
            waiting = self.waiting()
            self._later = io.StringIO(waiting[BLOCK:] + self._later.read())
            self._text, self._at = waiting[:BLOCK], 0


def _unfinished(error: json.JSONDecodeError, rest: str) -> bool:
    """Tell whether the text from an error to its end is the start of something."""
    if len(rest) > max(map(len, _WORDS)):
        return False
    escape = error.msg.startswith("Invalid \\u")
    return escape or not rest.strip(_IN_NUMBERS) or any(w.startswith(rest) for w in _WORDS)
