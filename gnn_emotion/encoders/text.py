"""Choose a text encoder by name, and encode the posts of a dump with it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pyarrow as pa

from gnn_emotion.encoders.ngram_text import NgramEncoder
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.features import EncoderSpec, Features
from gnn_emotion.schema.tables import Dump

#: The name of the encoder that travels with the package.
EMBEDDED = "embedded"


class TextEncoder(Protocol):
    """What every text encoder offers."""

    @property
    def spec(self) -> EncoderSpec:
        """What makes its features."""
        ...

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Encode N texts to features ``[N, D]``."""
        ...


def load_text_encoder(name: str, folder: Path, device: str = "cpu") -> TextEncoder:
    """Load a text encoder.

    Args:
        name: ``embedded``, a Hugging Face hub name, or the folder of such a model.
        folder: where the embedded encoder lies (a checkpoint).
        device: where a Hugging Face model runs.

    Raises:
        ContractError: when it cannot be loaded.
    """
    if name == EMBEDDED:
        return NgramEncoder.load(folder)
    # transformers takes seconds to import; who uses the embedded encoder need not wait.
    from gnn_emotion.encoders.hf_text import HuggingFaceEncoder

    return HuggingFaceEncoder(name, device=device)


def encode_posts(dump: Dump, encoder: TextEncoder, emoticons: bool = True) -> Features:
    """Encode the own words of every post, in the order of the table ``posts``.

    Args:
        dump: the tables.
        encoder: the text encoder.
        emoticons: whether to leave the emoticons in; a post that is labelled by them is encoded
            without.
    """
    posts = dump.read("posts", ["post_id", "own_text"])
    texts = posts["own_text"].combine_chunks()
    if not emoticons:
        texts = without_emoticons(texts)
    return encoder.encode(posts["post_id"].combine_chunks(), texts)
