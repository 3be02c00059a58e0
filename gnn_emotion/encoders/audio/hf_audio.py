"""Any Hugging Face speech model as encoder: the mean of its last hidden states."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoFeatureExtractor, AutoModel

from gnn_emotion.encoders.audio.sound import Wave, read_sound
from gnn_emotion.encoders.media import Outcome, Unreadable
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import EncoderSpec

#: Sound is encoded in pieces of this length, which is all that Whisper takes.
_PIECE_SECONDS = 30.0
_MAX_SECONDS = 60.0
#: Shorter sounds are continued with silence: the first layers need some to stand on.
_MIN_SECONDS = 0.5
#: Weights that have no part in the hidden states of an encoder that is not being trained.
_UNUSED = ("decoder.", "masked_spec_embed", "pooler.")


class HuggingFaceAudioEncoder:
    """Mean-pooled hidden states of a pretrained model: wav2vec 2.0, HuBERT, WavLM, Whisper, ...

    Of a model with a decoder, the encoder is used. At most a minute of a file is read, in pieces of
    30 seconds. Every sound is encoded by itself: there is no padding that could change it, and the
    row does not depend on its company.

    Args:
        name: a hub name or a folder.
        device: ``cpu``, ``cuda``, ...

    Raises:
        ContractError: when the model cannot be loaded.
    """

    def __init__(self, name: str, device: str = "cpu") -> None:
        self.name, self.device = name, device
        try:
            self.extractor, model = _load(name)
            self.model = model.to(device).eval()
            self.rate = int(self.extractor.sampling_rate)
        except (
            AttributeError,
            ImportError,
            KeyError,
            OSError,
            RuntimeError,
            SafetensorError,
            ValueError,
        ) as error:
            first = (str(error).strip() or repr(error)).splitlines()[0]
            raise ContractError(
                f"audio encoder {name!r} cannot be loaded: {first}; expected 'acoustic', the "
                "folder of a Hugging Face speech model, or a hub name with the network at hand"
            ) from error
        self.spec = self._spec()

    @torch.inference_mode()
    def encode_sound(self, wave: Wave) -> npt.NDArray[np.float32]:
        """Encode a wave at ``rate`` samples a second ``[T]`` to a row ``[D]``."""
        wave = np.pad(wave, (0, max(round(_MIN_SECONDS * self.rate) - len(wave), 0)))
        length = round(_PIECE_SECONDS * self.rate)
        starts = range(0, max(len(wave) - round(_MIN_SECONDS * self.rate), 1), length)
        frames = torch.cat([self._frames(wave[start : start + length]) for start in starts])
        return frames.mean(0).float().cpu().numpy()

    def encode_files(self, paths: Sequence[Path]) -> list[Outcome]:
        """Encode the sound track of any files that FFmpeg reads."""
        return [self._encode_file(path) for path in paths]

    def _encode_file(self, path: Path) -> Outcome:
        try:
            return self.encode_sound(read_sound(path, self.rate, _MAX_SECONDS))
        except Unreadable as outcome:
            return outcome

    def _frames(self, wave: Wave) -> Tensor:
        """Compute the hidden states of a piece, without those of padding ``[F, D]``."""
        inputs = self.extractor(
            wave, sampling_rate=self.rate, return_tensors="pt", return_attention_mask=True
        ).to(self.device)
        mask = inputs.pop("attention_mask", None)
        hidden = self.model(**inputs).last_hidden_state[0]
        if mask is None:
            return hidden
        # Whisper pads to half a minute in any case; its states are fewer than its inputs.
        valid = -(-int(mask.sum()) * len(hidden) // mask.shape[1])
        return hidden[: max(valid, 1)]

    def _spec(self) -> EncoderSpec:
        """Name, checksum of the extractor and the weights, width and options."""
        digest = hashlib.sha256(json.dumps(_settings(self.extractor), sort_keys=True).encode())
        for key, tensor in sorted(self.model.state_dict().items()):
            if not key.startswith(_UNUSED):
                digest.update(key.encode())
                digest.update(tensor.float().cpu().numpy().tobytes())
        # A folder is known by its last part: where it lies does not change the values.
        name = Path(self.name).name if Path(self.name).is_dir() else self.name
        options = {"max_seconds": _MAX_SECONDS, "pooling": "mean"}
        width = int(self.model.config.hidden_size)
        return EncoderSpec(name, digest.hexdigest()[:16], width, options)


def _settings(extractor: Any) -> dict[str, Any]:
    """Return what the extractor does to a wave; lists that follow from the rest are left out."""
    settings = extractor.to_dict()
    return {key: v for key, v in settings.items() if isinstance(v, bool | float | int | str)}


def _load(name: str) -> tuple[Any, Any]:
    """Load extractor and encoder; what transformers would make up in silence is an error."""
    extractor = AutoFeatureExtractor.from_pretrained(name)
    model, found = AutoModel.from_pretrained(name, output_loading_info=True)
    missing = sorted(key for key in found["missing_keys"] if not key.startswith(_UNUSED))
    if missing:
        raise ValueError(f"its file lacks {len(missing)} weights, first {missing[0]!r}")
    return extractor, model.get_encoder() if hasattr(model, "decoder") else model
