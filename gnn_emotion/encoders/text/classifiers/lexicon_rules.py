"""Rules that read emotions off the words of a text: negation, degree, exclamation.

An emotion word speaks for its class with its strength. Degree words before it multiply that; a
negation before it turns it into the class of the opposite feeling (不开心 is sad, 不讨厌 is mildly
fond), weaker than if it were said outright; two negations are none. A negated degree (不太好) turns
and weakens. Modifiers reach a few words far, and not past the end of a clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.encoders.text.classifiers.lexicon_files import CODES, Lexicon
from gnn_emotion.schema.emoticons import EMOTICONS
from gnn_emotion.schema.errors import ContractError

#: The class of a feeling that is denied; surprise has no opposite. A rule, not a measurement.
OPPOSITE = {
    **{"PA": "NB", "PE": "NI", "PD": "NN", "PH": "NN", "PG": "NL", "PB": "ND", "PK": "ND"},
    **{"NA": "PE", "NB": "PA", "NJ": "PE", "NH": "PE", "PF": "PE", "NI": "PE", "NC": "PE"},
    **{"NG": "PE", "NE": "PE", "ND": "PB", "NN": "PH", "NK": "PE", "NL": "PG"},
}
#: The class that an emoticon of a label speaks for, and how strongly.
_EMOTICON_CODES = {
    **{"joy": "PA", "anger": "NA", "disgust": "ND"},
    **{"fear": "NC", "sadness": "NB", "surprise": "PC"},
}
_EMOTICON_STRENGTH = 7 / 9
_CLAUSE_ENDS = frozenset("。！？!?；;，,…\n")
_EXCLAMATION = "!"
_MOST_EXCLAMATIONS, _LARGEST_FACTOR = 3, 4.0
_PLACE = {code: place for place, code in enumerate(CODES)}
#: Class code and strength, 0 to 1.
Hit = tuple[str, float]


@dataclass(frozen=True)
class RuleOptions:
    """How far words reach.

    Attributes:
        window: words before an emotion word in which negations and degree words count.
        negated: how much is left of an emotion that is negated, as one of the opposite class.
        exclamation: what each exclamation mark adds to all, as a share; three are the most.
    """

    window: int = 4
    negated: float = 0.5
    exclamation: float = 0.2

    def __post_init__(self) -> None:
        for name in ("window", "negated", "exclamation"):
            if getattr(self, name) < 0:
                raise ContractError(f"lexicon: {name} is {getattr(self, name)}; expected 0 or more")


class Rules:
    """Finds what the words of a text speak for.

    Args:
        lexicon: the words.
        options: how far they reach.
    """

    def __init__(self, lexicon: Lexicon, options: RuleOptions) -> None:
        self.lexicon, self.options = lexicon, options

    def evidence(self, words: Sequence[str]) -> npt.NDArray[np.float64]:
        """Add up what a text speaks for.

        Args:
            words: of a text, in order.

        Returns:
            Strength by class of ``dutir21`` ``[21]``; zero where nothing is said.
        """
        found = np.zeros(len(CODES))
        begin = 0
        for at, word in enumerate(words):
            if word in _CLAUSE_ENDS:
                begin = at + 1
                continue
            hits, denied = self._hits(word)
            if not hits or (word in self.lexicon.degrees and self._leads_on(words, at)):
                continue
            before = words[max(begin, at - self.options.window) : at]
            factor, turned = self._modify(before)
            self._add(found, hits, factor, turned != denied)
            begin = at + 1
        shouts = min(words.count(_EXCLAMATION), _MOST_EXCLAMATIONS)
        return found * (1 + self.options.exclamation * shouts)

    def _hits(self, word: str) -> tuple[list[Hit], bool]:
        """Return what a word speaks for, and whether it denies that itself (不开心 in one word)."""
        known = self.lexicon.words.get(word)
        if known is not None:
            return list(known.items()), False
        label = EMOTICONS.get(word[1:-1]) if word.startswith("[") else None
        if label is not None:
            return [(_EMOTICON_CODES[label], _EMOTICON_STRENGTH)], False
        for end in range(1, len(word) - 1):
            if word[:end] in self.lexicon.negations and word[end:] in self.lexicon.words:
                return list(self.lexicon.words[word[end:]].items()), True
        return [], False

    def _leads_on(self, words: Sequence[str], at: int) -> bool:
        """Tell whether an emotion word follows: a degree word is then but that (无比开心)."""
        return at + 1 < len(words) and bool(self._hits(words[at + 1])[0])

    def _modify(self, before: Sequence[str]) -> tuple[float, bool]:
        """Return the factor of the words before an emotion word, and whether they negate it."""
        factor, turned, after_negation = 1.0, False, False
        for word in before:
            negates = word in self.lexicon.negations
            degree = self.lexicon.degrees.get(word, 1.0)
            if negates:
                turned = not turned
            else:
                factor *= 1 / degree if after_negation else degree
            after_negation = negates
        return min(max(factor, 1 / _LARGEST_FACTOR), _LARGEST_FACTOR), turned

    def _add(
        self, found: npt.NDArray[np.float64], hits: Sequence[Hit], factor: float, turned: bool
    ) -> None:
        for code, strength in hits:
            if not turned:
                found[_PLACE[code]] += factor * strength
            elif code in OPPOSITE:
                found[_PLACE[OPPOSITE[code]]] += factor * strength * self.options.negated
