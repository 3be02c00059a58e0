"""Do pictures add to texts? Text, image and every kind of fusion on MVSA-Single, without weights.

Five partitions into five folds, stratified by label; tweets with the same words or the same picture
stay in one fold. Everything is fitted on training folds; the stack chooses its settings by inner
folds. What is constant (views, machines, networks, the headline) was chosen on partition 0, which
is not reported. The control has the pictures of other tweets in place of a tweet's own. Two
intervals stand beside each difference: the corrected resampled t of Nadeau & Bengio (2003) over
seeds x folds, and a bootstrap over groups of tweets.

    python benchmarks/multimodal.py --data DIR --output multimodal.json --figure multimodal.png
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from multimodal_models import (
    Stack,
    Views,
    fit_network,
    network_views,
    plain_linear,
    predict_network,
)
from mvsa import (
    FOLDS,
    LABELS,
    Rows,
    Tweets,
    affect,
    clean_tweet,
    colour_histogram,
    lent_sentiment,
    read_mvsa,
    style,
)
from paired import bootstrap_gain, corrected_interval
from record import write_record
from scipy import sparse
from sklearn import metrics
from sklearn.feature_extraction.text import TfidfVectorizer

from gnn_emotion.nn.fusion import FUSIONS

#: Chosen on partition 0: the fusion that is held against the best single modality.
HEADLINE = "stack"
SINGLE = ("tfidf", "tfidf_balanced", "colour", "stack_text", "stack_image", "net_text", "net_image")
_STACKS = {
    "stack_text": ("words", "dense"),
    "stack_image": ("affect",),
    "stack": ("words", "dense", "affect"),
    "stack_shuffled_images": ("words", "dense", "shuffled"),
}
#: Share of the contrastive loss in ``net_mid_aligned``.
_ALIGN = 0.1


def main() -> None:
    """Run every partition, compare, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("multimodal.json"))
    parser.add_argument("--figure", type=Path, help="draw macro-F1 by model into this file")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tweets = read_mvsa(arguments.data / "mvsa_single")
    views = make_views(arguments.data, tweets)
    fold, pred = run_partitions(tweets, views, arguments.seeds)
    scores = {name: by_fold(tweets.label, found, fold) for name, found in pred.items()}
    results: dict[str, Any] = {
        "tweets": len(tweets.label),
        "groups": len(np.unique(tweets.group)),
        "labels": dict(zip(LABELS, np.bincount(tweets.label).tolist(), strict=True)),
        "models": {name: summary(tweets.label, pred[name], scores[name]) for name in pred},
        "against_best_single": compare(tweets, pred, scores),
    }
    for name, found in results["models"].items():
        print(f"{name:24} macro-F1 {found['macro_f1']:.4f} +- {found['half_width']:.4f}")
    for name, found in results["against_best_single"]["fusions"].items():
        print(f"{name:24} - {results['against_best_single']['single']}: {found}")
    files = [arguments.data / "mvsa_single" / "labels.parquet"]
    write_record(arguments.output, results, data=files, seeds=arguments.seeds)
    if arguments.figure:
        draw(results["models"], arguments.figure)


def make_views(data: Path, tweets: Tweets) -> Views:
    """Compute what needs no fitting."""
    clean = np.array([clean_tweet(text) for text in tweets.texts], dtype=object)
    dense = np.hstack([style(tweets.texts), lent_sentiment(data, clean)])
    raw = np.array(tweets.texts, dtype=object)
    return Views(raw, clean, dense, affect(tweets.pictures), colour_histogram(tweets.pictures))


def run_partitions(
    tweets: Tweets, views: Views, seeds: list[int]
) -> tuple[npt.NDArray[np.int64], dict[str, npt.NDArray[np.int64]]]:
    """Predict every tweet once a partition.

    Returns:
        The fold of each tweet ``[S, N]``, and the predictions of each model ``[S, N]``.
    """
    shape = (len(seeds), len(tweets.label))
    fold = np.zeros(shape, dtype=np.int64)
    pred: dict[str, npt.NDArray[np.int64]] = {}
    for i, seed in enumerate(seeds):
        start = time.perf_counter()
        for f, (train, test) in enumerate(tweets.folds(np.arange(shape[1]), FOLDS, seed)):
            fold[i, test] = f
            for name, found in run_fold(tweets, views, train, test, seed).items():
                pred.setdefault(name, np.zeros(shape, dtype=np.int64))[i, test] = found
        print(f"partition {seed}: {time.perf_counter() - start:.0f} s", flush=True)
    return fold, pred


