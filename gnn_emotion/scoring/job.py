"""From files to a file of predictions, so that a killed run goes on where it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from gnn_emotion.schema.emotions import mapping
from gnn_emotion.schema.errors import DumpError
from gnn_emotion.schema.tables import Dump, is_dump
from gnn_emotion.scoring.batch import ScoreOptions, score_dump
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.scoring.workspace import open_workspace
from gnn_emotion.scoring.write import output_format, write_predictions


@dataclass(frozen=True)
class Scored:
    """What a run gave.

    Attributes:
        path: the file that was written.
        table: its content; see ``predictions``.
        summary: the accounts of the dump; see ``Dump.summary``.
    """

    path: Path
    table: pa.Table
    summary: dict[str, Any]


def score_to_file(
    inputs: Sequence[Path],
    output: Path,
    read: Callable[[Path], Dump],
    predictor: Predictor,
    settings: Mapping[str, object],
    options: ScoreOptions,
) -> Scored:
    """Read, score and write; what is finished is kept in ``<output>.partial`` until the end.

    Args:
        inputs: what is read.
        output: the file, or an existing folder for ``predictions.<format>``.
        read: reads the inputs into a Dump in the folder that it is given, whole or not at all;
            may return a Dump that lies elsewhere.
        predictor: the model.
        settings: JSON values on which the reading depends.
        options: how the posts are scored.

    Returns:
        What was written.
    """
    file_format = output_format(output, options.file_format)
    target = output / f"predictions.{file_format}" if output.is_dir() else output
    _refuse_inside(target, inputs)
    native = predictor.checkpoint.label_set
    mapping(native, options.label_set or native)  # an impossible wish must not cost an hour first
    target.parent.mkdir(parents=True, exist_ok=True)
    work = open_workspace(target, inputs, settings)
    dump = Dump(work / "dump") if is_dump(work / "dump") else read(work / "dump")
    table = score_dump(dump, predictor, work / "features", options)
    write_predictions(table, target, file_format)
    scored = Scored(target, table, dump.summary)
    shutil.rmtree(work)
    return scored


def _refuse_inside(target: Path, inputs: Sequence[Path]) -> None:
    """Keep predictions out of the folders that are read: the next run would read them as posts."""
    for folder in inputs:
        if folder.is_dir() and target.resolve().is_relative_to(folder.resolve()):
            raise DumpError(
                f"the output {target} lies in the dump {folder}, and would be read as a part of "
                "it; expected a place outside"
            )
