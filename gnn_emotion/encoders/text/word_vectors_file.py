"""Read word vectors that others trained: the text or binary format of word2vec, gzipped or not.

The format (Mikolov et al. 2013, word2vec.c): a line ``words width``, then a row a word: the word, a
space, and its numbers, as text or as float32.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.errors import ContractError

_TOO_LARGE = 1e4


def import_gensim() -> Any:
    """Import gensim's models.

    Raises:
        ContractError: it is not installed.
    """
    try:
        import gensim.models
    except ImportError as error:
        raise ContractError(
            f"word vectors need gensim ({error}); expected it installed: "
            "pip install 'gnn-emotion[words]'"
        ) from error
    return gensim.models


def read_word_vectors(path: Path) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Read a file of word vectors.

    Args:
        path: text or binary, told by its first row; ``.gz`` where it is compressed.

    Returns:
        V words, and their vectors ``[V, D]``.

    Raises:
        ContractError: it is missing or damaged.
    """
    keyed_vectors = import_gensim().KeyedVectors
    try:
        binary = _is_binary(path)
        # Vocabularies of word2vec.c hold words that were cut in the middle of a letter.
        found = keyed_vectors.load_word2vec_format(
            str(path), binary=binary, unicode_errors="replace"
        )
    except (OSError, ValueError, EOFError, IndexError, MemoryError) as error:
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise ContractError(
            f"word vectors {str(path)!r} cannot be read: {reason}; expected the text or binary "
            "format of word2vec, with a first line 'words width'"
        ) from error
    vectors = np.asarray(found.vectors, dtype=np.float32)
    if not len(vectors) or not (np.abs(vectors) < _TOO_LARGE).all():
        raise ContractError(
            f"word vectors {str(path)!r} hold {len(vectors)} words, and values that are not finite "
            f"or not below {_TOO_LARGE:g}; expected one word or more and smaller values: is the "
            "file damaged?"
        )
    return list(found.index_to_key), vectors


def _is_binary(path: Path) -> bool:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        width = int(stream.readline().split()[1])
        row = stream.read(64 * width + 1024).split(b"\n")[0].split()
    try:
        return len([float(number) for number in row[-width:]]) < width
    except ValueError:
        return True
