"""Train a network from scratch on labelled pictures.

What comes out serves twice: as a classifier, and, saved to a file, as the image encoder
``NETWORK:FILE``, whose features are those before the last layer.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from sklearn.metrics import f1_score
from torch import Tensor, channels_last
from torch.nn import functional
from tqdm import tqdm

from gnn_emotion.encoders.augment import AugmentOptions, training_transform
from gnn_emotion.encoders.backbones import Preparation, build_network
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.pictures import open_picture, read_each
from gnn_emotion.encoders.vision import PRECISIONS, bounded
from gnn_emotion.encoders.vision_classifier import VisionClassifier
from gnn_emotion.schema.errors import ContractError, LabelError, closest

Labels = npt.NDArray[np.int64]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VisionFitOptions:
    """What is trained, and how.

    Attributes:
        network: a torchvision name, or ``resnet10``.
        side: pixels of the square that the network sees.
        epochs: passes over the pictures, at most.
        patience: passes without a better macro-F1 on the validation part, after which it stops.
        batch_size: pictures a step.
        learning_rate: the highest; it rises for a tenth of the steps, then falls to nothing.
        weight_decay: of AdamW (Loshchilov and Hutter 2019).
        label_smoothing: share of the target that is spread over all classes.
        balance: a class weighs as its frequency to the power of minus this: 0 for all pictures
            alike, 1 for all classes alike.
        augment: how pictures are changed.
        precision: of the layers, a key of ``PRECISIONS``; ``bfloat16`` is the faster one on GPUs
            and recent CPUs. Weights and loss stay in float32.
        seed: of weights, order, augmentation and the validation part.
    """

    network: str = "resnet10"
    side: int = 64
    epochs: int = 40
    patience: int = 15
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    balance: float = 0.5
    augment: AugmentOptions = field(default_factory=AugmentOptions)
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.side, self.epochs, self.patience) < 1 or self.batch_size < 2:
            raise ValueError(
                f"side {self.side}, epochs {self.epochs}, patience {self.patience}, batch_size "
                f"{self.batch_size}; expected 1 or more, and batches of 2 or more"
            )
        if not (0 <= self.label_smoothing < 1 and 0 <= self.balance <= 1):
            raise ValueError(
                f"label_smoothing {self.label_smoothing}, balance {self.balance}; expected 0 to 1"
            )
        if self.precision not in PRECISIONS:
            raise ContractError(
                f"unknown precision {self.precision!r}; {closest(self.precision, PRECISIONS)}"
            )


@dataclass(frozen=True)
class FittedVision:
    """A trained network and how it came about.

    Attributes:
        classifier: pictures to probabilities; ``save`` it to use it as an encoder.
        history: loss and validation macro-F1 of each epoch.
        unreadable: pictures that were left out, and why.
    """

    classifier: VisionClassifier
    history: Sequence[dict[str, float]]
    unreadable: dict[Path, Unreadable]


@dataclass(frozen=True)
class LabelledPictures:
    """Pictures with their classes.

    Attributes:
        paths: N files.
        labels: classes from 0 ``[N]``.
    """

    paths: Sequence[Path]
    labels: Labels

    def __post_init__(self) -> None:
        if self.labels.shape != (len(self.paths),):
            raise LabelError(
                f"{len(self.paths)} pictures with labels {self.labels.shape}; expected one each"
            )
        if len(self.labels) and self.labels.min() < 0:
            raise LabelError(f"label {self.labels.min()}; expected classes from 0")

    def take(self, rows: npt.NDArray[np.int64]) -> LabelledPictures:
        """Return some of them, in the order of ``rows``."""
        return LabelledPictures([self.paths[row] for row in rows], self.labels[rows])


def fit_vision(
    paths: Sequence[Path],
    labels: Labels,
    options: VisionFitOptions | None = None,
    val: LabelledPictures | None = None,
    device: str = "cpu",
) -> FittedVision:
    """Train a network on labelled pictures; the weights of the best epoch are kept.

    Pictures that cannot be read are left out, logged and listed. On one machine the same seed gives
    the same weights.

    Args:
        paths: N pictures.
        labels: classes from 0 ``[N]``.
        options: what and how.
        val: what it is stopped by; an eighth of each class, drawn by the seed, if ``None``.
        device: where to train.

    Raises:
        LabelError: labels and paths do not fit together, or fewer than two classes are left.
        ContractError: the network is not known.
    """
    options = options or VisionFitOptions()
    train, unreadable = _readable(LabelledPictures(paths, labels))
    if val is None:
        train, val = _split(train, options.seed)
    else:
        val, more = _readable(val)
        unreadable |= more
    if unreadable:
        _log.warning("%d pictures cannot be read and are left out", len(unreadable))
    if len(np.unique(train.labels)) < 2 or not len(val.labels):
        raise LabelError(
            f"{len(train.paths)} readable pictures of {len(np.unique(train.labels))} classes, and "
            f"{len(val.paths)} to validate; expected two classes or more, and some to validate"
        )
    classes = int(max(train.labels.max(), val.labels.max())) + 1
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        network = build_network(options.network, classes)
        preparation = Preparation(options.side, options.side)
        classifier = VisionClassifier(network, options.network, preparation, classes, device)
        history = _fit(classifier, train, val, options)
    return FittedVision(classifier, history, unreadable)


def _readable(
    pictures: LabelledPictures,
) -> tuple[LabelledPictures, dict[Path, Unreadable]]:
    found = read_each(pictures.paths, lambda path: open_picture(path).size)
    good = np.array([not isinstance(outcome, Unreadable) for outcome in found], dtype=bool)
    pairs = zip(pictures.paths, found, strict=True)
    bad = {path: outcome for path, outcome in pairs if isinstance(outcome, Unreadable)}
    return pictures.take(np.flatnonzero(good)), bad


def _split(pictures: LabelledPictures, seed: int) -> tuple[LabelledPictures, LabelledPictures]:
    """Put an eighth of each class aside; of a class with two or more, at least one."""
    order = np.random.default_rng(seed).permutation(len(pictures.labels))
    aside = [
        rows[: max(len(rows) // 8, 1)]
        for k in np.unique(pictures.labels)
        if len(rows := order[pictures.labels[order] == k]) > 1
    ]
    val = np.concatenate([*aside, np.empty(0, dtype=np.int64)]).astype(np.int64)
    return pictures.take(np.setdiff1d(order, val)), pictures.take(val)


def _fit(
    classifier: VisionClassifier,
    train: LabelledPictures,
    val: LabelledPictures,
    options: VisionFitOptions,
) -> list[dict[str, float]]:
    """Train in place, and end with the weights of the best epoch."""
    network, device = classifier.network, classifier.device
    optimizer = torch.optim.AdamW(
        network.parameters(), options.learning_rate, weight_decay=options.weight_decay
    )
    steps = max(len(train.paths) // options.batch_size, 1) * options.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.learning_rate, steps, pct_start=0.1
    )
    precision, half = PRECISIONS[options.precision], options.precision != "float32"
    weight = _class_weights(train.labels, classifier.dim, options.balance).to(device)
    history: list[dict[str, float]] = []
    best, best_state, best_epoch = -1.0, network.state_dict(), 0
    for epoch in tqdm(range(options.epochs), unit="epoch", desc="fit vision", disable=None):
        losses = []
        network.train()
        for pixels, target in _batches(train, classifier.preparation, options, epoch):
            pixels = pixels.to(device).contiguous(memory_format=channels_last)
            with torch.autocast(torch.device(device).type, precision, enabled=half):
                logits = network(pixels)
            loss = functional.cross_entropy(
                logits.float(), target.to(device), weight, label_smoothing=options.label_smoothing
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        network.eval()
        score = _macro_f1(classifier, val)
        history.append({"loss": float(np.mean(losses)), "val_macro_f1": score})
        if score > best:
            best, best_state, best_epoch = score, copy.deepcopy(network.state_dict()), epoch
        if epoch - best_epoch >= options.patience:
            break
    network.load_state_dict(best_state)
    return history


def _class_weights(labels: Labels, classes: int, balance: float) -> Tensor:
    """Weigh classes ``[K]``: by rarity, and 1 on average over the pictures."""
    count = np.bincount(labels, minlength=classes)
    weight = np.where(count > 0, np.maximum(count, 1.0) ** -balance, 0)
    return torch.from_numpy(weight / weight[labels].mean()).float()


def _batches(
    train: LabelledPictures, preparation: Preparation, options: VisionFitOptions, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield augmented pictures ``[B, 3, H, W]`` and their classes ``[B]``; the rest is left out."""
    augment = training_transform(options.augment, preparation)
    order = np.random.default_rng([options.seed, epoch]).permutation(len(train.paths))
    size = min(options.batch_size, len(order))
    for start in range(0, len(order) - size + 1, size):
        part = train.take(order[start : start + size])
        images = read_each(part.paths, _opener(2 * preparation.resize))
        # Augmented one after the other, here: its random numbers must not depend on threads.
        pairs = zip(images, part.labels, strict=True)
        kept = [(image, k) for image, k in pairs if not isinstance(image, Unreadable)]
        yield torch.stack([augment(i) for i, _ in kept]), torch.tensor([k for _, k in kept])


def _opener(side: int) -> Callable[[Path], Image.Image]:
    return lambda path: bounded(open_picture(path, side=side))


def _macro_f1(classifier: VisionClassifier, val: LabelledPictures) -> float:
    rows = classifier.encode_files(val.paths)
    # A file that was lost meanwhile counts as wrong.
    pred = np.array([-1 if isinstance(row, Unreadable) else int(row.argmax()) for row in rows])
    known = np.unique(val.labels)
    return float(f1_score(val.labels, pred, labels=known, average="macro", zero_division=0))
