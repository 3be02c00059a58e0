"""Train a network from scratch on labelled pictures.

What comes out serves twice: as a classifier, and, saved to a file, as the image encoder
``NETWORK:FILE``, whose features are those before the last layer.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.metrics import f1_score
from torch import Tensor, channels_last
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from gnn_emotion.encoders.image.augment import AugmentOptions, training_transform
from gnn_emotion.encoders.image.backbones import Preparation, build_network
from gnn_emotion.encoders.image.labelled_pictures import LabelledPictures, Labels
from gnn_emotion.encoders.image.pictures import open_picture, read_each
from gnn_emotion.encoders.image.vision import PRECISIONS, bounded
from gnn_emotion.encoders.image.vision_classifier import VisionClassifier
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import ContractError, LabelError, closest

#: Share of the new weights in the average, once there are many.
_SHARE = 0.02

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
    train, unreadable = LabelledPictures(paths, labels).readable()
    if val is None:
        train, val = train.split(options.seed)
    else:
        val, more = val.readable()
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
        training = _Training(train, classes, options, device)
        classifier = VisionClassifier(
            training.average.module, options.network, training.preparation, classes, device
        )
        history = _run(training, classifier, val)
    return FittedVision(classifier, history, unreadable)


class _Training:
    """The steps of one run, and the moving average of its weights, which is what is kept.

    The average over some hundred steps does better than the weights of any one step (Izmailov et
    al. 2018), and spares the choice of a last step.
    """

    def __init__(
        self, train: LabelledPictures, classes: int, options: VisionFitOptions, device: str
    ) -> None:
        self.train, self.options, self.device = train, options, torch.device(device)
        network = build_network(options.network, classes)
        self.network = network.to(device).to(memory_format=channels_last)
        self.average = AveragedModel(self.network, avg_fn=_moved_on, use_buffers=True)
        self.preparation = Preparation(options.side, options.side)
        self._augment = training_transform(options.augment, self.preparation)
        self._weight = class_weights(train.labels, classes, options.balance).to(device)
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), options.learning_rate, weight_decay=options.weight_decay
        )
        steps = max(len(train.paths) // options.batch_size, 1) * options.epochs
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, options.learning_rate, steps, pct_start=0.1
        )

    def epoch(self, number: int) -> float:
        """Pass over the pictures once; return the mean loss."""
        self.network.train()
        losses = [self._step(pixels, target) for pixels, target in self._batches(number)]
        return float(np.mean(losses))

    def _step(self, pixels: Tensor, target: Tensor) -> float:
        precision = PRECISIONS[self.options.precision]
        half = precision != torch.float32
        with torch.autocast(self.device.type, precision, enabled=half):
            logits = self.network(pixels.to(self.device).contiguous(memory_format=channels_last))
        loss = functional.cross_entropy(
            logits.float(),
            target.to(self.device),
            self._weight,
            label_smoothing=self.options.label_smoothing,
        )
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._schedule.step()
        self.average.update_parameters(self.network)
        return float(loss.detach())

    def _batches(self, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield augmented pictures ``[B, 3, H, W]`` and classes ``[B]``; the rest is left out."""
        rng = np.random.default_rng([self.options.seed, number])
        order = rng.permutation(len(self.train.paths))
        size = min(self.options.batch_size, len(order))
        for start in range(0, len(order) - size + 1, size):
            part = self.train.take(order[start : start + size])
            images = read_each(part.paths, self._open)
            # Augmented one after the other, here: its random numbers must not depend on threads.
            pairs = zip(images, part.labels, strict=True)
            kept = [(image, k) for image, k in pairs if not isinstance(image, Unreadable)]
            pixels = torch.stack([self._augment(image) for image, _ in kept])
            yield pixels, torch.tensor([k for _, k in kept])

    def _open(self, path: Path) -> Image.Image:
        return bounded(open_picture(path, side=2 * self.preparation.resize))


def _moved_on(average: Tensor, current: Tensor, steps: Tensor | int) -> Tensor:
    """Move an average toward the current value: quickly at first, when it is hardly trained."""
    return average + (current - average) * max(_SHARE, 9 / (10 + int(steps)))


def _run(
    training: _Training, classifier: VisionClassifier, val: LabelledPictures
) -> list[dict[str, float]]:
    """Train, and end with the best weights in the classifier."""
    options, network = training.options, classifier.network
    history: list[dict[str, float]] = []
    best, best_state, best_epoch = -1.0, network.state_dict(), 0
    for epoch in tqdm(range(options.epochs), unit="epoch", desc="fit vision", disable=None):
        loss = training.epoch(epoch)
        score = _macro_f1(classifier, val)
        history.append({"loss": loss, "val_macro_f1": score})
        # Of two that are as good, the later: it has seen more.
        if score >= best:
            best, best_state, best_epoch = score, copy.deepcopy(network.state_dict()), epoch
        if epoch - best_epoch >= options.patience:
            break
    network.load_state_dict(best_state)
    return history


def class_weights(labels: Labels, classes: int, balance: float) -> Tensor:
    """Weigh classes ``[K]``: by rarity, see ``balance``, and 1 on average over the pictures."""
    count = np.bincount(labels, minlength=classes)
    weight = np.where(count > 0, np.maximum(count, 1.0) ** -balance, 0)
    return torch.from_numpy(weight / weight[labels].mean()).float()


def _macro_f1(classifier: VisionClassifier, val: LabelledPictures) -> float:
    rows = classifier.encode_files(val.paths)
    # A file that was lost meanwhile counts as wrong.
    pred = np.array([-1 if isinstance(row, Unreadable) else int(row.argmax()) for row in rows])
    known = np.unique(val.labels)
    return float(f1_score(val.labels, pred, labels=known, average="macro", zero_division=0))
