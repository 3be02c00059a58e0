"""What a trained cell leaves behind: one JSON and one safetensors file a seed, written once.

A run that was killed goes on with the cells that have no such file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from gnn_emotion.training.ablation.compare import Answers


@dataclass(frozen=True)
class Record:
    """A cell, trained with one seed.

    Attributes:
        key: of the cell, its data and its edges.
        name: of the cell that it was trained for; others of the same options share it.
        seed: of the training.
        val_macro_f1: what chose the epoch.
        scores: of the test posts; see ``metrics.evaluate``.
        seconds: wall time of fitting, calibrating and judging.
        epochs: passes over the train split.
        peak_mb: most memory of the process meanwhile, MiB; nan where the system does not say.
        parameters: fitted numbers.
        answers: to compare with.
    """

    key: str
    name: str
    seed: int
    val_macro_f1: float
    scores: dict[str, Any]
    seconds: float
    epochs: int
    peak_mb: float
    parameters: int
    answers: Answers

    @property
    def stem(self) -> str:
        """Name of its files."""
        return f"{self.key}-{self.seed}"

    def save(self, folder: Path) -> None:
        """Write both files; the JSON last, and whole."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {name: getattr(self.answers, name) for name in ("label", "pred", "thread")}
        save_file(arrays, folder / f"{self.stem}.safetensors")
        stored = {name: value for name, value in vars(self).items() if name != "answers"}
        stored["num_classes"] = self.answers.num_classes
        unfinished = folder / f"{self.stem}.unfinished"
        unfinished.write_text(json.dumps(stored, ensure_ascii=False, indent=1), encoding="utf-8")
        unfinished.replace(folder / f"{self.stem}.json")

    @classmethod
    def load(cls, folder: Path, stem: str) -> Record | None:
        """Read what ``save`` wrote; None where there is nothing whole."""
        try:
            stored = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
            arrays = load_file(folder / f"{stem}.safetensors")
        except (OSError, ValueError, SafetensorError):
            return None
        num_classes = stored.pop("num_classes")
        arrays = {name: np.asarray(values) for name, values in arrays.items()}
        return cls(**stored, answers=Answers(**arrays, num_classes=num_classes))
