"""Any Hugging Face image model as encoder: CLIP, SigLIP, ViT, DINOv2 and their like."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

from PIL import Image
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoImageProcessor, AutoModel

from gnn_emotion.encoders.image.pictures import PictureLimits
from gnn_emotion.encoders.image.vision import VisionEncoder, VisionOptions, weights_checksum
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import EncoderSpec

#: Shorter side at which files are opened: larger than the input of the usual models.
_OPEN_SIDE = 768
#: Classifiers are saved without a pooler, and get one at random.
_POOLER = "pooler."


class HuggingFaceVisionEncoder(VisionEncoder):
    """Image features of a pretrained model.

    Models of pictures and texts (CLIP, SigLIP) give the features that they compare with texts; of
    others the pooled output is taken, or, where the file holds no weights for it, the first of the
    last hidden states.

    Args:
        name: a hub name or a folder.
        device: ``cpu``, ``cuda``, ...
        options: batching.
        limits: pictures that are skipped.

    Raises:
        ContractError: the model cannot be loaded, or gives no features of pictures.
    """

    def __init__(
        self,
        name: str,
        device: str = "cpu",
        options: VisionOptions | None = None,
        limits: PictureLimits | None = None,
    ) -> None:
        super().__init__(name, device, options, limits, _OPEN_SIDE)
        try:
            self.processor, model, self._pooled = _load(name)
            self.model = model.to(device).eval().requires_grad_(False)
            self.dim = self._probe()
        except (
            *(OSError, ValueError, KeyError, TypeError, AttributeError),
            *(ImportError, RuntimeError, SafetensorError),
        ) as error:
            first = (str(error).strip() or repr(error)).splitlines()[0]
            raise ContractError(
                f"image encoder {name!r} cannot be loaded: {first}; expected 'affect', a network "
                "of torchvision, the folder of a Hugging Face image model, or a hub name with the "
                "network at hand"
            ) from error

    @functools.cached_property
    def spec(self) -> EncoderSpec:
        """Name, checksum of the preparation and the weights, width and options."""
        unused = () if self._pooled else (_POOLER,)
        prepared = hashlib.sha256(self.processor.to_json_string().encode())
        prepared.update(weights_checksum(self.model, unused).encode())
        # A folder is known by its last part: where it lies does not change the values.
        name = Path(self.name).name if Path(self.name).is_dir() else self.name
        return EncoderSpec(name, prepared.hexdigest()[:16], self.dim, self._stated())

    def prepare(self, image: Image.Image) -> Tensor:
        """Prepare a picture as the model was trained ``[3, H, W]``."""
        return self.processor(images=image, return_tensors="pt")["pixel_values"][0]

    def embed(self, pixels: Tensor) -> Tensor:
        """Run the model ``[B, 3, H, W] -> [B, D]``."""
        if hasattr(self.model, "get_image_features"):
            found = self.model.get_image_features(pixel_values=pixels)
            return found if isinstance(found, Tensor) else found.pooler_output
        found = self.model(pixel_values=pixels)
        if self._pooled and getattr(found, "pooler_output", None) is not None:
            return found.pooler_output.flatten(1)
        hidden = found.last_hidden_state
        # Tokens [B, T, D], or the map of a convolutional network [B, D, H, W].
        return hidden[:, 0] if hidden.dim() == 3 else hidden.mean((2, 3))

    def _probe(self) -> int:
        """Try the model on one grey picture; its width is not under one name in all configs."""
        grey = self.prepare(Image.new("RGB", (_OPEN_SIDE, _OPEN_SIDE), "grey"))
        return int(self._run([grey]).shape[1])


def _load(name: str) -> tuple[Any, Any, bool]:
    """Load preparation and model; what transformers would make up in silence is an error."""
    processor = AutoImageProcessor.from_pretrained(name)
    model, found = AutoModel.from_pretrained(name, output_loading_info=True)
    missing = sorted(found["missing_keys"])
    lacking = [key for key in missing if _POOLER not in key]
    if lacking:
        raise ValueError(f"its file lacks {len(lacking)} weights, first {lacking[0]!r}")
    return processor, model, not missing
