"""Tokenised texts in memory: one array of numbers, and batches of texts of like length."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tqdm import tqdm

from gnn_emotion.encoders.text.weibo_tokenizer import WeiboTokenizer, plain_reader

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

    @functools.cached_property
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
    reader = plain_reader(tokenizer)
    tokens, lengths = [np.empty(0, dtype=np.int32)], [0]
    passes = range(0, len(texts), _TEXTS_PER_PASS)
    for start in tqdm(passes, desc="tokenise", unit="pass", disable=None):
        part = texts.slice(start, _TEXTS_PER_PASS).fill_null("").to_pylist()
        kept = [one.ids for one in reader.encode_batch_fast(part) if len(one) >= fewest]
        tokens.append(np.fromiter(chain.from_iterable(kept), dtype=np.int32))
        lengths += map(len, kept)
    return TokenStore(np.concatenate(tokens), np.cumsum(lengths, dtype=np.int64))


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
