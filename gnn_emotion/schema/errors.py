"""The exceptions that a user may see, and the closest-match hint that their messages share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GnnEmotionError(Exception):
    """Base of every error with a one-line message for the user (exit code 1)."""


class DumpError(GnnEmotionError):
    """A dump, or a file of it, cannot be read at all."""


class LabelError(GnnEmotionError, ValueError):
    """A label, a label set or a conversion between sets is not known or not allowed."""


class ContractError(GnnEmotionError):
    """A checkpoint and the features it is given do not fit together."""


class GraphError(GnnEmotionError):
    """A graph breaks one of the rules that every graph is checked against."""


def closest(name: str, known: Iterable[str]) -> str:
    """Say what exists, nearest spelling first.

    Args:
        name: what the user wrote.
        known: the names that exist.

    Returns:
        A sentence such as ``did you mean 'smp2020'? Known: 'ekman7', 'smp2020'``.
    """
    names = sorted(known)
    match = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {match[0]!r}? " if match else ""
    return f"{hint}Known: {', '.join(map(repr, names)) or 'none'}"
