"""Hide some tokens of a batch, to be guessed from the others (BERT; Devlin et al. 2019).

Emoticons are hidden far more often than words: what a writer's own emoticon was can only be guessed
by understanding the feeling of the text (sentiment masking, after SKEP; Tian et al. 2020).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.errors import ContractError

#: Of what is hidden, so much is replaced by the mask, so much by a random token; the rest stays.
_MASKED, _RANDOM = 0.8, 0.1


@dataclass(frozen=True)
class MaskingOptions:
    """How often a token is hidden.

    Attributes:
        words: share of words.
        emoticons: share of emoticons.
    """

    words: float = 0.2
    emoticons: float = 0.7

    def __post_init__(self) -> None:
        for name in ("words", "emoticons"):
            if not 0 < getattr(self, name) < 1:
                raise ContractError(f"{name} is {getattr(self, name)}; expected 0 < {name} < 1")


@dataclass(frozen=True)
class Masker:
    """What a vocabulary has.

    Attributes:
        vocabulary: number of tokens, V.
        mask: the token that stands for a hidden one.
        special: tokens that are no words, and are never hidden.
        emoticons: tokens that are emoticons.
        options: how often.
    """

    vocabulary: int
    mask: int
    special: npt.NDArray[np.int64]
    emoticons: npt.NDArray[np.int64]
    options: MaskingOptions

    def __call__(
        self, tokens: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Hide tokens.

        Args:
            tokens: ``[B, T]``.
            rng: draws them.

        Returns:
            Tokens with the hidden ones replaced ``[B, T]``, and which are to be guessed
            ``[B, T]``: one at least, where there is any word.
        """
        chance = self._chances[tokens]
        draws = rng.random(tokens.shape)
        hidden = draws < chance
        if not hidden.any():
            # Never a mark, however small its draw.
            hidden.flat[np.argmax(np.where(chance > 0, chance - draws, -np.inf))] = chance.max() > 0
        way = rng.random(tokens.shape)
        changed = np.where(hidden & (way < _MASKED), self.mask, tokens)
        at_random = hidden & (way >= _MASKED) & (way < _MASKED + _RANDOM)
        words = rng.integers(len(self.special), self.vocabulary, tokens.shape)
        return np.where(at_random, words, changed), hidden

    @functools.cached_property
    def _chances(self) -> npt.NDArray[np.float64]:
        chance = np.full(self.vocabulary, self.options.words)
        chance[self.emoticons] = self.options.emoticons
        chance[self.special] = 0
        return chance
