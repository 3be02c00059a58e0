"""From the values of a JSON object to the raw columns of a record, as ``cells`` does for tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

#: Raw column -> key, or keys in order of preference; ``user.id`` is ``id`` in the object ``user``.
Keys = dict[str, str | tuple[str, ...]]
#: How MongoDB exports values whose type JSON does not have.
_WRAPPED = ("$oid", "$numberLong", "$numberInt", "$numberDouble", "$date")
_UNWRITABLE = re.compile("[\ud800-\udfff\0]")


def pick(value: Mapping[str, Any], keys: Mapping[str, str | tuple[str, ...]]) -> dict[str, Any]:
    """Take raw columns from an object.

    Returns:
        Raw column -> string, or None; of several keys the first one that says something.
    """
    found = {}
    for raw, names in keys.items():
        found[raw] = first(value, names) if isinstance(names, str) else first(value, *names)
    return found


def first(value: Mapping[str, Any], *keys: str) -> str | None:
    """Return the first of these keys that says something, as a string."""
    for key in keys:
        if found := as_text(value.get(key) if "." not in key else _inside(value, key)):
            return found
    return None


def _inside(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def as_text(value: Any) -> str | None:
    """Write a string, number or boolean as a string; anything else, and '', is None.

    A whole float is written without a point. Half of a surrogate pair becomes U+FFFD and NUL is
    dropped, since neither can be stored.
    """
    if isinstance(value, str):
        return value if value.isprintable() and value else _storable(value)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict) and len(value) == 1:
        value = next((value[kind] for kind in _WRAPPED if kind in value), None)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _storable(str(value)) if isinstance(value, str | int | float) else None


def _storable(text: str) -> str | None:
    return _UNWRITABLE.sub(lambda m: "" if m[0] == "\0" else "\ufffd", text) or None


def as_texts(value: Any) -> list[str] | None:
    """Write a list as a list of strings, leaving out what is none; None if nothing is left."""
    if not isinstance(value, list):
        return None
    return [text for item in value if (text := as_text(item))] or None


def child(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the object under a key; an empty one if there is none."""
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def children(value: Mapping[str, Any], key: str) -> Iterator[Any]:
    """Yield the elements of the list under a key; nothing if there is none."""
    inner = value.get(key)
    if isinstance(inner, list):
        yield from inner
