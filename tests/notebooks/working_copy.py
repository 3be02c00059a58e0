"""Runs notebooks where they can do no harm: a working copy, a home of its own, no network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import matplotlib
import matplotlib.font_manager  # makes its list of fonts here, and not in every kernel
import nbformat
from nbclient import NotebookClient

#: Seconds that a cell may take, on a machine that does other things too.
_CELL_LIMIT = 240
#: Imported by the kernel before anything else. A kernel talks to its client by zmq, unseen here.
_GUARD = """
import ipaddress, os, sys

ALLOWED = os.environ["NOTEBOOK_MAY_WRITE"].split(os.pathsep)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def refuse(event, arguments):
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, str | bytes | os.PathLike) and (flags or 0) & WRITING:
            where = os.path.realpath(os.fsdecode(path))
            if not where.startswith((*ALLOWED, "/dev/", "/proc/")):
                raise PermissionError(f"a notebook writes to {where}")
        return
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    try:
        near = host in (None, "", "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    if not near:
        raise PermissionError(f"a notebook asks for {host}")

sys.addaudithook(refuse)
"""


@contextmanager
def working_copy(repo: Path, source: Path, folder: Path) -> Iterator[Path]:
    """Copy a notebook and the sample, and point all that a kernel may write to elsewhere.

    Args:
        repo: the repository.
        source: the notebook.
        folder: an empty one; becomes ``copy``, which a notebook has no reason to change, and
            ``elsewhere``. Beside it lies what numba compiled, for all notebooks of a run.

    Yields:
        The copied notebook.
    """
    copy, elsewhere, compiled = folder / "copy", folder / "elsewhere", folder.parent / "compiled"
    shutil.copytree(repo / "data" / "sample", copy / "data" / "sample")
    for made in (copy / "notebooks", elsewhere / "tmp", elsewhere / "site"):
        made.mkdir(parents=True)
    (elsewhere / "site" / "sitecustomize.py").write_text(_GUARD)
    paths = [elsewhere / "site", repo, *filter(None, [os.environ.get("PYTHONPATH")])]
    settings = {
        "HOME": elsewhere,
        "IPYTHONDIR": elsewhere / "ipython",
        "JUPYTER_RUNTIME_DIR": elsewhere / "runtime",
        "TMPDIR": elsewhere / "tmp",
        "GNN_EMOTION_CACHE": elsewhere / "cache",
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
        "NUMBA_CACHE_DIR": compiled,
        "NOTEBOOK_MAY_WRITE": os.pathsep.join(str(one.resolve()) for one in (elsewhere, compiled)),
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONDONTWRITEBYTECODE": 1,
    }
    with mock.patch.dict(os.environ, {key: str(value) for key, value in settings.items()}):
        yield Path(shutil.copy(source, copy / "notebooks"))


def run(path: Path) -> nbformat.NotebookNode:
    """Run a notebook in its folder, and return it with its outputs.

    Versions and times, which differ between machines and runs, are not in it.

    Raises:
        CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(
        notebook, timeout=_CELL_LIMIT, kernel_name="python3", record_timing=False, resources=place
    ).execute()
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def files_below(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of change of each file below a folder, by its path."""
    found = ((path, path.stat()) for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (s.st_size, s.st_mtime_ns) for path, s in found}
