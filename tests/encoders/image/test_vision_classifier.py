from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from gnn_emotion.encoders.image.backbones import Preparation, build_network, read_state
from gnn_emotion.encoders.image.vision_classifier import VisionClassifier


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(0)
    network = build_network("resnet10", 4)
    return VisionClassifier(network, "resnet10", Preparation(24, 24), 4)


def picture() -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 256, (40, 30, 3), dtype=np.uint8))


def test_a_picture_and_its_mirror_image_have_the_same_probabilities(classifier):
    image = picture().resize((24, 24))
    mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    a, b = classifier.encode_images([image, mirrored])
    np.testing.assert_allclose(a, b, atol=1e-5)
    assert a.sum() == pytest.approx(1, abs=1e-5)
    assert a.shape == (4,)


@torch.inference_mode()
def test_probabilities_are_the_mean_over_both_ways(classifier):
    pixels = classifier.prepare(picture())[None]
    ways = [classifier.network(way).softmax(1) for way in (pixels, pixels.flip(-1))]
    expected = (ways[0] + ways[1]) / 2
    assert (ways[0] - ways[1]).abs().max() > 1e-5
    torch.testing.assert_close(classifier.embed(pixels), expected, atol=1e-5, rtol=0)


def test_its_file_holds_the_weights_and_how_pictures_are_prepared(classifier, tmp_path):
    classifier.save(tmp_path / "w.safetensors")
    state, preparation = read_state("resnet10", tmp_path / "w.safetensors")
    assert preparation.as_json() == classifier.preparation.as_json()
    for key, value in classifier.network.state_dict().items():
        assert torch.equal(state[key], value), key
    with safe_open(tmp_path / "w.safetensors", "pt") as file:
        assert set(file.metadata()) == {"preparation"}


def test_the_spec_names_classes_and_weights(classifier):
    spec = classifier.spec
    assert (spec.encoder, spec.dim) == ("resnet10", 4)
    other = VisionClassifier(build_network("resnet10", 4), "resnet10", Preparation(24, 24), 4)
    assert other.spec.revision != spec.revision
