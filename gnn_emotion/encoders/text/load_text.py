"""Choose a text encoder by name, fit it where it needs that, and encode the posts of a dump."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.encoders.text.bundled_text import BUNDLED_TEXT, FAST, bundled_text
from gnn_emotion.encoders.text.joined import JoinedEncoder, part_names
from gnn_emotion.encoders.text.ngram_text import FILE as NGRAM_FILE
from gnn_emotion.encoders.text.ngram_text import NgramEncoder
from gnn_emotion.encoders.text.text_names import read_options, split_name
from gnn_emotion.schema.emotions import CANONICAL
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import EncoderSpec, Features
from gnn_emotion.schema.tables import Dump

#: The name of hashed n-grams that lie in the folder of a model: a copy of ``FAST`` in a new one.
EMBEDDED = "embedded"
#: The names of those that are fitted on the training texts, and then travel with the checkpoint.
BAGS, WORD2VEC, TOKENS = {"bow": "counts", "tfidf": "tfidf"}, "word2vec", "tokens"
#: Those whose columns are scores of labels; a lexicon lies in a folder: ``lexicon:FOLDER``.
LEARNED, LEXICON = ("svm", "naive_bayes", "logistic"), "lexicon"
FITTED = (*BAGS, WORD2VEC, TOKENS, *LEARNED, LEXICON)


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

            - ``weibo-fast``, hashed n-grams that travel with the package,
            - ``embedded``, or one of ``FITTED``: its files lie in ``folder``; what the name states
              after ``?`` was for fitting it, and is kept in them,
            - ``word2vec:FILE``, word vectors from a file: see ``Word2VecEncoder.from_file``; takes
              the options of ``SegmentOptions``,
            - a Hugging Face hub name, or the folder of such a model, or ``weibo-base``, the one
              that travels with the package; takes the options of ``HuggingFaceOptions``:
              ``hfl/chinese-roberta-wwm-ext?pooling=cls``,
            - several of them, side by side: ``tfidf+logistic``.
        folder: a checkpoint.
        device: where a Hugging Face model runs.

    Raises:
        ContractError: when it cannot be loaded.
    """
    parts = part_names(name)
    if len(parts) > 1:
        if gives_tokens(name):
            raise ContractError(
                f"text encoder {name!r}: {TOKENS!r} gives token numbers, which only a text head "
                "can read; expected it alone, or other encoders"
            )
        return JoinedEncoder(parts, [load_text_encoder(part, folder, device) for part in parts])
    plain, stated = split_name(name)
    if plain in (EMBEDDED, FAST):
        if stated:
            raise ContractError(f"text encoder {name!r}: {plain!r} takes no options")
        return NgramEncoder.load(bundled_text(FAST) if plain == FAST else folder)
    if _kind(plain) in FITTED:
        return _load_fitted(plain, folder)
    if plain.startswith(f"{WORD2VEC}:"):
        from gnn_emotion.encoders.text.segment import SegmentOptions
        from gnn_emotion.encoders.text.word2vec import Word2VecEncoder

        segment = read_options(name, SegmentOptions, stated)
        return Word2VecEncoder.from_file(Path(plain.partition(":")[2]), segment)
    # transformers takes seconds to import; who uses another encoder need not wait.
    from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder, HuggingFaceOptions

    if plain in BUNDLED_TEXT:
        plain = str(bundled_text(plain))
    return HuggingFaceEncoder(plain, read_options(name, HuggingFaceOptions, stated), device)


def needs_fitting(name: str) -> bool:
    """Tell whether an encoder is fitted on training texts, by ``fit_text_encoder``."""
    return any(_kind(split_name(part)[0]) in FITTED for part in part_names(name))


def learns_labels(name: str) -> bool:
    """Tell whether the columns of an encoder are scores that it learned from labels.

    Those of its own training texts are too good: see ``classifiers.cross_fit``.
    """
    return split_name(name)[0] in LEARNED


def learned_columns(name: str, encoder: TextEncoder) -> dict[str, slice]:
    """Return the parts of an encoder that learn labels, each with its columns."""
    whole = {name: slice(0, encoder.spec.dim)}
    columns = encoder.columns() if isinstance(encoder, JoinedEncoder) else whole
    return {part: at for part, at in columns.items() if learns_labels(part)}


def gives_tokens(name: str) -> bool:
    """Tell whether the features of an encoder are token numbers, for a model with a text head."""
    return any(split_name(part)[0] == TOKENS for part in part_names(name))


def encoder_files(name: str) -> tuple[str, ...]:
    """Return the names of the files that an encoder keeps in a checkpoint; none, if elsewhere."""
    found: list[str] = []
    for part in part_names(name):
        kind = _kind(split_name(part)[0])
        files = _fitted_class(kind).FILES if kind in FITTED else ()
        found += (NGRAM_FILE,) if kind == EMBEDDED else files
    if len(set(found)) < len(found):
        raise ContractError(
            f"text encoders {name!r}: two of them keep the same files; expected encoders of "
            "different kinds"
        )
    return tuple(found)


def is_costly(name: str) -> bool:
    """Tell whether encoding a text costs more than looking its features up."""
    plains = [split_name(part)[0] for part in part_names(name)]
    return any(
        _kind(plain) not in (EMBEDDED, FAST, *FITTED) and not plain.startswith(f"{WORD2VEC}:")
        for plain in plains
    )


