"""The name of a text encoder, with its options: ``NAME`` or ``NAME?option=value&option=value``.

One string says which encoder and how, so that a command line, a checkpoint and a model card can all
hold it: ``tfidf?units=words&dim=64``, ``hfl/chinese-roberta-wwm-ext?pooling=cls``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from urllib.parse import parse_qsl

from gnn_emotion.encoders.text.word_lists import read_word_list
from gnn_emotion.schema.errors import ContractError, closest

T = TypeVar("T")


def split_name(name: str) -> tuple[str, dict[str, str]]:
    """Split a name from its options.

    Args:
        name: ``NAME`` or ``NAME?option=value&...``.

    Raises:
        ContractError: what follows the question mark is no list of options.
    """
    plain, mark, query = name.partition("?")
    try:
        return plain, dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(mark)))
    except ValueError as error:
        raise ContractError(
            f"encoder {name!r}: {query!r} is no list of options; expected "
            "'NAME?option=value&option=value'"
        ) from error


def read_options(name: str, kind: type[T], stated: Mapping[str, str], **fixed: object) -> T:
    """Make the options of an encoder from what its name states.

    Args:
        name: of the encoder, for messages.
        kind: the dataclass of its options, all with a default, some dataclasses themselves.
        stated: option -> value. A list of words is the file that holds it, one word a line; of
            ``keep_tags`` the tags themselves, with commas.
        fixed: options that are said already, and may not be stated.

    Raises:
        ContractError: an option is not known, or has no value of its kind.
    """
    known = set(_names(kind)) - set(fixed)
    for option in stated:
        if option not in known:
            raise ContractError(
                f"encoder {name!r}: unknown option {option!r}; {closest(option, known)}"
            )
    try:
        made: T = _build(kind(), stated, fixed)
        return made
    except ValueError as error:
        raise ContractError(f"encoder {name!r}: {error}") from error


def _names(kind: Any) -> Iterator[str]:
    hints = get_type_hints(kind)
    for field in fields(kind):
        nested = hints[field.name]
        yield from _names(nested) if is_dataclass(nested) else (field.name,)


def _build(base: Any, stated: Mapping[str, str], fixed: Mapping[str, object]) -> Any:
    """Return a dataclass with what is stated in place of its values; those within it as well."""
    values = {}
    for name, hint in get_type_hints(type(base)).items():
        if is_dataclass(hint):
            values[name] = _build(getattr(base, name), stated, fixed)
        elif name in fixed:
            values[name] = fixed[name]
        elif name in stated:
            values[name] = _convert(name, stated[name], hint)
    return replace(base, **values)


def _convert(name: str, value: str, hint: Any) -> object:
    if name == "keep_tags":
        return tuple(value.split(","))
    if hint not in (int, float, str):
        return read_word_list(Path(value))
    try:
        return hint(value)
    except ValueError:
        raise ValueError(f"{name} is {value!r}, expected a value of type {hint.__name__}") from None
