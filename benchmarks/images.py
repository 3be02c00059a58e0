"""How good and how fast are the image encoders that need no pretrained weights?

Faces: a ResNet trained here in each of five folds that share no person, against descriptors with
support vector machines. Tweets: the affective descriptors alone, against a colour histogram. Speed:
pictures a second, against a plain torchvision loop. Every baseline is measured in the same run.

    python benchmarks/images.py --data DIR --output images.json --figure images.png
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
import torchvision
from PIL import Image
from record import write_record
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from torch import nn

from gnn_emotion.encoders.image.affect_image import AffectEncoder
from gnn_emotion.encoders.image.fit_vision import VisionFitOptions, fit_vision
from gnn_emotion.encoders.image.labelled_pictures import LabelledPictures
from gnn_emotion.encoders.image.pictures import open_picture
from gnn_emotion.encoders.image.torchvision_images import TorchvisionEncoder
from gnn_emotion.training.metrics import mean_interval

Rows = npt.NDArray[np.int64]
Fold = tuple[Rows, Rows]
#: (training rows, rows to predict) -> predicted classes.
Model = Callable[[Rows, Rows], Rows]
_SPEED_PICTURES, _SPEED_RUNS, _BATCH = 256, 3, 32


def main() -> None:
    """Run what was asked for and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("images.json"))
    parser.add_argument("--figure", type=Path, help="draw F1 by class of the faces into this file")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--side", type=int, default=48)
    parser.add_argument("--epochs", type=int, default=30)
    arguments = parser.parse_args()
    results: dict[str, Any] = {"threads": torch.get_num_threads()}
    options = VisionFitOptions(
        side=arguments.side, epochs=arguments.epochs, precision="bfloat16", learning_rate=3e-3
    )
    for part in arguments.parts:
        start = time.process_time()
        results[part] = PARTS[part](arguments.data, options)
        results[part]["cpu_seconds"] = round(time.process_time() - start)
    files = [arguments.data / name / "labels.parquet" for name in ("faces", "mvsa_single")]
    write_record(arguments.output, results, data=files, seeds=[options.seed])
    if arguments.figure and "faces" in results:
        draw(results["faces"], arguments.figure)


def run_faces(data: Path, options: VisionFitOptions) -> dict[str, Any]:
    """Eight emotions of faces; the person is the file name before its number."""
    table = pd.read_parquet(data / "faces" / "labels.parquet")
    classes = sorted(table["emotion"].unique())
    label = table["emotion"].map(classes.index).to_numpy(np.int64)
    person = pd.factorize(table["image"].str.replace(r"_\d+\.\w+$", "", regex=True))[0]
    paths = [data / "faces" / "images" / name for name in table["image"]]
    greys = [open_picture(path, side=64).convert("L").resize((64, 64)) for path in paths]
    hog = np.stack([oriented_gradients(np.asarray(grey)) for grey in greys])
    pixels = np.stack([np.asarray(grey.resize((32, 32))).ravel() / 255 for grey in greys])
    affect = np.stack(AffectEncoder().encode_files(paths))
    models: dict[str, Model] = {
        "majority": on_features(pixels, label, DummyClassifier),
        "pixels_lr": on_features(pixels, label, lambda: balanced_lr(3e-4)),
        "affect_svm": on_features(affect, label, balanced_svm),
        "hog_svm": on_features(hog, label, lambda: LinearSVC(C=0.01, class_weight="balanced")),
        "hog_rbf_svm": on_features(hog, label, lambda: SVC(C=3, class_weight="balanced")),
        "resnet10": trained_network(paths, label, person, options),
    }
    found = compare(models, label, person, classes)
    found["persons"], found["options"] = int(person.max()) + 1, vars(options) | {"augment": None}
    found["options"]["augment"] = vars(options.augment)
    return found


def run_tweets(data: Path, options: VisionFitOptions) -> dict[str, Any]:
    """Three sentiments of tweets, from the picture alone.

    Tweets with the same text or the same picture are in the same fold.
    """
    table = pd.read_parquet(data / "mvsa_single" / "labels.parquet")
    classes = sorted(table["label"].unique())
    label = table["label"].map(classes.index).to_numpy(np.int64)
    paths = [data / "mvsa_single" / "images" / f"{name}.jpg" for name in table["guid"]]
    content = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    histogram = np.stack([colour_histogram(open_picture(path)) for path in paths])
    affect = np.stack(AffectEncoder().encode_files(paths))
    models = {
        "majority": on_features(affect, label, DummyClassifier),
        "histogram_lr": on_features(histogram, label, lambda: LogisticRegression(max_iter=500)),
        "histogram_balanced_lr": on_features(histogram, label, lambda: balanced_lr(0.01)),
        "affect_balanced_lr": on_features(affect, label, lambda: balanced_lr(0.001)),
        "affect_svm": on_features(affect, label, balanced_svm),
    }
    return compare(models, label, same_group(table["text"], pd.Series(content)), classes)