def run_fold(
    tweets: Tweets, views: Views, train: Rows, test: Rows, seed: int
) -> dict[str, npt.NDArray[np.int64]]:
    """Fit every model on one training fold and predict the test fold."""
    label = tweets.label
    found = {"majority": np.full(len(test), np.bincount(label[train]).argmax())}
    words = TfidfVectorizer().fit(views.raw[train]).transform(views.raw)
    colour = sparse.csr_matrix(views.colour)
    for name, x in (
        ("tfidf", words),
        ("colour", colour),
        ("tfidf+colour", sparse.hstack([words, colour]).tocsr()),
    ):
        found[name] = plain_linear(x, label, train, test, balance=False)
    found["tfidf_balanced"] = plain_linear(words, label, train, test, balance=True)
    stack = Stack(tweets, views, seed)
    stack.score(train, test)
    found |= {name: stack.predict(parts, train) for name, parts in _STACKS.items()}
    x = network_views(views, train)
    for one in x:
        model = fit_network("mid", {one: x[one]}, label, train, seed)
        found[f"net_{one}"] = predict_network(model, {one: x[one]}, test)
    for kind in FUSIONS:
        model = fit_network(kind, x, label, train, seed)
        found[f"net_{kind}"] = predict_network(model, x, test)
        for hidden in x:
            found[f"net_{kind} without {hidden}"] = predict_network(model, x, test, hidden)
    model = fit_network("mid", x, label, train, seed, align=_ALIGN)
    found["net_mid_aligned"] = predict_network(model, x, test)
    return found


def by_fold(
    label: Rows, pred: npt.NDArray[np.int64], fold: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Compute macro-F1 of each seed and fold ``[S * F]``."""
    return np.array(
        [
            metrics.f1_score(label[here], found[here], average="macro", zero_division=0)
            for found, folds in zip(pred, fold, strict=True)
            for here in (folds == f for f in range(FOLDS))
        ]
    )


def summary(
    label: Rows, pred: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]
) -> dict[str, Any]:
    """Average a model over seeds and folds."""
    mean, half = corrected_interval(scores, FOLDS)
    repeated = np.tile(label, len(pred))
    each = metrics.f1_score(repeated, pred.ravel(), average=None, zero_division=0)
    return {
        "macro_f1": mean,
        "half_width": half,
        "accuracy": float((pred == label).mean()),
        "weighted_f1": float(metrics.f1_score(repeated, pred.ravel(), average="weighted")),
        "f1": dict(zip(LABELS, map(float, each), strict=True)),
        "by_seed_and_fold": scores.round(4).tolist(),
    }


def compare(
    tweets: Tweets,
    pred: Mapping[str, npt.NDArray[np.int64]],
    scores: Mapping[str, npt.NDArray[np.float64]],
) -> dict[str, Any]:
    """Hold every fusion against the single modality with the best mean of this very run."""
    single = max(SINGLE, key=lambda name: scores[name].mean())
    fusions = [name for name in pred if "without" not in name and name not in SINGLE]
    found = {}
    for name in fusions:
        mean, half = corrected_interval(scores[name] - scores[single], FOLDS)
        low, high = bootstrap_gain(
            tweets.label, tweets.group, pred[name], pred[single], len(LABELS)
        )
        found[name] = {
            "difference": round(mean, 4),
            "corrected_t": [round(mean - half, 4), round(mean + half, 4)],
            "bootstrap": [round(low, 4), round(high, 4)],
        }
    return {"single": single, "headline": HEADLINE, "fusions": found}


def draw(models: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw macro-F1 with its interval, a bar a model."""
    import matplotlib.pyplot as plt

    names = [name for name in models if "without" not in name]
    means = [models[name]["macro_f1"] for name in names]
    halves = [models[name]["half_width"] for name in names]
    figure, ax = plt.subplots(figsize=(7, 5), layout="constrained")
    ax.barh(
        names, means, xerr=halves, color=["#0072B2" if n in SINGLE else "#D55E00" for n in names]
    )
    ax.invert_yaxis()
    ax.set_xlabel("macro-F1, mean and 95 % interval")
    ax.set_title("MVSA-Single: one modality (blue), several or none (orange)")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
