"""Texts that nearly stand in the train split: four fifths of their trigrams are the same."""

from __future__ import annotations

import numpy as np

from gnn_emotion.training.audit.copies import leaking_texts
from gnn_emotion.training.audit.minhash import candidates
from gnn_emotion.training.audit.report import AuditInput, Finding
from gnn_emotion.training.task import TRAIN

#: Jaccard index of character trigrams from which texts are near-copies.
_SIMILAR = 0.8
#: Shorter texts are alike by chance.
_SHORTEST = 8


def near_copies(given: AuditInput, bare: list[str]) -> list[Finding]:
    """Find judged posts whose text nearly stands in the train split, copies left out."""
    # In the order of the posts, each text once: neither sets nor what is said often decide.
    said = [
        dict.fromkeys(_long(bare, mask)) for mask in (given.split > TRAIN, given.split == TRAIN)
    ]
    asked = [text for text in said[0] if text not in said[1]]
    known = list(said[1])
    near = {
        text
        for text, places in zip(asked, candidates(asked, known), strict=True)
        if any(jaccard(text, known[place]) >= _SIMILAR for place in places)
    }
    found = np.array([text in near for text in bare], dtype=bool) & (given.split > TRAIN)
    return leaking_texts("near_copies", found, given, "nearly stand in the train split")


def jaccard(first: str, second: str) -> float:
    """Return the share of the trigrams of two texts that both have."""
    a, b = _trigrams(first), _trigrams(second)
    return len(a & b) / len(a | b)


def _trigrams(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(len(text) - 2)}


def _long(bare: list[str], mask: np.ndarray) -> list[str]:
    return [text for text, kept in zip(bare, mask, strict=True) if kept and len(text) >= _SHORTEST]
