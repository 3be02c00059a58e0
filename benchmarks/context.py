"""Does context help? Text-only against graph against a graph with shuffled edges, on CED.

Distant labels from the writers' own emoticons, which are taken out of every text; split by cascade;
the embedded text encoder has seen no label of the validation and test cascades; everything but the
layers is the same for all models. Each model is stopped by the validation split and judged on the
test split once a seed.

    python benchmarks/context.py --data DIR --output context.json
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from public_sets.ced import FOLDER, emoticon_task, test_subsets
from record import write_record
from scipy import sparse, special
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from torch_geometric.data import HeteroData

from gnn_emotion import read_dump
from gnn_emotion.encoders.text.bundled_text import FAST, bundled_text
from gnn_emotion.encoders.text.load_text import EMBEDDED, encode_posts, load_text_encoder
from gnn_emotion.encoders.users import SPEC as USER_SPEC
from gnn_emotion.encoders.users import encode_users
from gnn_emotion.graph.blocks import edge_counts, incoming
from gnn_emotion.graph.build import build_graph
from gnn_emotion.graph.controls import controlled_graph
from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.schema.graph import PAST_ONLY
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.metrics import evaluate, mean_interval
from gnn_emotion.training.predict import predict_logits
from gnn_emotion.training.task import TEST, TRAIN, Task, single_label
from gnn_emotion.training.train import train_model
from gnn_emotion.training.train_options import TrainOptions

#: Name -> (layers, whether the edges are shuffled).
MODELS = {
    "text_only": (TrainOptions(conv="none"), False),
    "gcn": (TrainOptions(conv="gcn"), False),
    "gat": (TrainOptions(conv="gat"), False),
    "gat_shuffled": (TrainOptions(conv="gat"), True),
}
BASELINE = "text_only"


def main() -> None:
    """Run everything and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("context.json"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--layers", type=int, default=1, help="message-passing layers")
    arguments = parser.parse_args()
    dump = read_dump(arguments.data / FOLDER)
    graph, task = prepare(dump)
    subsets = test_subsets(dump, task)
    results: dict[str, Any] = {"posts": dump.rows("posts"), "models": {}}
    results["layers"] = arguments.layers
    results["labels"] = {name: int(np.sum(rows)) for name, rows in subsets.items()}
    results["tfidf"] = tfidf_baselines(dump, graph, task, subsets)
    graphs = {False: graph, True: controlled_graph(graph, PAST_ONLY, "shuffled", seed=0)}
    for name, (options, shuffle) in MODELS.items():
        shaped = replace(options, num_layers=arguments.layers)
        runs = [
            run(graphs[shuffle], task, shaped, seed, subsets) for seed in range(arguments.seeds)
        ]
        results["models"][name] = runs
        print(name, {s: summary([r["test"][s] for r in runs]) for s in subsets}, flush=True)
    results["against_text_only"] = differences(results["models"], list(subsets))
    for name, found in results["against_text_only"].items():
        print(f"{name} - {BASELINE}: {found}")
    files = sorted((arguments.data / FOLDER).glob("*.parquet"))
    write_record(arguments.output, results, data=files, seeds=range(arguments.seeds))


def prepare(dump: Dump) -> tuple[HeteroData, Task]:
    """Encode without emoticons, build the graph, read labels off the emoticons."""
    posts = encode_posts(dump, load_text_encoder(EMBEDDED, bundled_text(FAST)), words(dump))
    graph = build_graph(dump, {"post": posts, "user": encode_users(dump)})
    return graph, emoticon_task(dump)


def words(dump: Dump) -> pa.Array:
    """Return what each post says, without emoticons ``[N]``."""
    return without_emoticons(dump.read("posts", ["own_text"])["own_text"].combine_chunks())


def contract() -> dict[str, EncoderSpec]:
    """Say what makes the features: those that models have where nothing is said."""
    return {"post": load_text_encoder(EMBEDDED, bundled_text(FAST)).spec, "user": USER_SPEC}


def run(
    graph: HeteroData,
    task: Task,
    options: TrainOptions,
    seed: int,
    subsets: dict[str, npt.NDArray[np.bool_]],
) -> dict[str, Any]:
    """Train one model and judge it on every subset of the test split."""
    start = time.perf_counter()
    config = options.model_config(contract(), ("emoticon",))
    fitted = train_model(graph, task, config, replace(FitOptions(), seed=seed))
    at = task.at(TEST)
    loader = BlockLoader(graph, config.relations, config.num_layers)
    logits = predict_logits(fitted.model, loader, task.rows[at], task.source[at])
    probs = special.softmax(logits.astype(np.float64) / fitted.members[0].temperature, axis=1)
    return {
        "seed": seed,
        "seconds": round(time.perf_counter() - start, 1),
        "epochs": len(fitted.histories[0]),
        "val_macro_f1": fitted.scores["val"]["emoticon"]["macro_f1"],
        "test": {name: judge(probs[rows], task, at[rows]) for name, rows in subsets.items()},
    }


def judge(probs: npt.NDArray[np.float64], task: Task, at: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Score probabilities against the labels at some positions of the task."""
    label = single_label(task.allowed[at], probs.argmax(axis=1))
    found = evaluate(probs, label, [str(k) for k in range(probs.shape[1])])
    return {name: found[name] for name in ("macro_f1", "accuracy", "ece", "support")}


def tfidf_baselines(
    dump: Dump, graph: HeteroData, task: Task, subsets: dict[str, npt.NDArray[np.bool_]]
) -> dict[str, Any]:
    """Judge character TF-IDF with a linear classifier: the text alone, and with its neighbours.

    Neighbours are the parent, the root and the earlier posts of the thread; their TF-IDF vectors
    are averaged and set beside those of the text.
    """
    texts = words(dump)
    vectorizer = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, 2),
        max_features=50_000,
        sublinear_tf=True,
        dtype=np.float32,
    )
    vectorizer.fit(texts.take(pa.array(task.rows[task.at(TRAIN)])).to_pylist())
    x = vectorizer.transform(texts.to_pylist())
    neighbours = neighbour_mean(graph, len(texts)) @ x
    label = task.allowed.argmax(axis=1)
    found = {}
    for name, features in (("text_only", x), ("with_neighbours", sparse.hstack([x, neighbours]))):
        rows = features.tocsr()[task.rows]
        model = SGDClassifier(
            loss="log_loss", alpha=3e-6, class_weight="balanced", average=True, random_state=0
        )
        model.fit(rows[task.at(TRAIN)], label[task.at(TRAIN)])
        probs = np.zeros((len(task.at(TEST)), task.allowed.shape[1]))
        probs[:, model.classes_] = model.predict_proba(rows[task.at(TEST)])
        at = task.at(TEST)
        found[name] = {s: judge(probs[rows_], task, at[rows_]) for s, rows_ in subsets.items()}
        print("tfidf", name, {s: round(v["macro_f1"], 4) for s, v in found[name].items()})
    return found


def neighbour_mean(graph: HeteroData, count: int) -> sparse.csr_array:
    """Return the matrix that averages the past context of each post ``[N, N]``."""
    total = edge_counts(incoming(graph, PAST_ONLY), count)
    total.data[:] = 1
    degree = np.maximum(np.asarray(total.sum(axis=1)).ravel(), 1)
    return sparse.diags_array(1 / degree.astype(np.float32)) @ total


def differences(
    models: dict[str, list[dict[str, Any]]], subsets: list[str]
) -> dict[str, dict[str, str]]:
    """Compare each model with the text alone, seed by seed."""
    pair: Callable[[str, str, int], float] = lambda name, subset, i: float(  # noqa: E731
        models[name][i]["test"][subset]["macro_f1"]
        - models[BASELINE][i]["test"][subset]["macro_f1"]
    )
    return {
        name: {
            subset: interval([pair(name, subset, i) for i in range(len(runs))])
            for subset in subsets
        }
        for name, runs in models.items()
        if name != BASELINE
    }


def summary(runs: list[dict[str, Any]]) -> str:
    """Write the mean macro-F1 of several seeds with its 95 % interval."""
    return interval([run["macro_f1"] for run in runs])


def interval(values: list[float]) -> str:
    """Write a mean with its 95 % interval over seeds."""
    if len(values) < 2:
        return f"{values[0]:.4f}"
    mean, half = mean_interval(values)
    return f"{mean:+.4f} +- {half:.4f}"


if __name__ == "__main__":
    main()
