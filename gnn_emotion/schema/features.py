"""What an encoder gives back: one row a node, with a status that says where a row came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.schema.errors import ContractError

#: Status codes as they are stored; the index is the code.
STATUSES = ("ok", "missing", "corrupt", "skipped")
OK, MISSING, CORRUPT, SKIPPED = range(len(STATUSES))
#: The ``encoder`` of a spec of features from a file.
FROM_FILE = "file"


@dataclass(frozen=True)
class EncoderSpec:
    """What made a feature: all that changes its values.

    Attributes:
        encoder: name of the encoder, or the name or folder of the pretrained model.
        revision: version of the code and weights: a checksum or a hub revision.
        dim: columns of a feature row.
        options: further settings, JSON values only.
    """

    encoder: str
    revision: str
    dim: int
    options: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.dim < 1:
            raise ContractError(f"encoder {self.encoder!r}: dim is {self.dim}, expected 1 or more")

    def as_json(self) -> dict[str, object]:
        """Return the spec as JSON values, in the form that checkpoints store."""
        return {
            "encoder": self.encoder,
            "revision": self.revision,
            "dim": self.dim,
            "options": dict(self.options),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> EncoderSpec:
        """Read what ``as_json`` wrote."""
        return cls(
            encoder=str(stored["encoder"]),
            revision=str(stored["revision"]),
            dim=int(str(stored["dim"])),
            options=dict(stored.get("options") or {}),  # type: ignore[call-overload]
        )

    def accepts(self, other: EncoderSpec) -> bool:
        """Tell whether features of another spec can stand where these were.

        Features from a file were made elsewhere: of those only the columns can be compared, for a
        new dump comes with a new file.
        """
        ours, theirs = self.as_json(), other.as_json()
        if self.encoder == FROM_FILE:
            ours.pop("revision"), theirs.pop("revision")
        return ours == theirs

    @property
    def storage(self) -> str:
        """The numpy type in which features are kept on disk, where they are many.

        Float16 is exact enough for what a network gives, but not for token numbers.
        """
        return str(self.options.get("storage", "float16"))

    @property
    def key(self) -> str:
        """A hash of the whole spec, for caches (sha256, 16 hex digits)."""
        text = json.dumps(self.as_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Features:
    """Feature rows of the nodes of one type.

    Attributes:
        ids: N node ids, in the order of the table that they come from.
        x: features ``[N, D]``, float32; rows of absent nodes are zero.
        present: whether a row holds a feature ``[N]``.
        status: codes into ``STATUSES`` ``[N]``, uint8.
        spec: what made them.
    """

    ids: pa.Array
    x: npt.NDArray[np.float32]
    present: npt.NDArray[np.bool_]
    status: npt.NDArray[np.uint8]
    spec: EncoderSpec

    def __post_init__(self) -> None:
        count = len(self.ids)
        if self.x.shape != (count, self.spec.dim):
            raise ContractError(
                f"features of {self.spec.encoder!r} have shape {self.x.shape}, "
                f"expected ({count}, {self.spec.dim}): one row an id"
            )
        if self.present.shape != (count,) or self.status.shape != (count,):
            raise ContractError(
                f"features of {self.spec.encoder!r}: present {self.present.shape} and status "
                f"{self.status.shape}, expected ({count},)"
            )

    def __len__(self) -> int:
        return len(self.ids)
