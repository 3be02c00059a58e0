"""Features to a folder, in the form that ``--features NAME=FILE`` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gnn_emotion.schema.features import STATUSES, Features

SPECS, STATUS, PROBLEMS = "specs.json", "status.parquet", "problems.parquet"


def write_features(features: Mapping[str, Features], problems: pa.Table, folder: Path) -> None:
    """Write features.

    Args:
        features: by node type or modality.
        problems: the table of ``media_problems``.
        folder: gets ``<name>.parquet`` (``id``, ``x``: float32 lists; the present rows alone) for
            each, ``status.parquet`` (``name``, ``id``, ``status``; all rows), ``specs.json`` (what
            made them) and ``problems.parquet`` (media without features, and why).
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, given in features.items():
        pq.write_table(_present_rows(given), folder / f"{name}.parquet", compression="zstd")
    pq.write_table(pa.concat_tables(_statuses(features)), folder / STATUS)
    pq.write_table(problems, folder / PROBLEMS)
    specs = {name: given.spec.as_json() for name, given in features.items()}
    text = json.dumps(specs, indent=2, ensure_ascii=False) + "\n"
    (folder / SPECS).write_text(text, encoding="utf-8")


def _present_rows(given: Features) -> pa.Table:
    rows = np.flatnonzero(given.present)
    values = pa.array(np.ascontiguousarray(given.x[rows]).reshape(-1))
    x = pa.FixedSizeListArray.from_arrays(values, given.spec.dim)
    return pa.table({"id": given.ids.take(pa.array(rows)), "x": x})


def _statuses(features: Mapping[str, Features]) -> list[pa.Table]:
    return [
        pa.table(
            {
                "name": pa.array([name] * len(given), pa.string()),
                "id": given.ids,
                "status": pa.array(np.array(STATUSES)[given.status], pa.string()),
            }
        )
        for name, given in features.items()
    ]
