"""The values of a JSON file, whatever holds them: an array, lines, or objects one after another.

An array is never read as a whole; nor is an object that is too long to hold, such as a wrapper
around all posts of a file: it comes in pieces that look like small wrappers. Damage costs the
value it is in: reading goes on where the next value of the same layout starts.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from gnn_emotion.ingest.decode import decode_head, looks_binary, open_text
from gnn_emotion.ingest.jsontext import ENDS, BrokenValueError, JsonText, LongValueError
from gnn_emotion.ingest.numbered import Convert, Row, numbered, refused
from gnn_emotion.ingest.records import Record, Source

_NEXT_LINE = re.compile("\n")
_NEXT_OBJECT = re.compile("\n(?=[{\\[])")
_NEVER = re.compile(r"(?!)")
#: Characters. Decoding again behind every damage takes forever if all is damaged.
_PATIENCE = 1 << 30
_DEPTH = 4
_PROBED_LINES = 20


class Broken(NamedTuple):
    """A stretch of a file that is no JSON value."""

    reason: str
    raw: str


def values(source: Source) -> Iterator[Any]:
    """Yield the values of a JSON file: the elements of arrays, and what stands outside of them.

    An object or list that is too long comes in pieces: ``{"user": ..., "weibo": [a, b]}`` as
    ``{"user": ...}``, ``{"weibo": [a]}``, ``{"weibo": [b]}``.

    Yields:
        Values as ``JsonText.value`` returns them, and ``Broken`` for each damaged stretch.
    """
    with open_text(source.path).stream as stream:
        text = JsonText(stream)
        text.more()
        start = _NEXT_LINE if _line_by_line(text.waiting()) else _NEXT_OBJECT
        while text.peek():
            if text.take("["):
                yield from _elements(text)
            elif not text.take(","):
                yield from _value(text, start)


def records(source: Source, convert: Convert) -> Iterator[Record]:
    """Read a file of objects, numbering its rows from 1; what is no object is quarantined.

    Args:
        source: the file.
        convert: turns one object into the rows that it holds.
    """
    return numbered(row for value in values(source) for row in _rows(value, convert))


def is_json(head: bytes) -> bool:
    """Tell by its first character whether a file holds JSON objects or arrays."""
    return decode_head(head[:1000]).lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


@lru_cache(maxsize=1)
def first_object(head: bytes) -> dict[str, Any]:
    """Read the first object of a file from its first bytes, for sniffing.

    Returns:
        The object (or the first element of the array), as far as it is there; empty if the file
        does not start with one.
    """
    if looks_binary(head):
        return {}
    text = JsonText(io.StringIO(decode_head(head)))
    while text.take("["):
        pass
    found = _partial(text) if text.peek() == "{" else None
    return found if isinstance(found, dict) else {}


def _rows(value: Any, convert: Convert) -> Iterable[Row]:
    if isinstance(value, Broken):
        return [refused(*value)]
    if isinstance(value, dict):
        return convert(value)
    return [refused("not a JSON object", value)]


def _line_by_line(head: str) -> bool:
    """Tell whether a line of the head is a whole object: a bad line then ends with its line."""
    lines = head.split("\n", _PROBED_LINES)[:-1]
    for line in (line.strip() for line in lines):
        if line.startswith("{"):
            try:
                json.loads(line, strict=False)
            except (ValueError, RecursionError):
                continue
            return True
    return False


def _elements(text: JsonText) -> Iterator[Any]:
    """Yield the elements of the array that the cursor is in, and step behind it."""
    lead, key, value = text.space(), "", None
    while not text.take("]"):
        if not text.peek():
            if not isinstance(value, Broken):
                yield Broken("the JSON ends inside an array", "")
            return
        if text.take(","):
            continue
        for value in _value(text, _next_element(lead, key)):
            if isinstance(value, dict):
                key = next(iter(value), "")
            yield value


@lru_cache(maxsize=64)
def _next_element(lead: str, key: str) -> re.Pattern[str]:
    """Say where the next element starts, by what stands before the first one.

    In an array that is laid out in lines that is the line end and the indent; else a comma, and
    the key that the last element started with (objects inside the elements have others, mostly).
    """
    if "\n" in lead:
        return re.compile(re.escape(lead[lead.rindex("\n") :]) + r"(?=[{\[])")
    known = r"\s*" + re.escape(json.dumps(key)) if key.isascii() and key else ""
    return re.compile(r",\s{0,9}(?=\{" + known + ")")


def _value(text: JsonText, start: re.Pattern[str]) -> Iterator[Any]:
    """Yield the value at the cursor; or its pieces; or that it is broken, and find the next."""
    try:
        value = text.value()
    except BrokenValueError as error:
        # A wrapper around all posts of a file that is cut off still holds those before the cut.
        wrapper = start is _NEXT_OBJECT and str(error) == ENDS and text.peek() == "{"
        if wrapper or (isinstance(error, LongValueError) and text.peek() in "[{"):
            yield from _pieces(text, start, _DEPTH)
        else:
            yield _broken(text, error, start)
    else:
        yield value


def _broken(text: JsonText, error: BrokenValueError, start: re.Pattern[str]) -> Broken:
    reason = str(error)
    if text.wasted > _PATIENCE:
        return Broken(f"{reason}; too much is damaged to read on", text.skip_to(_NEVER))
    # Cut off at the end of the file, a value has no successor; but it may have swallowed some,
    # for want of a bracket, which only the layout of the lines can tell.
    if reason == ENDS and "\n" not in start.pattern:
        start = _NEVER
    return Broken(reason, text.skip_to(start))


def _pieces(text: JsonText, start: re.Pattern[str], depth: int) -> Iterator[Any]:
    """Yield the long object or array at the cursor in pieces of its own shape.

    Of one that the end of the file cuts off, only what holds whole objects is a piece: the rest
    of a post that is cut off is no post.
    """
    if text.take("["):
        for element in _elements(text):
            yield element if isinstance(element, Broken) else [element]
        return
    text.take("{")
    whole: dict[str, Any] = {}
    while not text.take("}"):
        text.take(",")
        try:
            key = _key(text)
            whole[key] = text.value()
        except BrokenValueError as error:
            cut = str(error) == ENDS or not text.peek()
            nested = (cut or isinstance(error, LongValueError)) and text.peek() in ("[", "{")
            if not nested or not depth:
                if whole and (not cut or any(map(_lists_objects, whole.values()))):
                    yield whole
                yield Broken(ENDS, "") if not text.peek() else _broken(text, error, start)
                return
            piece: Any = None
            for piece in _pieces(text, start, depth - 1):
                if isinstance(piece, Broken):
                    yield piece
                elif not cut or isinstance(piece, dict) or _lists_objects(piece):
                    if whole:
                        yield whole
                    whole = {}
                    yield {key: piece}
            if not text.peek():
                if not isinstance(piece, Broken):
                    yield Broken(ENDS, "")
                return
    if whole:
        yield whole


def _lists_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(element, dict) for element in value)


def _key(text: JsonText) -> str:
    key = text.value() if text.peek() == '"' else None
    if not isinstance(key, str) or not text.take(":"):
        raise BrokenValueError("broken JSON: expected a name and a colon")
    return key


def _partial(text: JsonText) -> Any:
    """Decode the value at the cursor as far as the text goes."""
    try:
        return text.value()
    except BrokenValueError:
        if text.take("["):
            return [_partial(text)]
    found: dict[str, Any] = {}
    if text.take("{"):
        try:
            while not text.take("}"):
                text.take(",")
                key = _key(text)
                found[key] = _partial(text)
        except BrokenValueError:
            pass
        return found
    return None
