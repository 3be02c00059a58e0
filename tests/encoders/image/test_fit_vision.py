"""Training on painted pictures of three kinds that differ in shape alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gnn_emotion.encoders.image.augment import AugmentOptions
from gnn_emotion.encoders.image.fit_vision import (
    VisionFitOptions,
    class_weights,
    fit_vision,
)
from gnn_emotion.encoders.image.labelled_pictures import LabelledPictures
from gnn_emotion.encoders.image.load_image import load_image_encoder
from gnn_emotion.schema.errors import ContractError, LabelError
from tests.encoders.painted import stripes

OPTIONS = VisionFitOptions(side=32, epochs=5, batch_size=12, learning_rate=4e-3)


def paint(folder: Path, count: int, seed: int) -> LabelledPictures:
    """Upright stripes, level stripes, and none, in noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    paths = []
    for k, label in enumerate(labels):
        lines = (stripes(8, 32), stripes(8, 32).T, np.full((32, 32), 0.5))[label]
        grey = 0.6 * np.roll(lines, rng.integers(8)) + 0.4 * rng.random((32, 32))
        paths.append(folder / f"{seed}_{k}.png")
        Image.fromarray((grey * 255).astype(np.uint8)).save(paths[-1])
    return LabelledPictures(paths, labels)


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("painted")
    return paint(folder, 72, 0), paint(folder, 18, 1), paint(folder, 24, 2)


@pytest.fixture(scope="module")
def fitted(painted):
    train, val, _ = painted
    return fit_vision(train.paths, train.labels, OPTIONS, val)


def accuracy(fitted, pictures: LabelledPictures) -> float:
    probs = np.stack(fitted.classifier.encode_files(pictures.paths))
    np.testing.assert_allclose(probs.sum(1), 1, atol=1e-5)
    return float((probs.argmax(1) == pictures.labels).mean())


def test_it_learns_what_pictures_it_has_not_seen_are(fitted, painted):
    assert accuracy(fitted, painted[2]) > 0.8
    assert len(fitted.history) <= OPTIONS.epochs
    assert fitted.history[-1]["loss"] < fitted.history[0]["loss"]
    assert fitted.classifier.spec.dim == 3


def test_the_best_epoch_is_kept(fitted, painted):
    _, val, _ = painted
    best = max(epoch["val_macro_f1"] for epoch in fitted.history)
    probs = np.stack(fitted.classifier.encode_files(val.paths))
    f1 = []
    for k in range(3):
        hit = ((probs.argmax(1) == k) & (val.labels == k)).sum()
        f1.append(2 * hit / ((probs.argmax(1) == k).sum() + (val.labels == k).sum()))
    assert np.mean(f1) == pytest.approx(best)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_callers_numbers_alone(painted):
    train, val, _ = painted
    short = VisionFitOptions(side=16, epochs=1, batch_size=16)
    torch.manual_seed(1)
    first = fit_vision(train.paths, train.labels, short, val)
    drawn = torch.rand(1)
    torch.manual_seed(1)
    assert torch.rand(1) == drawn
    second = fit_vision(train.paths, train.labels, short, val)
    assert first.classifier.spec == second.classifier.spec
    other = VisionFitOptions(side=16, epochs=1, batch_size=16, seed=1)
    third = fit_vision(train.paths, train.labels, other, val)
    assert third.classifier.spec.revision != first.classifier.spec.revision


def test_a_saved_network_is_an_image_encoder(fitted, painted, tmp_path):
    fitted.classifier.save(tmp_path / "stripes.safetensors")
    encoder = load_image_encoder(f"resnet10:{tmp_path / 'stripes.safetensors'}")
    assert encoder.spec.dim == 512
    assert encoder.spec.options["crop"] == 32
    rows = torch.from_numpy(np.stack(encoder.encode_files(painted[2].paths)))
    head = fitted.classifier.network.fc
    with torch.inference_mode():
        pixels = [fitted.classifier.prepare(Image.open(p).convert("RGB")) for p in painted[2].paths]
        expected = fitted.classifier.network(torch.stack(pixels))
        torch.testing.assert_close(head(rows), expected, atol=1e-4, rtol=1e-4)


def test_pictures_that_cannot_be_read_are_left_out_and_listed(painted, tmp_path, caplog):
    train, val, _ = painted
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    paths = [bad, *train.paths[:30], tmp_path / "none.png"]
    labels = np.concatenate([[2], train.labels[:30], [1]])
    short = VisionFitOptions(side=16, epochs=1, batch_size=16)
    found = fit_vision(
        paths, labels, short, LabelledPictures([*val.paths, bad], np.r_[val.labels, 0])
    )
    assert set(found.unreadable) == {bad, tmp_path / "none.png"}
    assert "cannot be read" in caplog.text


def test_it_stops_when_it_gets_no_better(painted):
    train, val, _ = painted
    options = VisionFitOptions(side=16, epochs=30, patience=2, batch_size=32, learning_rate=1e-9)
    history = fit_vision(train.paths, train.labels, options, val).history
    scores = [epoch["val_macro_f1"] for epoch in history]
    best = max(epoch for epoch, score in enumerate(scores) if score == max(scores))
    assert len(scores) == best + 1 + options.patience < options.epochs


def test_rare_classes_weigh_more():
    labels = np.array([0] * 16 + [2] * 4)
    assert class_weights(labels, 3, 0).tolist() == [1, 0, 1]
    half = class_weights(labels, 3, 0.5)
    assert half[2] / half[0] == pytest.approx(2)
    assert half[labels].mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], "24 pictures with labels"),
        ([-1] + [0] * 23, "label -1"),
        ([1] * 24, "of 1 classes"),
    ],
)
def test_labels_that_do_not_do(painted, labels, message):
    with pytest.raises(LabelError, match=message):
        fit_vision(painted[2].paths, np.array(labels), OPTIONS)
    with pytest.raises(LabelError, match="0 readable pictures"):
        fit_vision([Path("none.png")], np.array([0]), OPTIONS)


def test_options_are_checked(painted):
    for wrong in ({"side": 0}, {"batch_size": 1}, {"balance": 2}, {"label_smoothing": 1}):
        with pytest.raises(ValueError, match="expected"):
            VisionFitOptions(**wrong)
    with pytest.raises(ContractError, match="did you mean 'resnet18'"):
        fit_vision(painted[0].paths, painted[0].labels, VisionFitOptions(network="resnet-18"))
    assert VisionFitOptions().augment == AugmentOptions()
