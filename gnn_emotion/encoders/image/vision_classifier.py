"""A trained network that classifies pictures, and the file that makes an image encoder of it."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, channels_last, nn, stack

from gnn_emotion.encoders.image.backbones import PREPARATION, Preparation
from gnn_emotion.encoders.image.pictures import PictureLimits
from gnn_emotion.encoders.image.vision import VisionEncoder, VisionOptions, weights_checksum
from gnn_emotion.schema.features import EncoderSpec


class VisionClassifier(VisionEncoder):
    """Pictures to probabilities ``[K]``: the mean over a picture and its mirror image.

    Args:
        network: ``[B, 3, H, W] -> [B, K]``.
        name: of the network.
        preparation: how pictures are prepared.
        classes: K.
        device: where it runs.
        options: batching.
        limits: pictures that are skipped.
    """

    def __init__(
        self,
        network: nn.Module,
        name: str,
        preparation: Preparation,
        classes: int,
        device: str = "cpu",
        options: VisionOptions | None = None,
        limits: PictureLimits | None = None,
    ) -> None:
        super().__init__(name, device, options, limits, 2 * preparation.resize)
        self.network = network.to(device).to(memory_format=channels_last).eval()
        self.preparation, self.dim = preparation, classes
        self._transform = preparation.transform()

    @functools.cached_property
    def spec(self) -> EncoderSpec:
        """Name, checksum of the weights, classes and preparation."""
        options = self._stated(**self.preparation.as_json())
        return EncoderSpec(self.name, weights_checksum(self.network), self.dim, options)

    def prepare(self, image: Image.Image) -> Tensor:
        """Scale, crop and normalise a picture ``[3, H, W]``."""
        return self._transform(image)

    def embed(self, pixels: Tensor) -> Tensor:
        """Classify ``[B, 3, H, W] -> [B, K]``."""
        ways = (pixels, pixels.flip(-1))
        logits = [self.network(way.contiguous(memory_format=channels_last)) for way in ways]
        return stack([scores.softmax(1) for scores in logits]).mean(0)

    def save(self, path: Path) -> None:
        """Write the weights to a ``.safetensors`` file, for the image encoder ``NAME:FILE``."""
        state = {key: value.contiguous() for key, value in self.network.state_dict().items()}
        save_file(state, path, {PREPARATION: json.dumps(self.preparation.as_json())})
