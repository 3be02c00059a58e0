"""What a page says, in English and Chinese; emotions have the names of their label set."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType


@functools.cache
def words_of(language: str) -> Mapping[str, str]:
    """Return the texts of a page in a language, ``en`` or ``zh``, by name."""
    path = files("gnn_emotion.trends.report").joinpath(f"words_{language}.json")
    return MappingProxyType(json.loads(path.read_text(encoding="utf-8")))
