"""Which words of a post moved its label.

Where the features of a text are a differentiable function of its pieces (the embedded encoder, any
Hugging Face model): integrated gradients (Sundararajan et al. 2017, captum's) from no words to the
words. Elsewhere each word is left out of the text, which is encoded again (occlusion).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from gnn_emotion.encoders.text.cached_text import CachedTextEncoder
from gnn_emotion.encoders.text.load_text import TextEncoder
from gnn_emotion.encoders.text.text_parts import Divisible
from gnn_emotion.explain.judge import Judge
from gnn_emotion.schema.errors import ContractError

if TYPE_CHECKING:
    from gnn_emotion.encoders.text.segment import Segmenter

GRADIENTS, OCCLUSION = "integrated_gradients", "occlusion"
#: Points on the way from no words to the words.
_STEPS = 32
#: Post rows a pass: each point has a copy of the surroundings.
_ROWS = 20_000
_COLUMNS = ("word", "start", "end", "effect", "method")


def word_effects(judge: Judge, encoder: TextEncoder, text: str, label: int) -> pd.DataFrame:
    """Measure what each word of a post adds to the probability of a label.

    Args:
        judge: of the post.
        encoder: of its words.
        text: what it says.
        label: position of the label.

    Returns:
        A row a word, in their order: ``word``, ``start`` and ``end`` in the text as the encoder
        reads it, ``effect``, and ``method``. The effects of integrated gradients sum to what all
        words together add; those of occlusion need not.
    """
    if not text.strip():
        return pd.DataFrame({name: [] for name in _COLUMNS})
    divisible = _divisible(encoder)
    if divisible is not None:
        return _by_gradients(judge, divisible, text, label)
    return _by_occlusion(judge, encoder, text, label)


def _by_gradients(judge: Judge, encoder: Divisible, text: str, label: int) -> pd.DataFrame:
    parts = encoder.parts(text)

    def prob(x: Tensor) -> Tensor:
        return judge.with_features(parts.join(x))[:, label]

    found = (
        _captum()
        .IntegratedGradients(prob)
        .attribute(parts.x[None], parts.baseline[None], n_steps=_STEPS, internal_batch_size=1)
    )
    pieces = found[0].sum(dim=1).double().numpy()
    spans = word_spans(parts.text)
    effect = _summed(pieces, parts.spans, spans, len(parts.text))
    return _frame(parts.text, spans, effect, GRADIENTS)


def _by_occlusion(judge: Judge, encoder: TextEncoder, text: str, label: int) -> pd.DataFrame:
    spans = word_spans(text)
    left = [text, *(text[:start] + text[end:] for start, end in spans)]
    ids = pa.array([str(number) for number in range(len(left))])
    x = torch.from_numpy(encoder.encode(ids, pa.array(left)).x)
    with torch.inference_mode():
        probs = judge.with_features(x)[:, label].double().numpy()
    return _frame(text, spans, probs[0] - probs[1:], OCCLUSION)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return where each word of a text begins and ends (exclusive), signs left out."""
    spans, start = [], 0
    folded = text.lower() if len(text.lower()) == len(text) else text
    for word in _segmenter().segment([text])[0]:
        at = folded.find(word.lower(), start)
        at = text.find(word, start) if at < 0 else at
        if at < 0:  # folded to other characters; what it says cannot be pointed at
            continue
        start = at + len(word)
        if any(sign.isalnum() for sign in word) or len(word) > 1 or ord(word) > 0xFFFF:
            spans.append((at, start))
    return spans


def _summed(
    pieces: npt.NDArray[np.float64],
    at: npt.NDArray[np.int64],
    spans: Sequence[tuple[int, int]],
    length: int,
) -> npt.NDArray[np.float64]:
    """Sum the effects of pieces over words; a piece that runs over words is shared out evenly."""
    signs = np.zeros(length)
    for effect, (first, last) in zip(pieces, at, strict=True):
        if last > first:
            signs[first:last] += effect / (last - first)
    return np.array([signs[first:last].sum() for first, last in spans])


def _frame(
    text: str, spans: Sequence[tuple[int, int]], effect: npt.NDArray[np.float64], method: str
) -> pd.DataFrame:
    columns = {
        "word": [text[first:last] for first, last in spans],
        "start": [first for first, _ in spans],
        "end": [last for _, last in spans],
        "effect": effect,
        "method": [method] * len(spans),
    }
    return pd.DataFrame(columns, columns=list(_COLUMNS))


@functools.cache
def _segmenter() -> Segmenter:
    # jieba takes a while to import; who only scores need not wait.
    from gnn_emotion.encoders.text.segment import Segmenter

    return Segmenter()


def need_captum(encoder: TextEncoder | None) -> None:
    """Raise a ``ContractError`` where explaining the words of an encoder needs what is missing."""
    if _divisible(encoder) is not None:
        _captum()


def _divisible(encoder: TextEncoder | None) -> Divisible | None:
    """Return what divides texts for an encoder: behind a memory, whom it remembers for."""
    if isinstance(encoder, CachedTextEncoder):
        encoder = encoder.encoder
    return encoder if isinstance(encoder, Divisible) else None


def _captum() -> Any:
    try:
        import captum.attr
    except ImportError as error:
        raise ContractError(
            "explaining words needs captum; install it with: pip install 'gnn-emotion[explain]'"
        ) from error
    return captum.attr
