from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from gnn_emotion.encoders.image.augment import AugmentOptions, training_transform
from gnn_emotion.encoders.image.backbones import Preparation

PLAIN = Preparation(32, 32, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
NONE = AugmentOptions(crop=1, flip=0, rotation=0, colour=0, hue=0)


def picture(side: int = 32) -> Image.Image:
    """Red rises to the right, green downward."""
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    rgb = np.zeros((side, side, 3), dtype=np.uint8)
    rgb[..., 0], rgb[..., 1], rgb[..., 2] = ramp, ramp[:, None], 100
    return Image.fromarray(rgb)


def looks(options: AugmentOptions, count: int = 40, image: Image.Image | None = None):
    transform = training_transform(options, PLAIN)
    torch.manual_seed(0)
    return torch.stack([transform(image or picture()) for _ in range(count)])


def test_without_augmentation_a_picture_is_prepared_as_for_use():
    found = looks(NONE, 3)
    assert torch.equal(found[0], found[1])
    torch.testing.assert_close(found[0], PLAIN.transform()(picture()), atol=0.02, rtol=0)


def test_each_change_alone():
    red_left, red_right = (looks(AugmentOptions(1, 0.5, 0, 0, 0))[:, 0, :, x] for x in (0, -1))
    mirrored = (red_left > red_right).all(1).float().mean()
    assert 0.2 < mirrored < 0.8
    crops = looks(AugmentOptions(0.3, 0, 0, 0, 0))
    assert crops[:, 0, :, 0].mean() > 0.02  # the left edge is often cut off
    turned = looks(AugmentOptions(1, 0, 30, 0, 0))
    assert (turned[:, 2, 0, 0] == 0).float().mean() > 0.5  # corners come from outside
    bright = looks(AugmentOptions(1, 0, 0, 0.5, 0)).mean((1, 2, 3))
    assert bright.std() > 0.02
    hues = looks(AugmentOptions(1, 0, 0, 0, 0.5), image=Image.new("RGB", (40, 40), "red"))
    assert hues[:, 2].mean() > 0.1


def test_every_look_has_the_size_and_is_normalised():
    preparation = Preparation(48, 48, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    transform = training_transform(AugmentOptions(), preparation)
    for size in ((64, 64), (200, 50), (16, 16)):
        found = transform(picture().resize(size))
        assert found.shape == (3, 48, 48)
        assert type(found) is torch.Tensor
        assert -2.001 <= found.min() < found.max() <= 2.001


def test_the_same_random_numbers_give_the_same_look():
    assert torch.equal(looks(AugmentOptions()), looks(AugmentOptions()))
    assert not torch.equal(*looks(AugmentOptions(), 2))


@pytest.mark.parametrize(
    "wrong", [{"crop": 0}, {"flip": 1.1}, {"rotation": -1}, {"colour": 2}, {"hue": 0.6}]
)
def test_options_are_checked(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is .*; expected"):
        AugmentOptions(**wrong)
