"""Texts as padded rows of token numbers, for the heads of ``nn.text_heads``.

As an encoder it gives these rows for features: a model with a ``text_head`` reads them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.encoders.text.fitted_files import fitted_checksum
from gnn_emotion.encoders.text.normalise import normalise_text
from gnn_emotion.encoders.text.segment import Segmenter, SegmentOptions
from gnn_emotion.encoders.text.text_rows import encode_distinct
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.features import EncoderSpec, Features

NAME = "tokens"
UNITS = ("chars", "words")
#: Numbers of no token, and of a token that is not in the vocabulary.
PADDING, UNKNOWN = 0, 1


@dataclass(frozen=True)
class TokenOptions:
    """What a token is.

    Attributes:
        units: ``chars`` or ``words``.
        max_length: tokens kept of a text.
        min_count: tokens that the training texts have less often are unknown.
        max_tokens: tokens that are known, the most frequent.
        segment: how words are cut.
    """

    units: str = "chars"
    max_length: int = 128
    min_count: int = 2
    max_tokens: int = 20_000
    segment: SegmentOptions = field(default_factory=SegmentOptions)

    def __post_init__(self) -> None:
        if self.units not in UNITS:
            raise ContractError(
                f"tokens: unknown units {self.units!r}; {closest(self.units, UNITS)}"
            )
        for name in ("max_length", "min_count", "max_tokens"):
            if getattr(self, name) < 1:
                raise ContractError(f"tokens: {name} is {getattr(self, name)}, expected 1 or more")

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TokenOptions:
        """Read what ``asdict`` gave."""
        return cls(**{**stored, "segment": SegmentOptions.from_json(stored["segment"])})


class TokenVocabulary:
    """Numbers of tokens; made by ``fit`` or ``load``.

    Args:
        options: what a token is.
        tokens: the known ones; the first has number ``UNKNOWN + 1``.
    """

    FILES: ClassVar[tuple[str, ...]] = ("tokens.json",)

    def __init__(self, options: TokenOptions, tokens: Sequence[str]) -> None:
        self.options, self.tokens = options, list(tokens)
        self._number_of = {token: i for i, token in enumerate(self.tokens, UNKNOWN + 1)}
        self._segmenter = Segmenter(options.segment) if options.units == "words" else None
        # Numbers of tokens are not to be rounded.
        described = {"units": options.units, "num_tokens": len(self), "storage": "int32"}
        checksum = fitted_checksum(self._state(), {})
        self._spec = EncoderSpec(NAME, checksum, options.max_length, described)

    @property
    def spec(self) -> EncoderSpec:
        """Checksum of the tokens, ``max_length``, and how many numbers there are."""
        return self._spec

    @classmethod
    def fit(cls, texts: pa.Array, options: TokenOptions | None = None) -> TokenVocabulary:
        """Number the tokens of N training texts, the most frequent first."""
        options = options or TokenOptions()
        counts = Counter(token for row in cls(options, ())._split(texts) for token in row)
        often = [token for token, count in counts.items() if count >= options.min_count]
        often.sort(key=lambda token: (-counts[token], token))
        return cls(options, often[: options.max_tokens])

    def __len__(self) -> int:
        """Count the numbers there are, those of padding and of unknown tokens among them."""
        return len(self.tokens) + UNKNOWN + 1

    def ids(self, texts: pa.Array) -> npt.NDArray[np.int64]:
        """Number the tokens of texts.

        Args:
            texts: N texts; null counts as empty.

        Returns:
            Numbers ``[N, T]``, with ``PADDING`` after the end of a text; T is the length of the
            longest, 1 at least and ``max_length`` at most.
        """
        rows = [row[: self.options.max_length] for row in self._split(texts)]
        ids = np.full((len(rows), max([1, *map(len, rows)])), PADDING, dtype=np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = [self._number_of.get(token, UNKNOWN) for token in row]
        return ids

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Number the tokens of texts; null and blank ones are missing.

        Args:
            ids: N post ids.
            texts: N texts.

        Returns:
            Features ``[N, max_length]``: whole numbers, with ``PADDING`` after the end of a text.
        """
        return encode_distinct(ids, texts, self.spec, self._pad)

    def save(self, folder: Path) -> None:
        """Write ``FILES`` into a folder."""
        text = json.dumps(self._state(), ensure_ascii=False, sort_keys=True) + "\n"
        (folder / self.FILES[0]).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> TokenVocabulary:
        """Read what ``save`` wrote.

        Raises:
            ContractError: the folder has no such file, or a damaged one.
        """
        path = folder / cls.FILES[0]
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls(TokenOptions.from_json(stored["options"]), stored["tokens"])
        except OSError as error:
            raise ContractError(
                f"{path} cannot be read: {error.strerror}; expected the vocabulary that the model "
                "was trained with"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ContractError(f"{path} is damaged: {error!r}") from error

    def _state(self) -> dict[str, Any]:
        return {"options": asdict(self.options), "tokens": self.tokens}

    def _pad(self, texts: list[str]) -> npt.NDArray[np.float32]:
        ids = self.ids(pa.array(texts, pa.string()))
        rows = np.full((len(ids), self.options.max_length), PADDING, dtype=np.float32)
        rows[:, : ids.shape[1]] = ids
        return rows

    def _split(self, texts: pa.Array) -> Sequence[Sequence[str]]:
        plain = normalise_text(texts.cast(pa.string())).fill_null("").to_pylist()
        return self._segmenter.segment(plain) if self._segmenter else plain
