"""Tokenised texts in memory: one array of numbers, and batches of texts of like length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tqdm import tqdm

from gnn_emotion.encoders.text.weibo_tokenizer import SPECIAL, WeiboTokenizer

_TEXTS_PER_PASS = 65_536
#: Texts are sorted by length within pools of so many batches: which texts meet stays random.
_BATCHES_PER_POOL = 64


@dataclass(frozen=True)
class TokenStore:
    """Tokens of N texts, end to end.

    Attributes:
        tokens: ``[T]``.
        starts: where each text starts ``[N + 1]``.
    """

    tokens: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each text ``[N]``."""
        return np.diff(self.starts)

    def padded(self, rows: npt.NDArray[np.int64], padding: int) -> npt.NDArray[np.int64]:
        """Lay texts side by side ``[B, T]``, as long as the longest of them."""
        lengths = self.lengths[rows]
        places = np.arange(lengths.max(initial=1))
        inside = places < lengths[:, None]
        at = np.where(inside, self.starts[rows][:, None] + places, 0)
        return np.where(inside, self.tokens[at], padding).astype(np.int64)


def tokenise(tokenizer: WeiboTokenizer, texts: pa.Array, fewest: int = 0) -> TokenStore:
    """Tokenise texts.

    Args:
        tokenizer: with ``model_max_length``, at which texts are cut.
        texts: N texts; null counts as empty.
        fewest: texts of fewer tokens are left out.
    """
    found, lengths = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int64)]
    passes = range(0, len(texts), _TEXTS_PER_PASS)
    for start in tqdm(passes, desc="tokenise", unit="pass", disable=None):
        part = texts.slice(start, _TEXTS_PER_PASS).fill_null("").to_pylist()
        rows = tokenizer(part, truncation=True, return_attention_mask=False)["input_ids"]
        rows = [row for row in rows if len(row) >= fewest]
        lengths.append(np.array([len(row) for row in rows], dtype=np.int64))
        found.append(np.concatenate([found[0], *rows]).astype(np.int32))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    return TokenStore(np.concatenate(found), starts)


def batches(
    store: TokenStore, rows: npt.NDArray[np.int64], tokens_per_batch: int, seed: tuple[int, ...]
) -> Iterator[npt.NDArray[np.int64]]:
    """Yield rows in a random order, texts of like length together, padding counted.

    Args:
        store: the texts.
        rows: which of them.
        tokens_per_batch: B x T at most.
        seed: the same gives the same batches.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(rows)
    pool = max(_BATCHES_PER_POOL * tokens_per_batch // max(int(store.lengths[rows].mean()), 1), 1)
    for start in range(0, len(order), pool):
        part = order[start : start + pool]
        part = part[np.argsort(store.lengths[part], kind="stable")]
        cut = list(_cut(store.lengths[part], tokens_per_batch))
        for place in rng.permutation(len(cut)):
            yield part[cut[place]]


def _cut(lengths: npt.NDArray[np.int64], tokens_per_batch: int) -> Iterator[slice]:
    """Cut sorted lengths where a batch would hold too many tokens."""
    start = 0
    for place, length in enumerate(lengths):
        if (place + 1 - start) * length > tokens_per_batch and place > start:
            yield slice(start, place)
            start = place
    if start < len(lengths):
        yield slice(start, len(lengths))


def special_numbers(tokenizer: WeiboTokenizer) -> npt.NDArray[np.int64]:
    """List the numbers of the tokens that are no words."""
    return np.array(tokenizer.convert_tokens_to_ids(list(SPECIAL)), dtype=np.int64)
