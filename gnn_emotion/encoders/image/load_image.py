"""Choose an image encoder by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from gnn_emotion.encoders.image.affect_image import NAME, AffectEncoder
from gnn_emotion.encoders.image.pictures import PictureLimits
from gnn_emotion.encoders.media import FileEncoder
from gnn_emotion.schema.errors import ContractError, closest

#: What a message names; torchvision has some ninety more.
_COMMON = (NAME, "resnet18", "resnet50", "vit_b_16")


class ImageEncoder(FileEncoder, Protocol):
    """What every image encoder offers: files, and pictures that are open already."""

    def encode_images(self, images: Sequence[Image.Image]) -> npt.NDArray[np.float32]:
        """Encode pictures of mode RGB to features ``[B, D]``."""
        ...


def load_image_encoder(
    name: str, device: str = "cpu", precision: str = "float32", limits: PictureLimits | None = None
) -> ImageEncoder:
    """Load an image encoder.

    Args:
        name: ``affect`` (embedded, no weights), a torchvision network (``resnet18``, ``resnet50``,
            ...) with torchvision's weights, ``NETWORK:FILE`` with those of a file, or the hub name
            or folder of a Hugging Face model.
        device: where a network runs.
        precision: ``float32``, or on a GPU ``float16`` or ``bfloat16``.
        limits: pictures that are skipped.

    Raises:
        ContractError: the name is not known, or the encoder cannot be loaded.
    """
    if name == NAME:
        return AffectEncoder(limits)
    # torch, torchvision and transformers take seconds to import; the embedded encoder needs none.
    from gnn_emotion.encoders.image.backbones import backbone_names
    from gnn_emotion.encoders.image.vision import VisionOptions

    options = VisionOptions(precision=precision)
    network, _, file = name.partition(":")
    if network in backbone_names():
        from gnn_emotion.encoders.image.torchvision_images import TorchvisionEncoder

        return TorchvisionEncoder(network, Path(file) if file else None, device, options, limits)
    if "/" not in name and not (name and Path(name).is_dir()):
        raise ContractError(
            f"unknown image encoder {name!r}; {closest(network, _COMMON)}, another network of "
            "torchvision, NETWORK:FILE, the folder of a Hugging Face model or its hub name "
            "('openai/clip-vit-base-patch32')"
        )
    from gnn_emotion.encoders.image.hf_images import HuggingFaceVisionEncoder

    return HuggingFaceVisionEncoder(name, device, options, limits)