def fit_text_encoder(
    name: str,
    texts: pa.Array,
    labels: npt.NDArray[np.int64] | None,
    folder: Path,
    native: str = CANONICAL,
) -> TextEncoder:
    """Fit a text encoder, and write its files (``encoder_files``) into a folder.

    Args:
        name: one of

            - ``bow`` or ``tfidf``, with the options of ``TermOptions`` (but for the weighting) and
              ``BagOfWordsOptions``: ``tfidf?units=words&dim=64``,
            - ``word2vec``, with those of ``Word2VecOptions`` and ``vectors=FILE`` for vectors that
              are not trained but read,
            - ``tokens``, with those of ``TokenOptions``: the numbers of the tokens, for a model
              with a text head,
            - ``svm``, ``naive_bayes`` or ``logistic``, with those of ``classifiers.linear_fits``:
              scores of the labels,
            - ``lexicon:FOLDER``, with those of ``LexiconOptions``: the same, by rules,
            - several side by side, ``tfidf+logistic``; those that are not fitted are loaded, the
              embedded one from ``folder``.

            All but the last take those of ``SegmentOptions``: ``user_words=FILE&stop_words=FILE``.
        texts: N texts of the train split, no others.
        labels: their positions in the label set ``[N]``, -1 where unknown; None for encoders that
            need none.
        folder: exists.
        native: the label set.

    Raises:
        ContractError: the encoder is not fitted on texts, an option is wrong, or the texts are too
            few.
        LabelError: labels are needed, and name fewer than two classes.
    """
    parts = part_names(name)
    if len(parts) > 1:
        encoder_files(name)  # refuses what would overwrite one another
        made = [
            fit_text_encoder(part, texts, labels, folder, native)
            if needs_fitting(part)
            else load_text_encoder(part, folder)
            for part in parts
        ]
        return JoinedEncoder(parts, made)
    encoder = _fit(name, texts, labels, native)
    encoder.save(folder)
    return encoder


def encode_posts(dump: Dump, encoder: TextEncoder, texts: pa.Array | None = None) -> Features:
    """Encode the words of every post, in the order of the table ``posts``.

    Args:
        dump: the tables.
        encoder: the text encoder.
        texts: the words ``[N]``; by default the own words of every post. A post that is labelled
            by its emoticons is encoded without.
    """
    posts = dump.read("posts", ["post_id", "own_text"])
    texts = posts["own_text"].combine_chunks() if texts is None else texts
    return encoder.encode(posts["post_id"].combine_chunks(), texts)


def encode_texts(encoder: TextEncoder, texts: pa.Array) -> npt.NDArray[np.float32]:
    """Encode N texts that are of no posts; vectors ``[N, D]``, zero for those that are missing."""
    ids = pa.array(map(str, range(len(texts))), pa.string())
    return encoder.encode(ids, texts).x


def _kind(plain: str) -> str:
    """Return what decides how an encoder is made: ``lexicon`` of ``lexicon:FOLDER``."""
    return LEXICON if plain.partition(":")[0] == LEXICON else plain


def _fit(name: str, texts: pa.Array, labels: npt.NDArray[np.int64] | None, native: str) -> Any:
    plain, stated = split_name(name)
    kind = _kind(plain)
    if kind not in FITTED:
        raise ContractError(
            f"text encoder {name!r} is not fitted on texts; expected one of {', '.join(FITTED)}; "
            "load it instead"
        )
    made = _fitted_class(kind)
    if kind in BAGS:
        from gnn_emotion.encoders.text.bag_of_words import BagOfWordsOptions

        bags = read_options(name, BagOfWordsOptions, stated, weighting=BAGS[plain])
        return made.fit(texts, labels, bags)
    if kind == WORD2VEC:
        from gnn_emotion.encoders.text.word2vec import Word2VecOptions

        file = stated.pop("vectors", None)
        vectors = None if file is None else Path(file)
        return made.fit(texts, read_options(name, Word2VecOptions, stated), vectors)
    if kind == TOKENS:
        from gnn_emotion.encoders.text.token_ids import TokenOptions

        return made.fit(texts, read_options(name, TokenOptions, stated))
    if kind == LEXICON:
        from gnn_emotion.encoders.text.classifiers.lexicon import LexiconOptions

        return made.fit(_after_colon(plain), native, read_options(name, LexiconOptions, stated))
    from gnn_emotion.encoders.text.classifiers.linear_fits import LINEAR

    unknown = np.full(len(texts), -1) if labels is None else labels
    return made.fit(kind, texts, unknown, native, read_options(name, LINEAR[kind], stated))


def _fitted_class(kind: str) -> Any:
    if kind in BAGS:
        from gnn_emotion.encoders.text.bag_of_words import BagOfWordsEncoder

        return BagOfWordsEncoder
    if kind == WORD2VEC:
        from gnn_emotion.encoders.text.word2vec import Word2VecEncoder

        return Word2VecEncoder
    if kind == TOKENS:
        from gnn_emotion.encoders.text.token_ids import TokenVocabulary

        return TokenVocabulary
    if kind == LEXICON:
        from gnn_emotion.encoders.text.classifiers.lexicon import LexiconEncoder

        return LexiconEncoder
    from gnn_emotion.encoders.text.classifiers.linear import LinearTextEncoder

    return LinearTextEncoder


def _load_fitted(plain: str, folder: Path) -> TextEncoder:
    kind = _kind(plain)
    made = _fitted_class(kind)
    if kind in LEARNED:
        return made.load(folder, kind)
    if kind == LEXICON:
        return made.load(folder, _after_colon(plain))
    encoder = made.load(folder)
    if kind in BAGS and encoder.options.terms.weighting != BAGS[plain]:
        raise ContractError(
            f"{folder} holds a bag of words weighed by {encoder.options.terms.weighting!r}, not "
            f"{plain!r}; load the encoder by the name that it was fitted by"
        )
    return encoder


def _after_colon(plain: str) -> Path | None:
    path = plain.partition(":")[2]
    return Path(path) if path else None
