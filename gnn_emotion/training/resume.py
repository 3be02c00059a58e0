"""The state of a training that may be killed: begun again, it goes on to the same numbers.

Two files: ``state-EPOCH.safetensors`` holds every tensor (weights, the best weights so far, the
optimizer's moments, torch's random states), ``state.json`` the rest, and names the first. Both are
written under other names and then renamed, the JSON last; only then do the tensors of the epoch
before go, so that there is a whole state at any moment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gnn_emotion.training.checksums import checksum

REST = "state.json"
_RANDOM, _GPU_RANDOM = "random", "gpu_random"


@dataclass(frozen=True)
class TrainingState:
    """A training after some epochs.

    Attributes:
        weights: of the model.
        best: of the model, after its best validation epoch.
        optimizer: what ``state_dict`` of the optimizer gave.
        schedule: what ``state_dict`` of the schedule gave.
        random: torch's random state.
        gpu_random: that of the GPU that the model is fitted on; None on the CPU.
        generator: state of numpy's generator.
        history: (loss, validation macro-F1) of each epoch.
    """

    weights: Mapping[str, Tensor]
    best: Mapping[str, Tensor]
    optimizer: Mapping[str, Any]
    schedule: Mapping[str, Any]
    random: Tensor
    gpu_random: Tensor | None
    generator: Mapping[str, Any]
    history: list[tuple[float, float]]

    def save(self, folder: Path, fingerprint: str) -> None:
        """Write the state; what an earlier epoch wrote is replaced.

        Args:
            folder: made when it is not there.
            fingerprint: of all that decides the numbers; ``load`` asks for it again.
        """
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {_RANDOM: self.random}
        if self.gpu_random is not None:
            tensors[_GPU_RANDOM] = self.gpu_random
        tensors |= {f"weights/{name}": t for name, t in self.weights.items()}
        tensors |= {f"best/{name}": t for name, t in self.best.items()}
        numbers: dict[str, dict[str, Any]] = {}
        for index, moments in self.optimizer["state"].items():
            for name, value in moments.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer/{index}/{name}"] = value
                else:
                    numbers.setdefault(str(index), {})[name] = value
        path = folder / f"state-{len(self.history):06d}.safetensors"
        _write_tensors(path, tensors)
        rest = {
            "fingerprint": fingerprint,
            "tensors": path.name,
            "sha256": checksum(path),
            "optimizer": {"numbers": numbers, "param_groups": self.optimizer["param_groups"]},
            "schedule": self.schedule,
            "generator": self.generator,
            "history": self.history,
        }
        unfinished = folder / f"{REST}.unfinished"
        unfinished.write_text(json.dumps(rest), encoding="utf-8")
        unfinished.replace(folder / REST)
        for older in set(folder.glob("state-*.safetensors")) - {path}:
            older.unlink()

    @classmethod
    def load(cls, folder: Path, fingerprint: str) -> TrainingState | None:
        """Read what ``save`` wrote; None where there is nothing, or nothing of this training."""
        try:
            rest = json.loads((folder / REST).read_text(encoding="utf-8"))
            path = folder / Path(rest["tensors"]).name
            if rest["fingerprint"] != fingerprint or rest["sha256"] != checksum(path):
                return None
            tensors = load_file(path)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError):
            return None
        optimizer = rest["optimizer"]
        moments: dict[int, dict[str, Any]] = {
            int(index): dict(values) for index, values in optimizer["numbers"].items()
        }
        for key, value in _under("optimizer/", tensors).items():
            index, _, name = key.partition("/")
            moments.setdefault(int(index), {})[name] = value
        return cls(
            weights=_under("weights/", tensors),
            best=_under("best/", tensors),
            optimizer={"state": moments, "param_groups": optimizer["param_groups"]},
            schedule=rest["schedule"],
            random=tensors[_RANDOM],
            gpu_random=tensors.get(_GPU_RANDOM),
            generator=rest["generator"],
            history=[(loss, score) for loss, score in rest["history"]],
        )


def _write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    unfinished = path.with_suffix(".unfinished")
    # Cloned, for safetensors refuses tensors that share memory.
    own = {name: t.detach().cpu().clone().contiguous() for name, t in tensors.items()}
    save_file(own, unfinished)
    unfinished.replace(path)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
