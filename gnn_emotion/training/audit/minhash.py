"""Texts that may be alike, without comparing each with each.

Signatures of character trigrams (MinHash) are cut into bands; texts that share a band are
candidates (Broder 1997; Leskovec et al. 2014, "Mining of Massive Datasets", chapter 3). 64 hashes
in 16 bands of 4 find a pair of Jaccard index 0.8 with a chance of over 0.999.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

_HASHES, _BANDS = 64, 16
#: Texts of one bucket that are candidates; longer buckets are of phrases that everybody writes.
_BUCKET = 64
#: Trigrams that are hashed at once: 64 hashes of each take 16 MB.
_AT_ONCE = 1 << 15
#: Bits of a code point.
_BITS = np.uint64(21)

Words = npt.NDArray[np.uint64]


def candidates(asked: list[str], known: list[str]) -> list[set[int]]:
    """Return, for each text that is asked about, positions of known texts that may be like it.

    Args:
        asked: texts of three characters or more ``[A]``.
        known: the like ``[B]``, each once.
    """
    found: list[set[int]] = [set() for _ in asked]
    if not asked or not known:
        return found
    ours, theirs = signatures(asked), signatures(known)
    width = _HASHES // _BANDS
    for first in range(0, _HASHES, width):
        band = slice(first, first + width)
        buckets: dict[bytes, list[int]] = {}
        for place, key in enumerate(_keys(theirs[:, band])):
            buckets.setdefault(key, []).append(place)
        for place, key in enumerate(_keys(ours[:, band])):
            found[place].update(buckets.get(key, ())[:_BUCKET])
    return found


def signatures(texts: list[str]) -> Words:
    """Return the MinHash signatures of texts ``[N, 64]``, the same in every process.

    Args:
        texts: of three characters or more.
    """
    out = np.empty((len(texts), _HASHES), dtype=np.uint64)
    rng = np.random.default_rng(0)
    seeds = rng.integers(0, 1 << 63, (_HASHES, 1), dtype=np.uint64)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    for chunk in _chunks(lengths):
        grams, starts = _trigrams(texts[chunk], lengths[chunk])
        hashed = _mixed(grams[None, :] ^ seeds)
        out[chunk] = np.minimum.reduceat(hashed, starts, axis=1).T
    return out


def _chunks(lengths: npt.NDArray[np.int64]) -> Iterator[slice]:
    """Cut texts into runs of about ``_AT_ONCE`` characters, a text at least."""
    number = np.cumsum(lengths) // _AT_ONCE
    cuts = np.flatnonzero(np.diff(number)) + 1
    bounds = [0, *cuts.tolist(), len(lengths)]
    return (slice(a, b) for a, b in pairwise(bounds) if a < b)


def _trigrams(
    texts: list[str], lengths: npt.NDArray[np.int64]
) -> tuple[Words, npt.NDArray[np.int64]]:
    """Number the trigrams of texts by their code points, and tell where each text begins."""
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    grams = (points[:-2] << _BITS | points[1:-1]) << _BITS | points[2:]
    ends = np.cumsum(lengths)
    inside = np.ones(len(points), dtype=bool)
    inside[ends - 1] = inside[ends - 2] = False  # these would reach into the next text
    counts = lengths - 2
    return grams[inside[:-2]], np.cumsum(counts) - counts


def _mixed(values: Words) -> Words:
    """Scatter numbers over 64 bits: the finaliser of SplitMix64 (Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _keys(band: Words) -> Iterator[bytes]:
    return (row.tobytes() for row in np.ascontiguousarray(band))
