"""Training augmentation: the same picture, a little different at every look.

Crop, flip, rotation and colour with torchvision's v2 transforms. What the emotion hangs on must
survive: no upside down, no change of hue by much, and no crop that leaves out most of a face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode, v2

from gnn_emotion.encoders.image.backbones import Preparation

#: Of width over height, by which a crop may be stretched.
_STRETCH = (5 / 6, 6 / 5)


@dataclass(frozen=True)
class AugmentOptions:
    """How much pictures are changed; 0 (for ``crop`` 1) is not at all.

    Attributes:
        crop: smallest share of the area that is kept, at a random place.
        flip: chance to mirror left and right.
        rotation: degrees, at most, either way.
        colour: change of brightness, contrast and saturation, at most, as a share.
        hue: turn of the hues, at most, as a share of a whole turn.
    """

    crop: float = 0.7
    flip: float = 0.5
    rotation: float = 12.0
    colour: float = 0.3
    hue: float = 0.02

    def __post_init__(self) -> None:
        ranges = {
            "crop": (0.01, 1),
            "flip": (0, 1),
            "rotation": (0, 180),
            "colour": (0, 1),
            "hue": (0, 0.5),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; expected {low} to {high}")


def training_transform(
    options: AugmentOptions, preparation: Preparation
) -> Callable[[Image.Image], Tensor]:
    """Return what makes a training input of a picture, by torch's random numbers.

    Args:
        options: how much it is changed.
        preparation: the size and the normalisation, as for pictures that are not augmented.

    Returns:
        A callable: picture of mode RGB -> ``[3, crop, crop]``.
    """
    filter_ = InterpolationMode(preparation.interpolation)
    return v2.Compose(
        [
            v2.RandomRotation(options.rotation, interpolation=filter_),
            v2.RandomResizedCrop(
                preparation.crop, (options.crop, 1), _STRETCH, interpolation=filter_
            ),
            v2.RandomHorizontalFlip(options.flip),
            v2.ColorJitter(options.colour, options.colour, options.colour, options.hue),
            *preparation.to_tensor(),
        ]
    )
