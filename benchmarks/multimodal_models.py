"""The models of the multimodal benchmark: baselines, a stack of machines, networks by fusion."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from mvsa import LABELS, Rows, Tweets, tfidf
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from torch import Tensor, nn

from gnn_emotion.nn.contrastive import alignment_loss
from gnn_emotion.nn.fusion import Fused, make_fusion
from gnn_emotion.nn.modalities import ModalityDropout
from gnn_emotion.training.scaling import Standardiser

#: Inner folds, for the scores that the stack learns from and for its settings.
_INNER = 4
_STACK_GRID = tuple(itertools.product((0.03, 0.3, 3.0), (0.5, 0.75, 1.0)))
#: Of the networks; tried on partition 0, which is not reported.
_WIDTH, _DIRECTIONS, _EPOCHS, _BATCH, _RATE, _DECAY, _DROPOUT = 64, 300, 30, 128, 2e-3, 1e-2, 0.5
_HIDDEN_SHARE = 0.2

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Views:
    """What the models see of N tweets.

    Attributes:
        raw: texts as written, for the plain baseline.
        clean: texts for ``tfidf``.
        dense: style and lent sentiment ``[N, 24]``.
        affect: descriptors of the picture ``[N, D]``.
        colour: colour histogram ``[N, 512]``.
    """

    raw: npt.NDArray[np.object_]
    clean: npt.NDArray[np.object_]
    dense: Array
    affect: Array
    colour: Array


def class_weight(label: Rows, power: float) -> dict[int, float]:
    """Weigh a class of frequency f by f ** -power."""
    return {int(k): float(np.mean(label == k) ** -power) for k in np.unique(label)}


def plain_linear(x: sparse.csr_matrix, label: Rows, train: Rows, test: Rows, balance: bool) -> Rows:
    """Fit logistic regression as it comes."""
    model = LogisticRegression(max_iter=500, class_weight="balanced" if balance else None)
    return model.fit(x[train], label[train]).predict(x[test])


@dataclass
class Stack:
    """Late fusion of machines: a support vector machine a view, and a linear model over them.

    The linear model learns from scores of inner folds, as stacking does (Wolpert 1992); its
    shrinkage and class weights are chosen by inner folds too.
    """

    tweets: Tweets
    views: Views
    seed: int
    inner: dict[str, Array] = field(default_factory=dict)
    outer: dict[str, Array] = field(default_factory=dict)

    def score(self, train: Rows, test: Rows) -> None:
        """Score the train rows by inner folds and the test rows by the whole train split."""
        place = np.full(len(self.tweets.label), -1)
        place[train] = np.arange(len(train))
        self.outer = self._scores(train, test)
        self.inner = {name: np.zeros((len(train), len(LABELS))) for name in self.outer}
        for fit, held in self.tweets.folds(train, _INNER, self.seed):
            for name, found in self._scores(fit, held).items():
                self.inner[name][place[held]] = found

    def _scores(self, train: Rows, test: Rows) -> dict[str, Array]:
        label, words = self.tweets.label, tfidf(self.views.clean, train)
        linear = LinearSVC(C=0.2, class_weight="balanced").fit(words[train], label[train])
        scores = {"words": linear.decision_function(words[test])}
        views = {"dense": self.views.dense, "affect": self.views.affect}
        views["shuffled"] = np.random.default_rng(0).permutation(self.views.affect)
        for name, x in views.items():
            machine = make_pipeline(StandardScaler(), SVC(class_weight="balanced"))
            scores[name] = machine.fit(x[train], label[train]).decision_function(x[test])
        return scores

    def predict(self, names: Sequence[str], train: Rows) -> Rows:
        """Fuse the scores of some views and predict the test rows."""
        label = self.tweets.label[train]
        x = np.hstack([self.inner[name] for name in names])
        place = np.full(len(self.tweets.label), -1)
        place[train] = np.arange(len(train))
        held_out = [
            (place[fit], place[held]) for fit, held in self.tweets.folds(train, _INNER, self.seed)
        ]
        best = max(_STACK_GRID, key=lambda one: _held_out_f1(x, label, held_out, *one))
        model = _stacker(label, *best).fit(x, label)
        return model.predict(np.hstack([self.outer[name] for name in names]))


def _stacker(label: Rows, shrinkage: float, power: float) -> LogisticRegression:
    weight = class_weight(label, power)
    linear = LogisticRegression(C=shrinkage, class_weight=weight, max_iter=500)
    return make_pipeline(StandardScaler(), linear)


def _held_out_f1(
    x: Array, label: Rows, folds: Sequence[tuple[Rows, Rows]], shrinkage: float, power: float
) -> float:
    pred = np.zeros_like(label)
    for fit, held in folds:
        model = _stacker(label[fit], shrinkage, power).fit(x[fit], label[fit])
        pred[held] = model.predict(x[held])
    return float(f1_score(label, pred, average="macro"))


def network_views(views: Views, train: Rows) -> dict[str, Tensor]:
    """Make the features of the networks, all fitted on the train rows.

    Returns:
        ``text [N, 324]``: directions of TF-IDF beside style and lent sentiment; ``image [N, D]``.
    """
    words = tfidf(views.clean, train)
    reduced = TruncatedSVD(_DIRECTIONS, random_state=0).fit(words[train]).transform(words)
    reduced /= reduced[train].std()
    there = np.ones(len(reduced), dtype=bool)
    dense, affect = (
        Standardiser.fit(x, there, train).transform(x, there) for x in (views.dense, views.affect)
    )
    text = np.hstack([reduced, dense]).astype(np.float32)
    return {"text": torch.from_numpy(text), "image": torch.from_numpy(affect)}


class FusionClassifier(nn.Module):
    """A fusion with a linear classifier; ``hide`` thins the masks out in training."""

    def __init__(self, kind: str, widths: Mapping[str, int]) -> None:
        super().__init__()
        self.fusion = make_fusion(kind, widths, _WIDTH, len(LABELS), _DROPOUT)
        self.hide = ModalityDropout(_HIDDEN_SHARE)
        self.classifier = nn.Sequential(nn.Dropout(_DROPOUT), nn.Linear(_WIDTH, len(LABELS)))

    def forward(
        self, x: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[Tensor, Fused]:
        """Compute logits ``[B, K]`` of what ``present`` shows."""
        fused = self.fusion(x, present)
        return (self.classifier(fused.h) if fused.logits is None else fused.logits), fused


def fit_network(
    kind: str, x: Mapping[str, Tensor], label: Rows, train: Rows, seed: int, align: float = 0.0
) -> FusionClassifier:
    """Fit one network; classes are weighed by the square root of their rarity.

    Args:
        kind: of fusion.
        x: features by modality ``[N, D_m]``.
        label: classes ``[N]``.
        train: rows to fit on.
        seed: of weights, order, dropout and hidden modalities.
        align: share of the contrastive loss between text and image.
    """
    torch.manual_seed(seed)
    model = FusionClassifier(kind, {name: value.shape[1] for name, value in x.items()}).train()
    weight = torch.tensor(list(class_weight(label[train], 0.5).values()))
    target, rng = torch.from_numpy(label), np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = _EPOCHS * -(-len(train) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    for _ in range(_EPOCHS):
        for at in torch.from_numpy(rng.permutation(train)).split(_BATCH):
            seen = model.hide(_all(x, len(at)))
            logits, fused = model({name: value[at] for name, value in x.items()}, seen)
            loss = nn.functional.cross_entropy(logits, target[at], weight=weight)
            if align:
                both, tokens = seen["text"] & seen["image"], fused.tokens
                loss = loss + align * alignment_loss(tokens["text"], tokens["image"], both)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def predict_network(
    model: FusionClassifier, x: Mapping[str, Tensor], rows: Rows, hidden: str = ""
) -> Rows:
    """Predict classes, one modality hidden if named."""
    present = _all(x, len(rows))
    if hidden:
        present[hidden] = torch.zeros(len(rows), dtype=torch.bool)
    with torch.inference_mode():
        logits, _ = model({name: value[rows] for name, value in x.items()}, present)
    return logits.argmax(dim=1).numpy()


def _all(x: Mapping[str, Tensor], count: int) -> dict[str, Tensor]:
    return {name: torch.ones(count, dtype=torch.bool) for name in x}
