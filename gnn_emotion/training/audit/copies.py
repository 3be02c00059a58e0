"""Texts that stand in the train split too, word for word."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.training.audit.report import LEAK, AuditInput, Finding
from gnn_emotion.training.task import TRAIN

#: Addresses end where ASCII does (RFC 3986): Chinese words often follow without a space. Zero-width
#: characters, which Weibo's pages put behind texts, are spaces here.
_NOISE = re.compile(r"https?://[!-~]+|[\s\u200b-\u200d\u2060\ufeff]+", re.IGNORECASE)


def bare_texts(texts: pa.Array) -> list[str]:
    """Return texts without emoticons, addresses, spaces and case; empty for null."""
    plain = without_emoticons(texts.cast(pa.string())).fill_null("").to_pylist()
    return [_NOISE.sub("", text).lower() for text in plain]


def copies(given: AuditInput, bare: list[str]) -> list[Finding]:
    """Find judged posts whose text stands in the train split; empty texts are no copies."""
    train = {text for text, code in zip(bare, given.split, strict=True) if text and code == TRAIN}
    found = np.array([text in train for text in bare], dtype=bool) & (given.split > TRAIN)
    return leaking_texts("copies", found, given, "stand word for word in the train split")


def leaking_texts(
    name: str, found: npt.NDArray[np.bool_], given: AuditInput, what: str
) -> list[Finding]:
    """Say how many judged posts leak by their texts; nothing, where none does.

    Args:
        name: of the finding.
        found: which labels ``[M]``.
        given: all labels.
        what: what their texts do, for the message.
    """
    count, judged = int(found.sum()), int((given.split > TRAIN).sum())
    if not count:
        return []
    share = count / judged
    message = f"the texts of {count:,} of {judged:,} judged posts ({share:.1%}) {what}"
    return [Finding(name, LEAK, count, share, np.flatnonzero(found), message)]
