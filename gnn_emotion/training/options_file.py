"""Options as a TOML file that ``from_table`` reads, and with it ``gnn-emotion train --config``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gnn_emotion.training.train_options import TrainOptions

#: A key of TOML that needs no quotes (TOML 1.0, "Keys").
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def options_toml(options: TrainOptions) -> str:
    """Write all options down; read with ``tomllib`` and ``from_table``, they are the same again."""
    return to_toml(asdict(options))


def to_toml(table: Mapping[str, Any], name: str = "") -> str:
    """Write nested tables of texts, numbers, truth values and lists of them as TOML.

    Args:
        table: values by key; tables come after all others, as the format asks for.
        name: header of the table that this is, where it is not the file.
    """
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    lines = [f"{_key(key)} = {_value(value)}\n" for key, value in plain.items()]
    head = f"\n[{name}]\n" if name and (lines or not table) else ""
    inner = [
        to_toml(value, f"{name}.{_key(key)}" if name else _key(key))
        for key, value in table.items()
        if key not in plain
    ]
    return head + "".join(lines + inner)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _text(value)


def _text(text: str) -> str:
    # A JSON string is a basic string of TOML, but for the one control character that JSON allows.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
