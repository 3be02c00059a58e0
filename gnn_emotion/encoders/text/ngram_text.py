"""The embedded text encoders: hashed character n-grams, in a bag and in windows of their order.

Each n-gram bucket has a vector and an inverse document frequency; a text is the weighted sum of its
vectors, scaled so that the weights have length one (fastText's bag, Joulin et al. 2017, with TF-IDF
weights). Beside it, where there are hidden channels: a convolution over the vectors of neighbouring
characters, and the maximum over the text (Kim 2014, with n-grams in place of words). It needs no
vocabulary, no segmenter, no download and no GPU.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from gnn_emotion.encoders.text.ngram_windows import MaxOverWindows
from gnn_emotion.encoders.text.ngrams import PADDING, hash_ngrams
from gnn_emotion.encoders.text.normalise import normalise_text
from gnn_emotion.encoders.text.text_parts import TextParts
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING, OK, EncoderSpec, Features

NAME = "ngram"
FILE = "text_encoder.safetensors"
#: Texts a pass; bounds the memory of a pass to about 100 MB for Weibo's lengths.
_TEXTS_PER_PASS = 65_536
#: N-grams whose windows are held at a time, beside those of the text that goes over.
_NGRAMS_A_RUN = 200_000
#: Texts that one thread hashes at a time; Arrow and NumPy work outside Python's lock.
_TEXTS_A_THREAD = 16_384


@dataclass(frozen=True)
class NgramOptions:
    """Shape of the encoder.

    Attributes:
        buckets: rows of the table, a power of two.
        dim: columns of the table, D.
        orders: longest n-gram, in characters.
        hidden: channels of the convolution, H; none for the bag alone.
        drop: share of n-grams left out of each text in training.
    """

    buckets: int = 1 << 17
    dim: int = 64
    orders: int = 3
    hidden: int = 0
    drop: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.drop < 1:
            raise ValueError(f"drop is {self.drop}; expected 0 <= drop < 1")
        if self.hidden < 0:
            raise ValueError(f"hidden is {self.hidden}; expected 0 or more")


class NgramEncoder(nn.Module):
    """Hashed n-grams to vectors.

    Args:
        options: the shape.
        idf: inverse document frequency of each bucket ``[buckets]``; 0 for padding.
    """

    idf: Tensor

    def __init__(self, options: NgramOptions, idf: Tensor) -> None:
        super().__init__()
        if idf.shape != (options.buckets,):
            raise ContractError(f"idf has shape {tuple(idf.shape)}, expected ({options.buckets},)")
        self.options = options
        self.table = nn.EmbeddingBag(options.buckets, options.dim, mode="sum", sparse=True)
        nn.init.normal_(self.table.weight, 0, 0.02)
        self.windows = MaxOverWindows(options.dim, options.hidden) if options.hidden else None
        self.register_buffer("idf", idf.float())
        self._spec: tuple[int, EncoderSpec] | None = None

    def forward(self, slots: Tensor, offsets: Tensor) -> Tensor:
        """Encode a batch of texts.

        Args:
            slots: buckets of all n-grams, text after text ``[T]``.
            offsets: where each text starts ``[B]``.

        Returns:
            Vectors ``[B, D + H]``; zero for a text without n-grams.
        """
        weights = self.idf[slots]
        if self.training:
            weights = weights * (torch.rand_like(weights) >= self.options.drop)
        ends = torch.cat([offsets[1:], offsets.new_tensor([len(slots)])])
        lengths = ends - offsets
        text = torch.repeat_interleave(torch.arange(len(offsets)), lengths)
        squares = torch.zeros(len(offsets)).index_add_(0, text, weights * weights)
        norm = squares.clamp(min=1e-12).sqrt()[:, None]
        if self.windows is None:
            return self.table(slots, offsets, per_sample_weights=weights) / norm
        by_sign = (-1, self.options.orders)
        signs = self.table(slots.view(by_sign), per_sample_weights=weights.view(by_sign))
        lengths = lengths // self.options.orders
        bags = torch.segment_reduce(signs, "sum", lengths=lengths, initial=0)
        return torch.cat([bags / norm, self.windows(signs, lengths)], dim=1)

    def hash(self, texts: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Hash texts as this encoder reads them; see ``hash_ngrams``."""
        parts = [texts.slice(i, _TEXTS_A_THREAD) for i in range(0, len(texts), _TEXTS_A_THREAD)]
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            hashed = list(pool.map(self._hash_part, parts))
        lengths = [np.diff(starts) for _, starts in hashed]
        slots = np.concatenate([np.empty(0, dtype=np.int32), *(part for part, _ in hashed)])
        return slots, np.concatenate([[0], *lengths]).cumsum()

    def _hash_part(self, texts: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        return hash_ngrams(normalise_text(texts), self.options.buckets, self.options.orders)

    @torch.inference_mode()
    def encode(self, ids: pa.Array, texts: pa.Array) -> Features:
        """Encode the own words of posts; texts that are null or blank are missing.

        Args:
            ids: N post ids.
            texts: N texts.

        Returns:
            Features ``[N, D]``.
        """
        self.eval()
        words, row = _distinct(texts)
        vectors = np.zeros((len(words) + 1, self.spec.dim), dtype=np.float32)
        filled = np.zeros(len(words) + 1, dtype=bool)
        for start in range(0, len(words), _TEXTS_PER_PASS):
            slots, starts = self.hash(words.slice(start, _TEXTS_PER_PASS))
            stop = start + len(starts) - 1
            filled[start:stop] = starts[1:] > starts[:-1]
            for low, high in self._runs(starts):
                at = torch.from_numpy(starts[low:high] - starts[low])
                given = torch.from_numpy(slots[starts[low] : starts[high]])
                vectors[start + low : start + high] = self(given, at)
        present = filled[row]
        status = np.where(present, OK, MISSING).astype(np.uint8)
        return Features(ids, vectors[row], present, status, self.spec)

    def _runs(self, starts: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Cut hashed texts into runs: of each character, all windows are held at a time."""
        count = len(starts) - 1
        if self.windows is None:
            yield 0, count
            return
        low = 0
        while low < count:
            fit = np.searchsorted(starts, starts[low] + _NGRAMS_A_RUN, side="right") - 1
            high = min(max(int(fit), low + 1), count)
            yield low, high
            low = high

    @torch.no_grad()
    def parts(self, text: str) -> TextParts:
        """Divide a text into its n-grams, or the bag alone into characters.

        Each character of a bag has an equal share of the n-grams that it is in.
        """
        normal = normalise_text(pa.array([text]))
        slots, _ = hash_ngrams(normal, self.options.buckets, self.options.orders)
        at = torch.from_numpy(slots).long()
        weights = self.idf[at]
        norm = weights.square().sum().clamp(min=1e-12).sqrt()
        said = normal[0].as_py()
        if self.windows is not None:
            return self._ngram_parts(said, self.table.weight[at] * weights[:, None], norm)
        votes = self.table.weight[at] * (weights / norm)[:, None]
        x = torch.zeros(len(said), self.options.dim)
        place = torch.arange(len(said))
        for order in range(self.options.orders):
            shared = votes[order :: self.options.orders] / (order + 1)
            for shift in range(order + 1):
                # What runs over the end is padding; it weighs nothing, and falls to the last.
                x.index_add_(0, (place + shift).clamp(max=len(said) - 1), shared)
        spans = np.stack([np.arange(len(said)), np.arange(1, len(said) + 1)], axis=1)
        return TextParts(said, spans, x, torch.zeros_like(x), lambda v: v.sum(dim=1))

    def _ngram_parts(self, said: str, x: Tensor, norm: Tensor) -> TextParts:
        first = np.repeat(np.arange(len(said)), self.options.orders)
        length = np.tile(np.arange(1, self.options.orders + 1), len(said))
        spans = np.stack([first, np.minimum(first + length, len(said))], axis=1)

        def join(versions: Tensor) -> Tensor:
            signs = versions.unflatten(1, (len(said), -1)).sum(dim=2)
            lengths = torch.full((len(signs),), len(said))
            assert self.windows is not None
            heard = self.windows(signs.flatten(0, 1), lengths)
            return torch.cat([signs.sum(dim=1) / norm, heard], dim=1)

        return TextParts(said, spans, x, torch.zeros_like(x), join)

    @property
    def spec(self) -> EncoderSpec:
        """Name, checksum of the weights, and options."""
        # The weights are hashed again only when an optimiser or a file has written to them.
        version = sum(weights._version for weights in self.parameters())
        if self._spec is None or self._spec[0] != version:
            options = {"buckets": self.options.buckets, "orders": self.options.orders}
            if self.options.hidden:
                options["hidden"] = self.options.hidden
            digest = hashlib.sha256()
            for stored in self._stored().values():
                digest.update(stored.numpy().tobytes())
            dim = self.options.dim + self.options.hidden
            self._spec = (version, EncoderSpec(NAME, digest.hexdigest()[:16], dim, options))
        return self._spec[1]

    def _stored(self) -> dict[str, Tensor]:
        tensors = {"table": self.table.weight.detach().half(), "idf": self.idf}
        if self.windows is not None:
            tensors |= {name: w.half() for name, w in self.windows.state_dict().items()}
        return tensors

    def save(self, folder: Path) -> None:
        """Write the weights (float16) and those of the rows of the table into a folder."""
        tensors = self._stored()
        metadata = {"orders": str(self.options.orders)}
        save_file(tensors, folder / FILE, metadata=metadata)

    @classmethod
    def load(cls, folder: Path) -> NgramEncoder:
        """Read what ``save`` wrote.

        Raises:
            ContractError: when the folder has no such file, or one that is damaged.
        """
        path = folder / FILE
        if not path.is_file():
            raise ContractError(f"{path} is missing; expected the embedded text encoder")
        try:
            with safe_open(path, "pt") as file:
                orders = int(file.metadata()["orders"])
                names = file.keys()
                tensors = {name: file.get_tensor(name) for name in names}
            table, idf = tensors.pop("table"), tensors.pop("idf")
            hidden = len(tensors["conv.bias"]) if tensors else 0
        except (SafetensorError, KeyError, TypeError) as error:
            raise ContractError(f"{path} is damaged: {error}") from error
        buckets, dim = table.shape
        # A copy: what safetensors gives is the file itself, which may be written again.
        options = NgramOptions(buckets=buckets, dim=dim, orders=orders, hidden=hidden)
        encoder = cls(options, idf.clone())
        with torch.no_grad():
            encoder.table.weight.copy_(table)
        if encoder.windows is not None:
            encoder.windows.load_state_dict(tensors)
        return encoder


def document_frequencies(
    slots: npt.NDArray[np.int32], starts: npt.NDArray[np.int64], buckets: int
) -> Tensor:
    """Weigh buckets by rarity: log((N + 1) / (df + 1)) + 1, scaled to a mean of one.

    Args:
        slots: n-grams of N texts ``[T]``.
        starts: where each text starts ``[N + 1]``.
        buckets: size of the table.

    Returns:
        Weights ``[buckets]``; 0 for padding.
    """
    text = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    distinct = np.unique(text * buckets + slots) % buckets
    counts = np.bincount(distinct, minlength=buckets)
    idf = np.log(len(starts) / (counts + 1)) + 1
    idf /= idf.mean()
    idf[PADDING] = 0
    return torch.from_numpy(idf).float()


def _distinct(texts: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Return the distinct texts, and the place of each text among them (one past for null)."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    encoded = texts.dictionary_encode()
    row = pc.fill_null(encoded.indices.cast(pa.int64()), len(encoded.dictionary))
    return encoded.dictionary, row.to_numpy()
