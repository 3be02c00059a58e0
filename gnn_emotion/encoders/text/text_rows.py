"""Encode each distinct text once: reposts and greetings repeat by the thousand in a dump."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.schema.features import MISSING, OK, EncoderSpec, Features

TEXTS_PER_PASS = 16_384
#: M texts, none blank -> vectors ``[M, D]``.
Embed = Callable[[list[str]], npt.NDArray[np.float32]]


def encode_distinct(ids: pa.Array, texts: pa.Array, spec: EncoderSpec, embed: Embed) -> Features:
    """Encode N texts; those that are null or blank are missing.

    Args:
        ids: N ids.
        texts: N texts.
        spec: what ``embed`` is.
        embed: encodes the distinct texts, in the order in which they first occur.

    Returns:
        Features ``[N, D]``.
    """
    words, place = distinct_texts(texts)
    vectors = np.zeros((len(words) + 1, spec.dim), dtype=np.float32)
    if words:
        vectors[:-1] = embed(words)
    present = place < len(words)
    status = np.where(present, OK, MISSING).astype(np.uint8)
    return Features(ids, vectors[place], present, status, spec)


def in_passes(
    texts: list[str], embed: Callable[[pa.Array], npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """Encode M texts part by part, one or more, which bounds the memory; the vectors ``[M, D]``."""
    passes = range(0, len(texts), TEXTS_PER_PASS)
    parts = (pa.array(texts[at : at + TEXTS_PER_PASS], pa.string()) for at in passes)
    return np.concatenate([embed(part) for part in parts])


def distinct_texts(texts: pa.Array) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Find the distinct texts.

    Args:
        texts: N texts.

    Returns:
        The M texts that are not blank, each once, without white space at the ends; and the place
        of each of the N among them, M for null and blank ``[N]``.
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    encoded = texts.dictionary_encode()
    stripped = [text.strip() for text in encoded.dictionary.to_pylist()]
    words = list(dict.fromkeys(text for text in stripped if text))
    place_of = {text: place for place, text in enumerate(words)}
    of_entry = [place_of.get(text, len(words)) for text in stripped]
    place = np.array([*of_entry, len(words)], dtype=np.int64)
    return words, place[encoded.indices.fill_null(len(of_entry)).to_numpy()]
