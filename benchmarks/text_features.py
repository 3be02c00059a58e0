"""How well do the text encoders and the text heads read single posts, and how fast?

SMP2020-EWECT (usual): fitted on its train part, settings chosen and training stopped by a tenth of
it, judged once on its eval part: with all texts, and without those that also stand in train. The
embedded encoder was trained on other corpora too, but on no text of that tenth and none of eval.

    OMP_NUM_THREADS=1 python benchmarks/text_features.py --data DIR --output text_features.json
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import torch
from record import write_record
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from gnn_emotion.encoders.text.bag_of_words import BagOfWordsEncoder
from gnn_emotion.encoders.text.bundled_text import FAST, bundled_text
from gnn_emotion.encoders.text.load_text import (
    EMBEDDED,
    TextEncoder,
    encode_texts,
    load_text_encoder,
)
from gnn_emotion.encoders.text.term_bags import TermBags, TermOptions
from gnn_emotion.encoders.text.token_ids import TokenVocabulary
from gnn_emotion.encoders.text.word2vec import Word2VecEncoder, Word2VecOptions
from gnn_emotion.nn.text_head_config import TextHeadConfig
from gnn_emotion.nn.text_heads import TEXT_HEADS
from gnn_emotion.schema.emotions import parse_labels
from gnn_emotion.training.fit import seed_everything
from gnn_emotion.training.fit_text_head import (
    HEAD_OPTIONS,
    fit_text_head,
    label_task,
    text_head_outputs,
)
from gnn_emotion.training.metrics import macro_f1, mean_interval
from gnn_emotion.training.task import TRAIN, VAL

Labels = npt.NDArray[np.int64]
#: Texts -> predicted classes.
Classify = Callable[[pa.Array], Labels]


@dataclass(frozen=True)
class Texts:
    """Labelled texts.

    Attributes:
        texts: N texts.
        label: classes ``[N]``.
        held_out: which choose settings and stop training ``[N]``, or are left out of a comparison.
    """

    texts: pa.Array
    label: Labels
    held_out: npt.NDArray[np.bool_]

    def where(self, mask: npt.NDArray[np.bool_]) -> tuple[pa.Array, Labels]:
        """Return the texts and labels of a mask ``[N]``."""
        return self.texts.filter(pa.array(mask)), self.label[mask]


def main() -> None:
    """Fit, judge and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("text_features.json"))
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train, test, files = read_smp2020(arguments.data)
    results: dict[str, Any] = {
        "texts": {"train": len(train.label), "eval": len(test.label)},
        "eval_in_train": int(test.held_out.sum()),
        "methods": {},
    }
    for name, (fit, seeds) in METHODS.items():
        count = arguments.seeds if seeds else 1
        runs = [judge(fit, train, test, seed) for seed in range(count)]
        results["methods"][name] = runs
        print(f"{name}: {summary(runs)}", flush=True)
    write_record(arguments.output, results, data=files, seeds=range(arguments.seeds))


def read_smp2020(data: Path) -> tuple[Texts, Texts, list[Path]]:
    """Read train, a tenth of whose texts is held out, and eval with those that stand in train."""
    files = [data / "smp2020_ewect" / f"usual_{part}.parquet" for part in ("train", "eval")]
    train, test = (pd.read_parquet(file) for file in files)
    # The tenth that the bundled model has not seen either; see train_bundled.py.
    tenth = np.array([hashlib.sha256(t.encode()).digest()[0] < 26 for t in train.content])
    repeated = test.content.str.strip().isin(set(train.content.str.strip())).to_numpy()
    return _texts(train, tenth), _texts(test, repeated), files


def _texts(table: pd.DataFrame, held_out: npt.NDArray[np.bool_]) -> Texts:
    label = parse_labels(table.label, "smp2020")
    return Texts(pa.array(table.content, pa.string()), label, held_out)


def judge(fit: Callable[..., tuple[Classify, float]], train: Texts, test: Texts, seed: int) -> dict:
    """Fit one method under one seed, and judge it on eval."""
    # Seconds of the processor: with one thread, and whatever else the machine does.
    start = time.process_time()
    classify, val = fit(train, seed)
    fitted = time.process_time()
    pred = classify(test.texts)
    seconds = time.process_time() - fitted
    classes, fresh = int(train.label.max()) + 1, ~test.held_out
    return {
        "seed": seed,
        "val_macro_f1": val,
        "macro_f1": macro_f1(test.label, pred, classes),
        "macro_f1_not_in_train": macro_f1(test.label[fresh], pred[fresh], classes),
        "accuracy": float((pred == test.label).mean()),
        "fit_seconds": round(fitted - start, 1),
        "texts_per_second": round(len(pred) / seconds),
    }


