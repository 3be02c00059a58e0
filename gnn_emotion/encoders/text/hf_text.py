"""Any Hugging Face text model as encoder: its last hidden states, pooled."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
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
from transformers import AutoModel

from gnn_emotion.encoders.quiet import quiet_transformers
from gnn_emotion.encoders.text.hf_tokenizer import load_tokenizer
from gnn_emotion.encoders.text.text_parts import TextParts
from gnn_emotion.encoders.text.text_rows import encode_distinct
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.features import EncoderSpec, Features

#: The pooler is not read; many models come without one, and get it at random.
_UNUSED = "pooler."
POOLINGS = ("mean", "cls")
PRECISIONS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
#: Texts that are tokenised at a time; bounds the memory of their tokens.
_TEXTS_PER_PASS = 16_384

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HuggingFaceOptions:
    """How texts are cut, pooled and batched.

    Attributes:
        max_length: tokens kept of a text, fewer where the model has positions for fewer.
        tokens_per_batch: tokens of a batch, padding included; halved when memory runs out.
        pooling: ``mean`` of the hidden states of all tokens, or that of the first (``cls``).
        precision: a key of ``PRECISIONS``. On a CPU ``bfloat16`` needs one that computes in it
            (AVX-512 BF16), where it is two to three times as fast; ``float16`` needs a GPU.
    """

    max_length: int = 128
    tokens_per_batch: int = 8192
    pooling: str = "mean"
    precision: str = "float32"

    def __post_init__(self) -> None:
        if not 1 < self.max_length <= self.tokens_per_batch:
            raise ValueError(
                f"max_length {self.max_length}, tokens_per_batch {self.tokens_per_batch}; "
                "expected 1 < max_length <= tokens_per_batch"
            )
        for name, known in (("pooling", POOLINGS), ("precision", PRECISIONS)):
            value = getattr(self, name)
            if value not in known:
                raise ContractError(f"unknown {name} {value!r}; {closest(value, known)}")


class HuggingFaceEncoder:
    """Pooled hidden states of a pretrained model.

    Texts of like length in tokens share a batch. A row depends on its batch only through the order
    of additions: by less than 1e-5 in float32 on a CPU, 1e-2 in float16 or bfloat16.

    Args:
        name: a hub name or a folder.
        options: cutting, pooling and batching.
        device: ``cpu``, ``cuda``, ...

    Raises:
        ContractError: when the model cannot be loaded, or half precision is asked of a CPU.
    """

    def __init__(
        self, name: str, options: HuggingFaceOptions | None = None, device: str = "cpu"
    ) -> None:
        self.name, self.options, self.device = name, options or HuggingFaceOptions(), device
        if not _computes(device, self.options.precision):
            raise ContractError(
                f"precision {self.options.precision!r} on device {device!r}; expected a GPU "
                "('cuda'), or precision 'float32'"
            )
        try:
            self.tokenizer, model = _load(name)
            self.model = model.to(device).eval()
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
            first = (str(error).strip() or repr(error)).splitlines()[0]
            raise ContractError(
                f"text encoder {name!r} cannot be loaded: {first}; expected 'embedded', the "
                "folder of a Hugging Face model (--text-encoder says where it lies now), or a hub "
                "name with the network at hand"
            ) from error
        self._tokens_per_batch = self.options.tokens_per_batch

    @functools.cached_property
    def spec(self) -> EncoderSpec:
        """Name, checksum of the vocabulary and the weights, width and options."""
        vocabulary = json.dumps(self.tokenizer.get_vocab(), sort_keys=True)
        digest = hashlib.sha256(vocabulary.encode())
        for key, tensor in sorted(self.model.state_dict().items()):
            if not key.startswith(_UNUSED):
                digest.update(key.encode())
                digest.update(tensor.float().cpu().numpy().tobytes())
        stated = ("max_length", "pooling", "precision")
        options = {key: getattr(self.options, key) for key in stated}
        # A folder is known by its last part: where it lies does not change the values.
        name = Path(self.name).name if Path(self.name).is_dir() else self.name
        width = int(self.model.config.hidden_size)
        return EncoderSpec(name, digest.hexdigest()[:16], width, options)

    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Encode texts; those that are null or blank are missing.

        Args:
            ids: N post ids.
            texts: N texts.

        Returns:
            Features ``[N, D]``.

        Raises:
            ContractError: memory runs out on one text alone.
        """
        return encode_distinct(ids, texts, self.spec, self._embed)

    @torch.inference_mode()
    def _embed(self, texts: list[str]) -> npt.NDArray[np.float32]:
        x = np.zeros((len(texts), self.spec.dim), dtype=np.float32)
        with tqdm(total=len(texts), unit="text", desc="encode", disable=None) as bar:
            for start in range(0, len(texts), _TEXTS_PER_PASS):
                part = texts[start : start + _TEXTS_PER_PASS]
                tokens = self.tokenizer(part, truncation=True, max_length=self._max_length)
                self._fill(x[start : start + len(part)], tokens, bar)
        return x

    def _fill(self, x: npt.NDArray[np.float32], tokens: Any, bar: tqdm[Any]) -> None:
        """Fill rows ``[M, D]``, those of the most tokens first: memory runs out early or never."""
        lengths = np.array([len(row) for row in tokens["input_ids"]], dtype=np.int64)
        # A text that the tokenizer knows nothing of has no tokens, and stays zero.
        order = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths)]
        start = 0
        while start < len(order):
            longest = int(lengths[order[start]])
            batch = order[start : start + max(self._tokens_per_batch // longest, 1)]
            pooled = self._pool_or_shrink(tokens, batch, longest)
            if pooled is not None:
                x[batch] = pooled.float().cpu().numpy()
                start += len(batch)
                bar.update(len(batch))

    def _pool_or_shrink(
        self, tokens: Any, batch: npt.NDArray[np.int64], longest: int
    ) -> Tensor | None:
        """Pool a batch; where memory runs out, halve the budget of this and all later batches."""
        try:
            return self._pool(tokens, batch)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            if len(batch) == 1:
                raise ContractError(
                    f"text encoder {self.name!r}: memory of {self.device!r} runs out on one text "
                    f"of {longest} tokens; expected more free memory, or a smaller max_length"
                ) from error
        # Outside of the handler, where the error no longer keeps the tensors of the batch alive.
        self._tokens_per_batch = len(batch) // 2 * longest
        _log.warning("out of memory: batches of %d tokens from here on", self._tokens_per_batch)
        if torch.device(self.device).type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _pool(self, tokens: Any, batch: npt.NDArray[np.int64]) -> Tensor:
        rows = {key: [column[row] for row in batch] for key, column in tokens.items()}
        padded = self.tokenizer.pad(rows, return_tensors="pt").to(self.device)
        kind, precision = torch.device(self.device).type, PRECISIONS[self.options.precision]
        with torch.autocast(kind, precision, enabled=precision != torch.float32):
            hidden = self.model(**padded).last_hidden_state.float()
        return self._pooled(hidden, padded["attention_mask"])

    def parts(self, text: str) -> TextParts:
        """Divide a text into its tokens; nothing is the padding token in their place.

        Raises:
            ContractError: the tokenizer does not say where its tokens stand.
        """
        if not self.tokenizer.is_fast:
            raise ContractError(
                f"the tokenizer of {self.name!r} does not say where its tokens stand; expected "
                "one that is saved as tokenizer.json"
            )
        tokens = self.tokenizer(
            text,
            truncation=True,
            max_length=self._max_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        ids, mask = tokens["input_ids"].to(self.device), tokens["attention_mask"].to(self.device)
        nothing = torch.full_like(ids, self.tokenizer.pad_token_id)
        # Marks that the tokenizer adds are part of nothing, too.
        nothing = torch.where(tokens["special_tokens_mask"].bool().to(self.device), ids, nothing)
        look_up = self.model.get_input_embeddings()

        def join(x: Tensor) -> Tensor:
            masks = mask.expand(len(x), -1)
            read = self.model(inputs_embeds=x.to(self.device), attention_mask=masks)
            return self._pooled(read.last_hidden_state.float(), masks).cpu()

        with torch.no_grad():
            x, baseline = look_up(ids)[0].cpu(), look_up(nothing)[0].cpu()
        spans = tokens["offset_mapping"][0].numpy().astype(np.int64)
        return TextParts(text, spans, x, baseline, join)

    def _pooled(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Pool hidden states ``[B, T, D]`` of tokens that are there ``[B, T]`` to ``[B, D]``."""
        if self.options.pooling == "cls":
            # The first token, wherever the tokenizer pads.
            return hidden[torch.arange(len(hidden), device=hidden.device), mask.argmax(1)]
        weight = mask.unsqueeze(-1).float()
        return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)

    @property
    def _max_length(self) -> int:
        positions = getattr(self.model.config, "max_position_embeddings", None)
        known = (self.options.max_length, self.tokenizer.model_max_length, positions)
        return min(length for length in known if length and length > 0)


def computes_bfloat16(device: str) -> bool:
    """Tell whether a device has products in bfloat16, which are then faster than in float32."""
    return torch.device(device).type == "cuda" or torch.cpu._is_avx512_bf16_supported()


def _computes(device: str, precision: str) -> bool:
    if precision == "bfloat16":
        return computes_bfloat16(device)
    return precision == "float32" or torch.device(device).type == "cuda"


def _is_out_of_memory(error: RuntimeError) -> bool:
    # The allocator of the CPU has no error of its own.
    told = ("can't allocate memory", "not enough memory")
    return isinstance(error, torch.cuda.OutOfMemoryError) or any(t in str(error) for t in told)


def _load(name: str) -> tuple[Any, Any]:
    """Load tokenizer and model; what transformers would make up in silence is an error."""
    tokenizer = load_tokenizer(name)
    if tokenizer.pad_token is None:
        # Padding is masked: any token will do.
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
    # Tokens are padded batch by batch, after sorting by their length.
    tokenizer.deprecation_warnings["Asking-to-pad-a-fast-tokenizer"] = True
    with quiet_transformers():
        model, found = AutoModel.from_pretrained(name, output_loading_info=True)
    missing = sorted(key for key in found["missing_keys"] if not key.startswith(_UNUSED))
    if missing:
        raise ValueError(f"its file lacks {len(missing)} weights, first {missing[0]!r}")
    return tokenizer, model
