"""Texts that stand in the train split too: word for word, or nearly.

Near-copies share four fifths of their character trigrams (Jaccard index). Candidates come from
MinHash signatures cut into bands (Broder 1997; Leskovec et al. 2014, "Mining of Massive Datasets",
chapter 3): 64 hashes in 16 bands of 4 find a pair of similarity 0.8 with a chance of over 0.999.
Every candidate is then compared itself.
"""

from __future__ import annotations

import hashlib
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.training.audit.report import LEAK, AuditInput, Finding, Ints
from gnn_emotion.training.task import TRAIN

_HASHES, _BANDS = 64, 16
_SIMILAR = 0.8
#: Shorter texts are alike by chance.
_SHORTEST = 8
#: Texts of one bucket that are compared with each other; longer buckets are of phrases that
#: everybody writes.
_BUCKET = 64
_NOISE = re.compile(r"https?://\S+|\s+")


def bare_texts(texts: pa.Array) -> list[str]:
    """Return texts without emoticons, addresses, spaces and case; empty for null."""
    plain = without_emoticons(texts.cast(pa.string())).fill_null("").to_pylist()
    return [_NOISE.sub("", text).lower() for text in plain]


def copies(given: AuditInput, bare: list[str]) -> list[Finding]:
    """Find judged posts whose text stands in the train split."""
    train = {text for text, code in zip(bare, given.split, strict=True) if text and code == TRAIN}
    judged = given.split > TRAIN
    found = np.array([text in train for text in bare], dtype=bool) & judged
    return _finding("copies", found, judged, "stand word for word in the train split")


def near_copies(given: AuditInput, bare: list[str]) -> list[Finding]:
    """Find judged posts whose text nearly stands in the train split, copies left out."""
    train = {text for text, code in zip(bare, given.split, strict=True) if code == TRAIN}
    judged = given.split > TRAIN
    fresh = np.array([text not in train for text in bare], dtype=bool)
    long = np.array([len(text) >= _SHORTEST for text in bare], dtype=bool)
    asked, known = np.flatnonzero(judged & fresh & long), np.flatnonzero(~judged & long)
    known = known[given.split[known] == TRAIN]
    found = np.zeros(len(bare), dtype=bool)
    for one, other in sorted(_candidates(bare, asked, known)):
        if not found[one]:
            found[one] = _jaccard(bare[one], bare[other]) >= _SIMILAR
    return _finding("near_copies", found, judged, "nearly stand in the train split")


def _finding(
    name: str, found: npt.NDArray[np.bool_], judged: npt.NDArray[np.bool_], what: str
) -> list[Finding]:
    if not found.any():
        return []
    share = found.sum() / judged.sum()
    message = f"the texts of {found.sum():,} of {judged.sum():,} judged posts ({share:.1%}) {what}"
    return [Finding(name, LEAK, np.flatnonzero(found), float(share), message)]


def _candidates(bare: list[str], asked: Ints, known: Ints) -> set[tuple[int, int]]:
    """Return pairs (judged, train) that share a band of their signatures."""
    if not len(asked) or not len(known):
        return set()
    signatures = [_signatures([bare[at] for at in rows]) for rows in (asked, known)]
    pairs: set[tuple[int, int]] = set()
    width = _HASHES // _BANDS
    for band in range(0, _HASHES, width):
        buckets: dict[bytes, list[int]] = {}
        for at, signature in zip(known, signatures[1][:, band : band + width], strict=True):
            buckets.setdefault(signature.tobytes(), []).append(int(at))
        for at, signature in zip(asked, signatures[0][:, band : band + width], strict=True):
            same = buckets.get(signature.tobytes(), [])
            pairs |= {(int(at), other) for other in same[:_BUCKET]}
    return pairs


def _signatures(texts: list[str]) -> npt.NDArray[np.uint64]:
    """Return the MinHash signatures of texts ``[N, _HASHES]``.

    The hashes multiply and add modulo 2^64 (multiply-shift; Dietzfelbinger et al. 1997).
    """
    rng = np.random.default_rng(0)
    factor = rng.integers(0, 1 << 64, _HASHES, dtype=np.uint64) | np.uint64(1)
    shift = rng.integers(0, 1 << 64, _HASHES, dtype=np.uint64)
    out = np.empty((len(texts), _HASHES), dtype=np.uint64)
    for place, text in enumerate(texts):
        grams = np.array([_number(gram) for gram in _grams(text)], dtype=np.uint64)
        out[place] = (grams[:, None] * factor + shift).min(axis=0)
    return out


_NUMBERS: dict[str, int] = {}


def _number(gram: str) -> int:
    """Number a trigram, the same in every process."""
    found = _NUMBERS.get(gram)
    if found is None:
        digest = hashlib.blake2b(gram.encode(), digest_size=8).digest()
        found = _NUMBERS[gram] = int.from_bytes(digest, "big")
    return found


def _grams(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(max(len(text) - 2, 1))}


def _jaccard(first: str, second: str) -> float:
    a, b = _grams(first), _grams(second)
    return len(a & b) / len(a | b)