def sparse_svm(options: TermOptions) -> Callable[..., tuple[Classify, float]]:
    """Fit a linear SVM on bags of terms."""

    def fit(train: Texts, seed: int) -> tuple[Classify, float]:
        bags, model, val = fit_svm(train, options, seed)
        return lambda texts: model.predict(bags.transform(texts)), val

    return fit


def fit_svm(
    train: Texts, options: TermOptions, seed: int = 0
) -> tuple[TermBags, ClassifierMixin, float]:
    """Fit a linear SVM on bags of terms; the held-out texts choose C, and give the score."""
    bags, _ = TermBags.fit(train.where(~train.held_out)[0], options)
    models = [LinearSVC(C=c, random_state=seed) for c in (0.03, 0.1, 0.3, 1.0)]
    return bags, *best_of(models, bags.transform(train.texts), train)


def dense_regression(
    make: Callable[[pa.Array, int], TextEncoder],
) -> Callable[..., tuple[Classify, float]]:
    """Fit a logistic regression on the features that the graph would get."""

    def fit(train: Texts, seed: int) -> tuple[Classify, float]:
        encoder = make(train.where(~train.held_out)[0], seed)
        rates = (0.001, 0.01, 0.1, 1.0)
        models = [
            make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=300)) for c in rates
        ]
        model, val = best_of(models, encode_texts(encoder, train.texts), train)
        return lambda texts: model.predict(encode_texts(encoder, texts)), val

    return fit


def best_of(
    models: Sequence[ClassifierMixin], x: Any, train: Texts
) -> tuple[ClassifierMixin, float]:
    """Fit each model; return the one that reads the held-out texts best, and how well."""
    fresh, classes = ~train.held_out, int(train.label.max()) + 1
    scores = []
    for model in models:
        model.fit(x[np.flatnonzero(fresh)], train.label[fresh])
        pred = model.predict(x[np.flatnonzero(train.held_out)])
        scores.append(macro_f1(train.label[train.held_out], pred, classes))
    best = int(np.argmax(scores))
    return models[best], scores[best]


def text_head(kind: str, hidden_channels: int) -> Callable[..., tuple[Classify, float]]:
    """Fit a head over characters."""

    def fit(train: Texts, seed: int) -> tuple[Classify, float]:
        vocabulary = TokenVocabulary.fit(train.where(~train.held_out)[0])
        classes = int(train.label.max()) + 1
        seed_everything(seed)
        config = TextHeadConfig(len(vocabulary), classes, hidden_channels=hidden_channels)
        head = TEXT_HEADS[kind](config)
        split = np.where(train.held_out, VAL, TRAIN).astype(np.int8)
        history = fit_text_head(
            head,
            vocabulary.ids(train.texts),
            label_task(train.label, split, classes),
            replace(HEAD_OPTIONS, seed=seed),
        )
        val = max(epoch.val_macro_f1 for epoch in history)
        return lambda texts: text_head_outputs(head, vocabulary.ids(texts))[0].argmax(axis=1), val

    return fit


def summary(runs: Sequence[dict[str, Any]]) -> str:
    """Write the mean of the seeds with its 95 % interval."""
    out = []
    for name in ("val_macro_f1", "macro_f1", "macro_f1_not_in_train"):
        values = [run[name] for run in runs]
        mean, half = mean_interval(values) if len(values) > 1 else (values[0], 0.0)
        out.append(f"{name} {mean:.4f} +- {half:.4f}")
    speed = np.mean([run["texts_per_second"] for run in runs])
    seconds = np.mean([run["fit_seconds"] for run in runs])
    return f"{', '.join(out)}, {speed:,.0f} texts/s, fitted in {seconds:.0f} s"


def _bag(texts: pa.Array, seed: int) -> TextEncoder:
    return BagOfWordsEncoder.fit(texts)


def _word2vec(texts: pa.Array, seed: int) -> TextEncoder:
    return Word2VecEncoder.fit(texts, Word2VecOptions(seed=seed))


def _embedded(texts: pa.Array, seed: int) -> TextEncoder:
    return load_text_encoder(EMBEDDED, bundled_text(FAST))


CHARS = TermOptions(units="chars", max_terms=200_000)
_WORDS = TermOptions(units="words", weighting="counts", max_terms=200_000)
#: Name -> (how it is fitted, whether it is random).
METHODS: dict[str, tuple[Callable[..., tuple[Classify, float]], bool]] = {
    "tfidf of characters, linear SVM": (sparse_svm(CHARS), False),
    "bag of words, linear SVM": (sparse_svm(_WORDS), False),
    "tfidf encoder (128 wide), LR": (dense_regression(_bag), False),
    "word2vec encoder, LR": (dense_regression(_word2vec), True),
    "embedded encoder, LR": (dense_regression(_embedded), False),
    "TextCNN of characters": (text_head("cnn", 64), True),
    "BiLSTM of characters": (text_head("lstm", 64), True),
}


if __name__ == "__main__":
    main()
