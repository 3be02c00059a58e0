"""Fitting a text head: it learns, stops by the validation part, and repeats to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn_emotion.nn.text_head_config import TextHeadConfig
from gnn_emotion.nn.text_heads import TEXT_HEADS, TextHead
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.training import fit_text_head as module
from gnn_emotion.training.fit import seed_everything
from gnn_emotion.training.fit_text_head import (
    HEAD_OPTIONS,
    fit_text_head,
    label_task,
    text_head_outputs,
)
from gnn_emotion.training.metrics import macro_f1
from gnn_emotion.training.task import TEST, TRAIN, VAL

pytestmark = pytest.mark.usefixtures("one_thread")
CLASSES, COUNT = 3, 600
OPTIONS = replace(HEAD_OPTIONS, epochs=10, batch_size=16, learning_rate=1e-2, patience=4)


def make_texts() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw texts of one to nine tokens of noise, and one that tells the class; synthetic.

    The third class is rare, one text in twelve is without label, and one in ten is empty.
    """
    rng = np.random.default_rng(0)
    label = rng.choice(CLASSES, COUNT, p=[0.5, 0.4, 0.1])
    ids = rng.integers(5, 30, (COUNT, 10))
    length = rng.integers(2, 11, COUNT)
    ids[np.arange(COUNT), rng.integers(0, length - 1)] = 2 + label
    ids[np.arange(10) >= length[:, None]] = 0
    label[::12] = -1
    split = np.where(np.arange(COUNT) % 5 == 0, VAL, TRAIN)
    split[np.arange(COUNT) % 5 == 1] = TEST
    ids[::10] = 0
    return ids, label, split.astype(np.int8)


IDS, LABEL, SPLIT = make_texts()
TASK = label_task(LABEL, SPLIT, CLASSES)


def fitted(kind: str = "cnn", seed: int = 0, task=TASK, **options) -> tuple[TextHead, list]:
    seed_everything(seed)
    config = TextHeadConfig(30, CLASSES, embedding_channels=16, hidden_channels=16, dropout=0.2)
    head = TEXT_HEADS[kind](config)
    history = fit_text_head(head, IDS, task, replace(OPTIONS, seed=seed, **options))
    return head, history


def test_a_task_of_plain_labels():
    assert (TASK.rows == np.flatnonzero(LABEL >= 0)).all()
    assert (TASK.allowed.argmax(axis=1) == LABEL[LABEL >= 0]).all()
    assert (TASK.allowed.sum(axis=1) == 1).all()
    assert (TASK.split == SPLIT[LABEL >= 0]).all()


@pytest.mark.parametrize("kind", TEXT_HEADS)
def test_it_learns_what_tells_the_class(kind):
    head, history = fitted(kind)
    test = TASK.at(TEST)
    rows = TASK.rows[test][IDS[TASK.rows[test]].any(axis=1)]
    pred = text_head_outputs(head, IDS[rows])[0].argmax(axis=1)
    assert macro_f1(LABEL[rows], pred, CLASSES) > 0.9
    assert not head.training
    assert history[-1].loss < history[0].loss


def test_it_ends_with_its_best_epoch():
    head, history = fitted(learning_rate=0.05, epochs=8)
    val = TASK.at(VAL)
    pred = text_head_outputs(head, IDS[TASK.rows[val]])[0].argmax(axis=1)
    best = max(epoch.val_macro_f1 for epoch in history)
    assert macro_f1(LABEL[TASK.rows[val]], pred, CLASSES) == pytest.approx(best)


def test_it_stops_when_nothing_gets_better(monkeypatch):
    scores = iter([0.3, 0.5, 0.4, 0.5, 0.9, 0.9])
    monkeypatch.setattr(module, "_validate", lambda *_: next(scores))
    _, history = fitted(patience=2, epochs=6)
    assert [epoch.val_macro_f1 for epoch in history] == [0.3, 0.5, 0.4, 0.5]


def test_the_same_seed_gives_the_same_bits():
    (first, history), (second, again) = fitted("lstm"), fitted("lstm")
    assert history == again
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name])
    assert fitted("lstm", seed=1)[1] != history


def test_the_test_split_is_not_looked_at():
    turned = LABEL.copy()
    turned[SPLIT == TEST] = (turned[SPLIT == TEST] + 1) % CLASSES
    turned[(LABEL < 0)] = -1
    expected, found = fitted()[0], fitted(task=label_task(turned, SPLIT, CLASSES))[0]
    assert torch.equal(expected.embedding.weight, found.embedding.weight)


def test_coarse_labels_teach_no_more_than_they_say():
    """The first two classes told as one: still the third is told from them."""
    allowed = TASK.allowed.copy()
    allowed[:, :2] = allowed[:, :2].any(axis=1, keepdims=True)
    head, _ = fitted(task=replace(TASK, allowed=allowed))
    rows = TASK.rows[IDS[TASK.rows].any(axis=1)]
    pred = text_head_outputs(head, IDS[rows])[0].argmax(axis=1)
    assert ((pred == 2) == (LABEL[rows] == 2)).mean() > 0.95


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_outputs_are_in_order_whatever_the_batch(monkeypatch, size):
    head, _ = fitted("lstm", epochs=1)
    logits, features = text_head_outputs(head, IDS)
    assert logits.shape == (COUNT, CLASSES)
    assert features.shape == (COUNT, head.feature_channels)
    monkeypatch.setattr(module, "_TEXTS_PER_BATCH", size)
    for found, expected in zip(text_head_outputs(head, IDS), (logits, features), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    wider = np.pad(IDS, ((0, 0), (0, 5)))
    np.testing.assert_allclose(text_head_outputs(head, wider)[0], logits, rtol=0, atol=1e-5)
    with torch.inference_mode():
        np.testing.assert_allclose(head(torch.from_numpy(IDS)), logits, rtol=0, atol=1e-5)


def test_no_texts():
    logits, features = text_head_outputs(fitted(epochs=1)[0], IDS[:0])
    assert (logits.shape, features.shape) == ((0, CLASSES), (0, 64))


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_batches_hold_every_text_once_and_like_lengths(size):
    order = np.random.default_rng(1).permutation(COUNT)
    lengths = (IDS != 0).sum(axis=1)
    batches = module._like_batches(order, lengths, size, np.random.default_rng(0))
    assert sorted(np.concatenate(batches)) == list(range(COUNT))
    assert max(map(len, batches)) <= size
    spread = np.mean([np.ptp(lengths[batch]) for batch in batches])
    assert spread <= 1 if size < 1000 else len(batches) == 1


@pytest.mark.parametrize("split", [TRAIN, VAL, TEST])
def test_both_splits_are_needed(split):
    task = label_task(LABEL, np.full(COUNT, split, dtype=np.int8), CLASSES)
    with pytest.raises(LabelError, match=r"labels in the train split and .* needs both"):
        fitted(task=task)