def run_speed(data: Path, options: VisionFitOptions) -> dict[str, Any]:
    """Pictures a second from file to feature, the best of three runs that take turns."""
    paths = sorted((data / "mvsa_single" / "images").iterdir())[:_SPEED_PICTURES]
    network = torchvision.models.resnet18(weights=None).eval()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "resnet18.pth"
        torch.save(network.state_dict(), file)
        resnet = TorchvisionEncoder("resnet18", file)
    runs: dict[str, Callable[[], object]] = {
        "affect": lambda: AffectEncoder().encode_files(paths),
        "affect_one_thread": lambda: AffectEncoder(workers=1).encode_files(paths),
        "resnet18": lambda: resnet.encode_files(paths),
        "plain_torchvision_resnet18": lambda: plain_loop(network, paths),
    }
    # Seconds of the processors too: other work on the machine slows down the clock alone.
    clocks = {"second": time.perf_counter, "processor_second": time.process_time}
    best = {unit: dict.fromkeys(runs, 0.0) for unit in clocks}
    for _ in range(_SPEED_RUNS):
        for name, run in runs.items():
            start = {unit: clock() for unit, clock in clocks.items()}
            run()
            for unit, clock in clocks.items():
                rate = len(paths) / (clock() - start[unit])
                best[unit][name] = max(best[unit][name], rate)
    for unit, rates in best.items():
        print({name: f"{rate:.0f} pictures a {unit}" for name, rate in rates.items()}, flush=True)
    return {"pictures": len(paths), **{f"pictures_per_{unit}": best[unit] for unit in best}}


PARTS = {"faces": run_faces, "tweets": run_tweets, "speed": run_speed}


@torch.inference_mode()
def plain_loop(network: nn.Module, paths: Sequence[Path]) -> torch.Tensor:
    """Encode pictures as torchvision's documentation does, in batches."""
    transform = torchvision.models.ResNet18_Weights.DEFAULT.transforms()
    rows = []
    for start in range(0, len(paths), _BATCH):
        part = paths[start : start + _BATCH]
        pixels = [transform(Image.open(path).convert("RGB")) for path in part]
        rows.append(network(torch.stack(pixels)))
    return torch.cat(rows)


def compare(models: dict[str, Model], label: Rows, group: Rows, classes: list[str]) -> Any:
    """Judge models in five stratified folds that share no group."""
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    folds = list(splitter.split(label, label, group))
    assert all(not set(group[a]) & set(group[b]) for a, b in folds)
    found: dict[str, Any] = {"pictures": len(label), "classes": classes, "models": {}}
    for name, model in models.items():
        pred, scores = np.zeros_like(label), []
        for train, test in folds:
            pred[test] = model(train, test)
            scores.append(judge(label[test], pred[test]))
            print(f"{name}, fold {len(scores)}: {scores[-1]}", flush=True)
        found["models"][name] = {
            "folds": scores,
            **{of: spread([score[of] for score in scores]) for of in ("macro_f1", "accuracy")},
            "per_class": per_class(label, pred, classes),
        }
        print(name, {of: found["models"][name][of]["text"] for of in ("macro_f1", "accuracy")})
    return found


def judge(label: Rows, pred: Rows) -> dict[str, float]:
    """Score one fold; a class that it lacks does not count."""
    known = np.unique(label)
    f1 = f1_score(label, pred, labels=known, average="macro", zero_division=0)
    return {"macro_f1": float(f1), "accuracy": float(accuracy_score(label, pred))}


def spread(values: list[float]) -> dict[str, Any]:
    """Mean over folds with its 95 % interval."""
    mean, half = mean_interval(values)
    return {"mean": mean, "half_interval": half, "text": f"{mean:.3f} +- {half:.3f}"}


