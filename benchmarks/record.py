"""What every benchmark writes beside its numbers: commit, machine, versions, data."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gnn_emotion.training.checksums import checksum


def write_record(
    path: Path, results: Any, *, data: Iterable[Path] = (), seeds: Iterable[int] = ()
) -> None:
    """Write results as JSON with all that is needed to repeat them.

    Args:
        path: the JSON file.
        results: JSON values.
        data: the files that were read; their contents are hashed.
        seeds: the seeds that were run.
    """
    record = {
        "commit": _commit(),
        "machine": {
            "processors": os.cpu_count(),
            "platform": platform.platform(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "numpy", "pyarrow", "duckdb")},
        },
        "data": {file.name: checksum(file)[:16] for file in data},
        "seeds": list(seeds),
        "results": results,
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
