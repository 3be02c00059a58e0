"""A lexicon with rules as an encoder: the K columns of a text are its scores for the K labels.

It needs no training texts. The words stay in the folder that the user has them in: a checkpoint
says which they were (by checksum), not what they are.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.encoders.text.classifiers.lexicon_files import CODES, Lexicon, read_lexicon
from gnn_emotion.encoders.text.classifiers.lexicon_rules import RuleOptions, Rules
from gnn_emotion.encoders.text.fitted_files import fitted_checksum
from gnn_emotion.encoders.text.normalise import normalise_text
from gnn_emotion.encoders.text.segment import Segmenter, SegmentOptions
from gnn_emotion.encoders.text.text_rows import encode_distinct
from gnn_emotion.schema.emotions import label_set, mapping
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import EncoderSpec, Features

NAME = "lexicon"
_NEUTRAL = "neutral"
#: Share of a label that nothing speaks for.
_FLOOR = 0.01


@dataclass(frozen=True)
class LexiconOptions(RuleOptions):
    """How words become scores.

    Attributes:
        balance: how much classes of few words are weighed up: the words of a class of n count
            n ** -balance, on average one. Two thirds of the words of DUTIR praise or blame:
            unweighed, scores would measure that.
        neutral: how much speaks for neutral in every text, in words of middling strength.
    """

    balance: float = 0.5
    neutral: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("balance", "neutral"):
            if getattr(self, name) < 0:
                raise ContractError(f"lexicon: {name} is {getattr(self, name)}; expected 0 or more")


class LexiconEncoder:
    """Log-shares of the labels in what the emotion words of a text say.

    A text without any is neutral; in a label set without neutral, as much one label as another.

    Args:
        lexicon: the words.
        native: the label set of the columns, one that ``dutir21`` can answer.
        options: how words become scores.

    Raises:
        LabelError: the label set is finer than the classes of the lexicon.
    """

    FILES: ClassVar[tuple[str, ...]] = ("lexicon.json",)

    def __init__(
        self, lexicon: Lexicon, native: str, options: LexiconOptions | None = None
    ) -> None:
        self.lexicon, self.native, self.options = lexicon, native, options or LexiconOptions()
        self._rules = Rules(lexicon, self.options)
        plain = [word for word in lexicon.words if not any(c.isspace() for c in word)]
        self._segmenter = Segmenter(SegmentOptions(user_words=tuple(plain)))
        weight = _class_weights(lexicon, self.options.balance)
        self._to_labels = weight[:, None] * mapping("dutir21", native).matrix
        labels = label_set(native).labels
        self._neutral = np.array([label == _NEUTRAL for label in labels], dtype=np.float64)
        if not self._neutral.any():
            self._neutral[:] = 1 / len(labels)
        described = {"label_set": native, "lexicon": lexicon.checksum, "storage": "float32"}
        self._spec = EncoderSpec(NAME, fitted_checksum(self._state(), {}), len(labels), described)

    @classmethod
    def fit(
        cls, folder: Path | None, native: str, options: LexiconOptions | None = None
    ) -> LexiconEncoder:
        """Read the lexicon of a folder for a label set; see ``read_lexicon``."""
        return cls(read_lexicon(_given(folder)), native, options)

    @property
    def spec(self) -> EncoderSpec:
        """Checksum of words and options, K, and the label set."""
        return self._spec

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Score texts; null and blank ones are missing.

        Args:
            ids: N post ids.
            texts: N texts.

        Returns:
            Features ``[N, K]``: log-probabilities.
        """
        return encode_distinct(ids, texts, self.spec, self._score)

    def save(self, folder: Path) -> None:
        """Write ``FILES`` into a folder: label set and options, none of the words."""
        text = json.dumps(self._state(), ensure_ascii=False, sort_keys=True) + "\n"
        (folder / self.FILES[0]).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, checkpoint: Path, folder: Path | None) -> LexiconEncoder:
        """Read what ``save`` wrote, and the lexicon of a folder.

        Raises:
            ContractError: either is missing or damaged.
        """
        path = checkpoint / cls.FILES[0]
        if not path.is_file():
            raise ContractError(f"{path} is missing; expected what the lexicon was trained for")
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            native, options = stored["label_set"], LexiconOptions(**stored["options"])
        except (ValueError, KeyError, TypeError) as error:
            raise ContractError(f"{path} is damaged: {error!r}") from error
        return cls(read_lexicon(_given(folder)), native, options)

    def _state(self) -> dict[str, object]:
        return {
            "label_set": self.native,
            "options": asdict(self.options),
            "lexicon": self.lexicon.checksum,
        }

    def _score(self, texts: list[str]) -> npt.NDArray[np.float32]:
        plain = normalise_text(pa.array(texts, pa.string())).to_pylist()
        cut = self._segmenter.segment(plain)
        said = np.array([self._rules.evidence(words) for words in cut]) @ self._to_labels
        total = said + self.options.neutral * self._neutral
        # Without neutral evidence, what nothing speaks for is neutral all the same.
        total = np.where(total.any(axis=1, keepdims=True), total, self._neutral)
        share = total / total.sum(axis=1, keepdims=True)
        floored = (share + _FLOOR) / (1 + _FLOOR * share.shape[1])
        return np.log(floored).astype(np.float32)


def _class_weights(lexicon: Lexicon, power: float) -> npt.NDArray[np.float64]:
    """Weigh the classes ``[21]``: n ** -power for one of n words, one for the average word."""
    counts = np.zeros(len(CODES))
    for codes in lexicon.words.values():
        for code in codes:
            counts[CODES.index(code)] += 1
    weight = np.maximum(counts, 1) ** -power
    return np.asarray(weight * counts.sum() / max((weight * counts).sum(), 1e-12))


def _given(folder: Path | None) -> Path:
    if folder is None:
        raise ContractError(
            "the lexicon is no part of this project; expected its folder: 'lexicon:FOLDER'"
        )
    return folder
