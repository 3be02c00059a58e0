"""Where a fitted text encoder is kept: a JSON file and a safetensors file, no pickle."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import EncoderSpec

State = Mapping[str, Any]
Arrays = Mapping[str, npt.NDArray[Any]]


class FittedEncoder(ABC):
    """A text encoder that is kept in two files; its spec is told once it is made.

    Attributes:
        FILES: names of the JSON and of the safetensors file.
    """

    FILES: ClassVar[tuple[str, ...]]
    _spec: EncoderSpec

    @property
    def spec(self) -> EncoderSpec:
        """What makes the features, with a checksum of all that was fitted."""
        return self._spec

    def save(self, folder: Path) -> None:
        """Write ``FILES`` into a folder."""
        write_fitted(folder, self.FILES, self._state(), self._arrays())

    def _checksum(self) -> str:
        return fitted_checksum(self._state(), self._arrays())

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """Return options and vocabulary, JSON values."""

    @abstractmethod
    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is too long for JSON."""


def fitted_checksum(state: State, arrays: Arrays) -> str:
    """Hash all that was fitted: sha256, 16 hex digits, the same before and after a file."""
    digest = hashlib.sha256(_as_json(state).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def write_fitted(folder: Path, files: tuple[str, ...], state: State, arrays: Arrays) -> None:
    """Write what was fitted.

    Args:
        folder: exists.
        files: names of the JSON and of the safetensors file.
        state: JSON values: options and vocabulary.
        arrays: what is too long for JSON.
    """
    stored = {**state, "checksum": fitted_checksum(state, arrays)}
    (folder / files[0]).write_text(_as_json(stored) + "\n", encoding="utf-8")
    save_file(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / files[1]
    )


def read_fitted(
    folder: Path, files: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Read what ``write_fitted`` wrote.

    Raises:
        ContractError: a file is missing, damaged, or not of the same encoder as the other.
    """
    for name in files:
        if not (folder / name).is_file():
            raise ContractError(
                f"{folder / name} is missing; expected the text encoder that was fitted with the "
                "model: the files of a checkpoint belong together"
            )
    try:
        state = json.loads((folder / files[0]).read_text(encoding="utf-8"))
        arrays = load_file(folder / files[1])
        checksum = state.pop("checksum")
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise ContractError(f"{folder / files[0]} or {files[1]} is damaged: {error!r}") from error
    if checksum != fitted_checksum(state, arrays):
        raise ContractError(
            f"{folder / files[0]} and {files[1]} are damaged or of different encoders: their "
            f"checksum is not {checksum}; copy both from where they were fitted"
        )
    return state, arrays


def _as_json(state: State) -> str:
    return json.dumps(state, ensure_ascii=False, sort_keys=True)