def per_class(label: Rows, pred: Rows, classes: list[str]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each class, over the predictions of all folds."""
    codes = list(range(len(classes)))
    found = precision_recall_fscore_support(label, pred, labels=codes, zero_division=0)
    names = ("precision", "recall", "f1", "support")
    return {
        name: {of: float(column[k]) for of, column in zip(names, found, strict=True)}
        for k, name in enumerate(classes)
    }


def on_features(x: npt.NDArray[np.floating], label: Rows, make: Callable[[], Any]) -> Model:
    """Make a model of a classifier on features."""
    return lambda train, test: make().fit(x[train], label[train]).predict(x[test])


def trained_network(
    paths: Sequence[Path], label: Rows, person: Rows, options: VisionFitOptions
) -> Model:
    """Make a model of a network that is stopped by persons whom it was not trained on."""

    def model(train: Rows, test: Rows) -> Rows:
        splitter = StratifiedGroupKFold(8, shuffle=True, random_state=0)
        fit, val = next(splitter.split(train, label[train], person[train]))
        take = LabelledPictures(paths, label).take
        part = take(train[fit])
        fitted = fit_vision(part.paths, part.labels, options, take(train[val]))
        probs = np.stack(fitted.classifier.encode_files([paths[row] for row in test]))
        return probs.argmax(axis=1)

    return model


def balanced_lr(strength: float) -> Any:
    """Logistic regression on standardised features, classes weighed alike."""
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000)
    return make_pipeline(StandardScaler(), model)


def balanced_svm() -> Any:
    """Linear support vectors on standardised features, classes weighed alike."""
    return make_pipeline(StandardScaler(), LinearSVC(C=0.003, class_weight="balanced"))


def oriented_gradients(grey: npt.NDArray[np.uint8], cell: int = 8, bins: int = 9) -> Any:
    """Histograms of oriented gradients, in blocks of 2 x 2 cells (Dalal and Triggs 2005)."""
    down, across = np.gradient(grey.astype(np.float32))
    turn = np.mod(np.arctan2(down, across) / np.pi, 1) * bins
    low, share, slope = turn.astype(int) % bins, turn % 1, np.hypot(across, down)
    side = len(grey) // cell
    row, column = np.mgrid[: len(grey), : len(grey)] // cell
    at = (row * side + column) * bins
    count = np.bincount((at + low).ravel(), (slope * (1 - share)).ravel(), side**2 * bins)
    count += np.bincount((at + (low + 1) % bins).ravel(), (slope * share).ravel(), side**2 * bins)
    grid = count.reshape(side, side, bins)
    blocks = np.concatenate([grid[:-1, :-1], grid[1:, :-1], grid[:-1, 1:], grid[1:, 1:]], axis=2)
    for _ in range(2):  # L2-Hys: normalised, clipped, normalised again
        blocks = blocks / np.sqrt((blocks**2).sum(axis=2, keepdims=True) + 1e-3)
        blocks = blocks.clip(max=0.2)
    return blocks.ravel()


def colour_histogram(image: Image.Image) -> npt.NDArray[np.float64]:
    """Share of the pixels in each of 8 x 8 x 8 bins of red, green and blue."""
    level = np.asarray(image).reshape(-1, 3) // 32
    code = (level[:, 0].astype(int) * 8 + level[:, 1]) * 8 + level[:, 2]
    return np.bincount(code, minlength=512) / len(code)


def same_group(*keys: pd.Series) -> Rows:
    """Group rows that share any of the keys, directly or through others."""
    count = len(keys[0])
    codes = [pd.factorize(key)[0] + count * (k + 1) for k, key in enumerate(keys)]
    rows, columns = np.tile(np.arange(count), len(keys)), np.concatenate(codes)
    size = count * (len(keys) + 1)
    links = coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    return connected_components(links, directed=False)[1][:count]


def draw(found: dict[str, Any], path: Path) -> None:
    """Draw the F1 of each class by model."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
    width = 0.8 / len(found["models"])
    for k, (name, model) in enumerate(found["models"].items()):
        values = [model["per_class"][of]["f1"] for of in found["classes"]]
        text = f"{name}: {model['macro_f1']['text']}"
        ax.bar(np.arange(len(values)) + k * width, values, width, label=text)
    ax.set_xticks(np.arange(len(found["classes"])) + 0.4 - width / 2, found["classes"])
    ax.set(ylabel="F1", title="Faces, five folds without a common person")
    ax.legend(title="macro-F1")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
