"""Folders that are whole or not there: built beside their place and renamed when done."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gnn_emotion.schema.errors import DumpError
from gnn_emotion.schema.tables import is_dump


def temporary_output() -> Path:
    """Return the place of a folder that lasts as long as the process."""
    folder = Path(tempfile.mkdtemp(prefix="gnn-emotion-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "dump"


def check_output(output: Path) -> None:
    """Refuse to write where something else than a Dump lies.

    Raises:
        DumpError: the place is taken.
    """
    if output.is_dir() and (is_dump(output) or not any(output.iterdir())):
        return
    if output.exists() or output.is_symlink():
        kind = "a folder with other files" if output.is_dir() else "a file"
        raise DumpError(
            f"{output} is {kind}; expected a Dump to replace, an empty folder or a new name: "
            "choose another output"
        )


@contextmanager
def whole_folder(output: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of ``output`` when the block ends without error.

    Args:
        output: the place; what is there is replaced at the end, and left alone on an error.

    Raises:
        DumpError: the folder cannot be made.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f"{output.name}.partial-", dir=output.parent))
    except OSError as error:
        raise DumpError(f"{output} cannot be written: {error.strerror or error}") from error
    try:
        new, old = work / "new", work / "old"
        new.mkdir()
        yield new
        if output.exists():
            output.rename(old)
        new.rename(output)
    finally:
        shutil.rmtree(work, ignore_errors=True)
