"""Topics and mentions that a text names: ``#topic#`` and ``@name``."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from gnn_emotion.ingest.text import has

_TOPIC = re.compile(r"#([^#\n]{1,64})#")
#: A name after ``//@`` or ``回复@`` is an author's, not a mention; nor is the host of an e-mail.
_MENTION = re.compile(
    r"(?://@|回[复覆]\s*@(?=\s*[\w\-·*]{1,30}\s*[:：]))\s*[\w\-·*]{0,30}"
    r"|(?<=[A-Za-z0-9])@[A-Za-z0-9\-]+\.[A-Za-z]{2}"
    r"|@([\w\-·]{1,30})"
)


def topics(texts: pa.Array) -> pa.Array:
    """Find the topics of texts.

    Args:
        texts: clean texts ``[N]``.

    Returns:
        Lists of strings ``[N]`` without ``#``, each topic once, in order; never null.
    """
    return _lists(texts, "#", lambda text: map(str.strip, _TOPIC.findall(text)))


def mentions(texts: pa.Array) -> pa.Array:
    """Find who is mentioned in texts, except the authors in a chain of reposts and ``回复@``.

    Args:
        texts: clean texts ``[N]``.

    Returns:
        Lists of nicknames ``[N]`` without ``@``, each once, in order; never null.
    """
    return _lists(texts, "@", _MENTION.findall)


def _lists(texts: pa.Array, mark: str, find: Callable) -> pa.Array:
    mask = has(texts, mark)
    found = [list(dict.fromkeys(filter(None, find(t)))) for t in texts.filter(mask).to_pylist()]
    counts = np.zeros(len(texts) + 1, np.int32)
    counts[1:][mask.to_numpy(zero_copy_only=False)] = [len(names) for names in found]
    names = [name for row in found for name in row]
    return pa.ListArray.from_arrays(
        pa.array(np.cumsum(counts, dtype=np.int32)), pa.array(names, pa.string())
    )
