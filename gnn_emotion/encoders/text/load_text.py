"""Choose a text encoder by name, fit it where it needs that, and encode the posts of a dump."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.encoders.text.ngram_text import FILE as NGRAM_FILE
from gnn_emotion.encoders.text.ngram_text import NgramEncoder
from gnn_emotion.encoders.text.text_names import read_options, split_name
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import EncoderSpec, Features
from gnn_emotion.schema.tables import Dump

#: The name of the encoder that travels with the package.
EMBEDDED = "embedded"
#: The names of those that are fitted on the training texts, and then travel with the checkpoint.
BAGS, WORD2VEC = {"bow": "counts", "tfidf": "tfidf"}, "word2vec"
FITTED = (*BAGS, WORD2VEC)


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
        name: one of

            - ``embedded``, ``bow``, ``tfidf``, ``word2vec``: its files lie in ``folder``; what the
              name states after ``?`` was for fitting it, and is kept in them,
            - ``word2vec:FILE``, word vectors from a file: see ``Word2VecEncoder.from_file``; takes
              the options of ``SegmentOptions``,
            - a Hugging Face hub name, or the folder of such a model; takes the options of
              ``HuggingFaceOptions``: ``hfl/chinese-roberta-wwm-ext?pooling=cls``.
        folder: a checkpoint.
        device: where a Hugging Face model runs.

    Raises:
        ContractError: when it cannot be loaded.
    """
    plain, stated = split_name(name)
    if plain == EMBEDDED:
        if stated:
            raise ContractError(f"text encoder {name!r}: {EMBEDDED!r} takes no options")
        return NgramEncoder.load(folder)
    if plain in FITTED:
        return _load_fitted(plain, folder)
    if plain.startswith(f"{WORD2VEC}:"):
        from gnn_emotion.encoders.text.segment import SegmentOptions
        from gnn_emotion.encoders.text.word2vec import Word2VecEncoder

        segment = read_options(name, SegmentOptions, stated)
        return Word2VecEncoder.from_file(Path(plain.partition(":")[2]), segment)
    # transformers takes seconds to import; who uses another encoder need not wait.
    from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder, HuggingFaceOptions

    return HuggingFaceEncoder(plain, read_options(name, HuggingFaceOptions, stated), device)


def needs_fitting(name: str) -> bool:
    """Tell whether an encoder is fitted on training texts, by ``fit_text_encoder``."""
    return split_name(name)[0] in FITTED


def encoder_files(name: str) -> tuple[str, ...]:
    """Return the names of the files that an encoder keeps in a checkpoint; none, if elsewhere."""
    plain, _ = split_name(name)
    if plain == EMBEDDED:
        return (NGRAM_FILE,)
    return _fitted_class(plain).FILES if plain in FITTED else ()


def is_costly(name: str) -> bool:
    """Tell whether encoding a text costs more than looking its features up."""
    plain, _ = split_name(name)
    return plain not in (EMBEDDED, *FITTED) and not plain.startswith(f"{WORD2VEC}:")


def fit_text_encoder(
    name: str, texts: pa.Array, labels: npt.NDArray[np.int64] | None, folder: Path
) -> TextEncoder:
    """Fit a text encoder, and write its files (``encoder_files``) into a folder.

    Args:
        name: ``bow`` or ``tfidf``, with the options of ``TermOptions`` (but for the weighting) and
            ``BagOfWordsOptions``: ``tfidf?units=words&dim=64``; or ``word2vec``, with those of
            ``Word2VecOptions`` and ``vectors=FILE`` for vectors that are not trained but read.
            Both take those of ``SegmentOptions``: ``user_words=FILE&stop_words=FILE``.
        texts: N texts of the train split, no others.
        labels: their classes ``[N]``, -1 where unknown; None for reductions that need none.
        folder: exists.

    Raises:
        ContractError: the encoder is not fitted on texts, an option is wrong, or the texts are too
            few.
    """
    plain, stated = split_name(name)
    encoder: Any
    if plain in BAGS:
        from gnn_emotion.encoders.text.bag_of_words import BagOfWordsEncoder, BagOfWordsOptions

        bags = read_options(name, BagOfWordsOptions, stated, weighting=BAGS[plain])
        encoder = BagOfWordsEncoder.fit(texts, labels, bags)
    elif plain == WORD2VEC:
        from gnn_emotion.encoders.text.word2vec import Word2VecEncoder, Word2VecOptions

        file = stated.pop("vectors", None)
        options = read_options(name, Word2VecOptions, stated)
        encoder = Word2VecEncoder.fit(texts, options, None if file is None else Path(file))
    else:
        raise ContractError(
            f"text encoder {name!r} is not fitted on texts; expected one of {', '.join(FITTED)}; "
            "load it instead"
        )
    encoder.save(folder)
    return encoder


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


def _fitted_class(plain: str) -> Any:
    if plain in BAGS:
        from gnn_emotion.encoders.text.bag_of_words import BagOfWordsEncoder

        return BagOfWordsEncoder
    from gnn_emotion.encoders.text.word2vec import Word2VecEncoder

    return Word2VecEncoder


def _load_fitted(plain: str, folder: Path) -> TextEncoder:
    encoder = _fitted_class(plain).load(folder)
    if plain in BAGS and encoder.options.terms.weighting != BAGS[plain]:
        raise ContractError(
            f"{folder} holds a bag of words weighed by {encoder.options.terms.weighting!r}, not "
            f"{plain!r}; load the encoder by the name that it was fitted by"
        )
    return encoder
