"""What all neural image encoders share: pictures are read ahead and batched; memory may run out."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor, nn

from gnn_emotion.encoders.image.pictures import PictureLimits, open_picture
from gnn_emotion.encoders.media import Outcome, Unreadable
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.features import EncoderSpec

PRECISIONS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
#: Of a strip that is longer than so many times its width, the middle is read.
_MAX_ASPECT = 8
#: Smaller pictures are stretched: with 1 or 3 rows, rows are mistaken for channels.
_MIN_SIDE = 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VisionOptions:
    """How pictures are batched.

    Attributes:
        batch_size: pictures a batch; halved when memory runs out.
        precision: a key of ``PRECISIONS``; other than ``float32`` on a GPU alone.
    """

    batch_size: int = 32
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}; expected 1 or more")
        if self.precision not in PRECISIONS:
            raise ContractError(
                f"unknown precision {self.precision!r}; {closest(self.precision, PRECISIONS)}"
            )


class VisionEncoder:
    """A network that turns prepared pictures into features; the two kinds of network derive it.

    A row depends on its batch only through the order of additions: by less than 1e-4 of the
    longest row in float32 on a CPU, 1e-2 in float16 or bfloat16.

    Args:
        name: how messages call the encoder.
        device: ``cpu``, ``cuda``, ...
        options: batching.
        limits: pictures that are skipped.
        open_side: shorter side to which files are scaled down when opened, before the preparation
            of the network itself.

    Raises:
        ContractError: half precision is asked of a CPU.
    """

    def __init__(
        self,
        name: str,
        device: str,
        options: VisionOptions | None,
        limits: PictureLimits | None,
        open_side: int,
    ) -> None:
        self.name, self.device, self.open_side = name, device, open_side
        self.options, self.limits = options or VisionOptions(), limits or PictureLimits()
        if self.options.precision != "float32" and torch.device(device).type != "cuda":
            raise ContractError(
                f"precision {self.options.precision!r} on device {device!r}; expected a GPU "
                "('cuda'), or precision 'float32'"
            )
        self._batch_size = self.options.batch_size

    @property
    def spec(self) -> EncoderSpec:
        """What makes the features."""
        raise NotImplementedError

    def prepare(self, image: Image.Image) -> Tensor:
        """Scale, crop and normalise a picture for the network ``[3, H, W]``; called in threads."""
        raise NotImplementedError

    def embed(self, pixels: Tensor) -> Tensor:
        """Run the network ``[B, 3, H, W] -> [B, D]``."""
        raise NotImplementedError

    def encode_images(self, images: Sequence[Image.Image]) -> npt.NDArray[np.float32]:
        """Encode pictures that are already open.

        Args:
            images: B pictures, mode RGB.

        Returns:
            Features ``[B, D]``.
        """
        x = np.zeros((len(images), self.spec.dim), dtype=np.float32)
        for start in range(0, len(images), self.options.batch_size):
            part = images[start : start + self.options.batch_size]
            x[start : start + len(part)] = self._run([self.prepare(bounded(i)) for i in part])
        return x

    def encode_files(self, paths: Sequence[Path]) -> list[Outcome]:
        """Encode files, one outcome a path; see ``FileEncoder``."""
        outcomes: list[Outcome] = []
        for batch in self._read_ahead(paths):
            ready = [pixels for pixels in batch if not isinstance(pixels, Unreadable)]
            rows = iter(self._run(ready) if ready else ())
            outcomes += [found if isinstance(found, Unreadable) else next(rows) for found in batch]
        return outcomes

    def _read_ahead(self, paths: Sequence[Path]) -> Iterator[list[Tensor | Unreadable]]:
        """Yield batches of prepared pictures; threads prepare the next while one is used."""
        size = self.options.batch_size
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:

            def start(at: int) -> list[Future[Tensor | Unreadable]]:
                return [pool.submit(self._read, path) for path in paths[at : at + size]]

            coming = start(0)
            for at in range(0, len(paths), size):
                now, coming = coming, start(at + size)
                yield [future.result() for future in now]

    def _read(self, path: Path) -> Tensor | Unreadable:
        try:
            return self.prepare(bounded(open_picture(path, self.limits, self.open_side)))
        except Unreadable as why:
            return why

    def _run(self, ready: list[Tensor]) -> npt.NDArray[np.float32]:
        """Embed prepared pictures ``[B, D]``; where memory runs out, in ever smaller batches."""
        pixels = torch.stack(ready)
        rows: list[npt.NDArray[np.float32]] = []
        start = 0
        while start < len(pixels):
            part = self._embed_or_shrink(pixels[start : start + self._batch_size])
            if part is not None:
                rows.append(part)
                start += len(part)
        return np.concatenate(rows)

    @torch.inference_mode()
    def _embed_or_shrink(self, pixels: Tensor) -> npt.NDArray[np.float32] | None:
        device, precision = torch.device(self.device), PRECISIONS[self.options.precision]
        try:
            with torch.autocast(device.type, precision, enabled=precision != torch.float32):
                return self.embed(pixels.to(device)).float().cpu().numpy()
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            if len(pixels) == 1:
                raise ContractError(
                    f"image encoder {self.name!r}: memory of {self.device!r} runs out on one "
                    "picture; expected more free memory, or a smaller model"
                ) from error
        # Outside of the handler, where the error no longer keeps the tensors of the batch alive.
        self._batch_size = len(pixels) // 2
        _log.warning("out of memory: batches of %d pictures from here on", self._batch_size)
        if device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _stated(self, **more: object) -> dict[str, object]:
        """Options that change a row, for the spec."""
        return {
            **more,
            "precision": self.options.precision,
            "open_side": self.open_side,
            **asdict(self.limits),
        }


def bounded(image: Image.Image) -> Image.Image:
    """Cut the middle out of a very long strip, and stretch a tiny picture.

    A network that scales the shorter side up to hundreds of pixels would scale the longer one of a
    strip to millions.
    """
    width, height = image.size
    longest = _MAX_ASPECT * min(width, height)
    if max(width, height) > longest:
        left, top = max(width - longest, 0) // 2, max(height - longest, 0) // 2
        image = image.crop((left, top, width - left, height - top))
    if min(image.size) < _MIN_SIDE:
        image = image.resize((max(image.width, _MIN_SIDE), max(image.height, _MIN_SIDE)))
    return image


def weights_checksum(model: nn.Module, leave_out: tuple[str, ...] = ()) -> str:
    """Hash the names and values of all weights but some (sha256, 16 hex digits).

    Args:
        model: the network.
        leave_out: weights whose name has one of these in it are not read.
    """
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        if not any(part in key for part in leave_out):
            digest.update(key.encode())
            digest.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _is_out_of_memory(error: RuntimeError) -> bool:
    # The allocator of the CPU has no error of its own.
    told = ("can't allocate memory", "not enough memory")
    return isinstance(error, torch.cuda.OutOfMemoryError) or any(t in str(error) for t in told)
