"""The folder beside an output file that keeps what a killed run had finished."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

_JOB = "job.json"


def open_workspace(output: Path, inputs: Iterable[Path], settings: Mapping[str, object]) -> Path:
    """Return the work folder of an output; what another job left there is thrown away.

    Two runs are the same job when they read the same files (path, size, time of change) with the
    same settings.

    Args:
        output: the file that will be written.
        inputs: files and folders that are read.
        settings: JSON values that change what is made of them.

    Returns:
        ``<output>.partial``, made when it is not there.
    """
    folder = output.with_name(output.name + ".partial")
    job = {"inputs": fingerprint(inputs), "settings": dict(settings)}
    if not _is_job(folder, job):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        unfinished = folder / f"{_JOB}.unfinished"
        unfinished.write_text(json.dumps(job, sort_keys=True), encoding="utf-8")
        unfinished.replace(folder / _JOB)
    return folder


def fingerprint(paths: Iterable[Path]) -> str:
    """Hash the names, sizes and times of change of files and of all files in folders."""
    digest = hashlib.sha256()
    for path in paths:
        for file in _files(path.resolve()):
            state = file.stat()
            digest.update(
                f"{file}\0{state.st_size}\0{state.st_mtime_ns}\n".encode(errors="replace")
            )
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(Path(folder, name) for folder, _, names in os.walk(path) for name in names)


def _is_job(folder: Path, job: Mapping[str, object]) -> bool:
    try:
        return bool(json.loads((folder / _JOB).read_text(encoding="utf-8")) == job)
    except (OSError, ValueError):
        return False
