"""Any Hugging Face text model as encoder: the mean of its last hidden states."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from safetensors import SafetensorError
from torch import Tensor
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING, OK, EncoderSpec, Features

#: The pooler is not read; many models come without one, and get it at random.
_UNUSED = "pooler."


@dataclass(frozen=True)
class HuggingFaceOptions:
    """How texts are cut and batched.

    Attributes:
        max_length: tokens kept of a text.
        tokens_per_batch: tokens of a batch, padding included.
    """

    max_length: int = 128
    tokens_per_batch: int = 8192

    def __post_init__(self) -> None:
        if not 1 < self.max_length <= self.tokens_per_batch:
            raise ValueError(
                f"max_length {self.max_length}, tokens_per_batch {self.tokens_per_batch}; "
                "expected 1 < max_length <= tokens_per_batch"
            )


class HuggingFaceEncoder:
    """Mean-pooled hidden states of a pretrained model.

    Args:
        name: a hub name or a folder.
        options: cutting and batching.
        device: ``cpu``, ``cuda``, ...

    Raises:
        ContractError: when the model cannot be loaded.
    """

    def __init__(
        self, name: str, options: HuggingFaceOptions | None = None, device: str = "cpu"
    ) -> None:
        self.name, self.options, self.device = name, options or HuggingFaceOptions(), device
        try:
            self.tokenizer, model = _load(name)
            self.model = model.to(device).eval()
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
            first = (str(error).strip() or repr(error)).splitlines()[0]
            raise ContractError(
                f"text encoder {name!r} cannot be loaded: {first}; expected 'embedded', the "
                "folder of a Hugging Face model, or a hub name with the network at hand"
            ) from error

    @property
    def spec(self) -> EncoderSpec:
        """Name, checksum of the vocabulary and the weights, width and options."""
        vocabulary = json.dumps(self.tokenizer.get_vocab(), sort_keys=True)
        digest = hashlib.sha256(vocabulary.encode())
        for key, tensor in sorted(self.model.state_dict().items()):
            if not key.startswith(_UNUSED):
                digest.update(key.encode())
                digest.update(tensor.float().cpu().numpy().tobytes())
        options = {"max_length": self.options.max_length, "pooling": "mean"}
        # A folder is known by its last part: where it lies does not change the values.
        name = Path(self.name).name if Path(self.name).is_dir() else self.name
        width = int(self.model.config.hidden_size)
        return EncoderSpec(name, digest.hexdigest()[:16], width, options)

    @torch.inference_mode()
    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Encode texts; those that are null or blank are missing.

        Args:
            ids: N post ids.
            texts: N texts.

        Returns:
            Features ``[N, D]``.
        """
        words = ["" if text is None else text.strip() for text in texts.to_pylist()]
        spec = self.spec
        x = np.zeros((len(words), spec.dim), dtype=np.float32)
        present = np.array([bool(text) for text in words], dtype=bool)
        rows = np.flatnonzero(present)
        with tqdm(total=len(rows), unit="post", desc="encode", disable=None) as bar:
            for batch in self._batches(words, rows):
                x[batch] = self._embed([words[row] for row in batch]).float().cpu().numpy()
                bar.update(len(batch))
        status = np.where(present, OK, MISSING).astype(np.uint8)
        return Features(ids, x, present, status, spec)

    def _batches(
        self, words: list[str], rows: npt.NDArray[np.int64]
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Yield rows of like length, so that little of a batch is padding."""
        lengths = np.array([len(words[row]) for row in rows], dtype=np.int64)
        order = rows[np.argsort(-lengths, kind="stable")]
        start = 0
        while start < len(order):
            longest = min(len(words[order[start]]) + 2, self.options.max_length)
            stop = start + max(self.options.tokens_per_batch // longest, 1)
            yield order[start:stop]
            start = stop

    def _embed(self, words: list[str]) -> Tensor:
        tokens = self.tokenizer(
            words,
            padding=True,
            truncation=True,
            max_length=self.options.max_length,
            return_tensors="pt",
        ).to(self.device)
        hidden = self.model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        return (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)


def _load(name: str) -> tuple[Any, Any]:
    """Load tokenizer and model; what transformers would make up in silence is an error."""
    tokenizer = AutoTokenizer.from_pretrained(name)
    if len(tokenizer.get_vocab()) <= len(tokenizer.all_special_tokens):
        raise ValueError("it has no vocabulary (tokenizer.json, vocab.txt)")
    model, found = AutoModel.from_pretrained(name, output_loading_info=True)
    missing = sorted(key for key in found["missing_keys"] if not key.startswith(_UNUSED))
    if missing:
        raise ValueError(f"its file lacks {len(missing)} weights, first {missing[0]!r}")
    return tokenizer, model
