"""MVSA-Single: tweets with one picture each, in folds that share neither a text nor a picture."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from gnn_emotion.encoders.image.affect_image import AffectEncoder

LABELS = ("negative", "neutral", "positive")
FOLDS = 5
_TOKEN = r"#?\w[\w']*|[^\w\s]"

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tweets:
    """N tweets.

    Attributes:
        texts: as they were written.
        pictures: one file each.
        label: index into ``LABELS`` ``[N]``.
        group: tweets with the same words or the same picture share a number ``[N]``.
    """

    texts: list[str]
    pictures: list[Path]
    label: Rows
    group: Rows

    def folds(self, rows: Rows, count: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
        """Split rows into folds, stratified by label, no group in two: (train, test) rows."""
        split = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
        for train, test in split.split(rows, self.label[rows], self.group[rows]):
            yield rows[train], rows[test]


def read_mvsa(folder: Path) -> Tweets:
    """Read the texts, labels and pictures."""
    table = pd.read_parquet(folder / "labels.parquet")
    pictures = [folder / "images" / f"{guid}.jpg" for guid in table.guid]
    texts, label = table.text.tolist(), np.array([LABELS.index(one) for one in table.label])
    same_words = [_bare_words(text) or i for i, text in enumerate(texts)]
    same_picture = [_difference_hash(path) for path in pictures]
    return Tweets(texts, pictures, label, _joined(same_words, same_picture))


def _bare_words(text: str) -> str:
    """Take out what differs between copies of a tweet: case, links, RT marks, punctuation."""
    text = re.sub(r"https?://\S*|\brt\s+@\w+:?", " ", text.lower())
    return " ".join(re.findall(r"\w+", text))


def _difference_hash(path: Path) -> bytes:
    """Hash a picture so that a copy that was compressed again has the same hash (64 bits)."""
    grey = np.asarray(Image.open(path).convert("L").resize((9, 8), Image.Resampling.BILINEAR))
    return np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes()


def _joined(*keys: Sequence[Hashable]) -> Rows:
    """Number the rows so that those that share any key share a number."""
    count = len(keys[0])
    codes = [pd.factorize(pd.Series(list(key), dtype=object))[0] for key in keys]
    rows = np.tile(np.arange(count), len(keys))
    nodes = np.concatenate([code + count * (1 + i) for i, code in enumerate(codes)])
    size = count * (1 + len(keys))
    links = sparse.coo_matrix((np.ones(len(rows)), (rows, nodes)), (size, size))
    return sparse.csgraph.connected_components(links, directed=False)[1][:count].astype(np.int64)


def clean_tweet(text: str) -> str:
    """Replace links, names and lost emoji by one word each, split hashtags, fold case."""
    text = html.unescape(text)
    text = re.sub(r"https?:?/?/?\S*", " xxurl ", text)
    text = re.sub(r"^\s*RT @\w+:?", " xxrt ", text)
    text = re.sub(r"@\w+", " xxuser ", text)
    text = re.sub(r"#(\w+)", lambda tag: f" #{tag[1]} {_split_tag(tag[1])}", text)
    text = re.sub(r"\?{2,}", " xxemoji ", text)  # the data set lost its emoji so
    return re.sub(r"!+", " ! ", text).lower()


def _split_tag(tag: str) -> str:
    """``RockOutLoud2day`` to ``Rock Out Loud 2 day``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=\D)(?=\d)|(?<=\d)(?=\D)", " ", tag)


def tfidf(clean: npt.NDArray[np.object_], train: Rows) -> sparse.csr_matrix:
    """Weigh words and characters of all tweets ``[N, V]``; words and weights of the train rows."""
    words = TfidfVectorizer(token_pattern=_TOKEN, ngram_range=(1, 2), sublinear_tf=True)
    marks = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    parts = [part.fit(clean[train]).transform(clean) for part in (words, marks)]
    return sparse.hstack(parts, dtype=np.float32).tocsr()


def style(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Measure how a tweet is written, whatever its words ``[N, 15]``."""
    share: Callable[[str, Callable[[str], bool]], float] = lambda text, kind: (  # noqa: E731
        sum(map(kind, text)) / (len(text) + 1)
    )
    rows = [
        [
            len(text),
            len(text.split()),
            text.startswith("RT @"),
            "??" in text,
            "…" in text,
            '"' in text,
            *(text.count(mark) for mark in ("#", "@", "http", "!", "?", ":")),
            share(text, str.isupper),
            share(text, str.isdigit),
            share(text, lambda char: ord(char) > 127),
        ]
        for text in texts
    ]
    return np.array(rows, dtype=np.float32)


def lent_sentiment(data: Path, clean: npt.NDArray[np.object_]) -> npt.NDArray[np.float32]:
    """Judge tweets by classifiers of other English data: MELD, Health Care Reform, both.

    Returns:
        Log-probabilities ``[N, 9]``; no label of MVSA is looked at.
    """
    meld = pd.read_csv(data / "meld" / "train_sent_emo.csv")
    hcr = pd.read_csv(data / "hcr" / "hcr-train.csv")
    hcr = hcr[hcr.sentiment.isin(LABELS)]
    both_texts, both_labels = [meld.Utterance, hcr.content], [meld.Sentiment, hcr.sentiment]
    judged = []
    for texts, labels in (
        *zip(both_texts, both_labels, strict=True),
        (pd.concat(both_texts), pd.concat(both_labels)),
    ):
        known = np.array([clean_tweet(str(text)) for text in texts], dtype=object)
        both = np.concatenate([known, clean])
        x = tfidf(both, np.arange(len(known)))
        model = LogisticRegression(C=2.0, max_iter=500, class_weight="balanced")
        judged.append(model.fit(x[: len(known)], labels).predict_log_proba(x[len(known) :]))
    return np.hstack(judged).astype(np.float32)


def affect(pictures: Sequence[Path]) -> npt.NDArray[np.float32]:
    """Describe pictures by the embedded encoder ``[N, D]``."""
    return np.stack([np.asarray(row) for row in AffectEncoder(workers=1).encode_files(pictures)])


def colour_histogram(pictures: Sequence[Path]) -> npt.NDArray[np.float32]:
    """Count the colours of pictures in 8 x 8 x 8 bins ``[N, 512]``; the plain baseline."""
    rows = []
    for path in pictures:
        pixels = np.asarray(Image.open(path).convert("RGB").resize((64, 64))).reshape(-1, 3) // 32
        rows.append(np.bincount(pixels.astype(int) @ [64, 8, 1], minlength=512) / len(pixels))
    return np.array(rows, dtype=np.float32)
