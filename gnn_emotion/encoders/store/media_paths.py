"""The path of a picture or clip as a dump gives it: checked before anything is opened.

A dump may come from anywhere. A path in it must not lead out of where it seems to lie, nor to
something whose reading never ends.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED


def common_folder(paths: Iterable[str | None]) -> Path | None:
    """Return the deepest folder that all files of a dump seem to lie in, links resolved.

    Returns:
        The folder; None without paths, or where some are absolute and some are not.
    """
    try:
        return Path(os.path.commonpath({Path(path).parent for path in paths if path})).resolve()
    except (ValueError, OSError, RuntimeError):
        return None


def locate(path: str | None, root: Path | None = None, max_bytes: int | None = None) -> Path:
    """Find the file that a path of a dump names.

    A link to a file is followed when its target lies in or below the folder of the link; a link
    to a folder, when the file still lies below ``root``. Links above ``root`` are the user's own.

    Args:
        path: absolute, or from the working folder.
        root: a resolved folder that the file must lie in (see ``common_folder``).
        max_bytes: size above which the file is left alone.

    Returns:
        The path of a regular file, links resolved.

    Raises:
        Unreadable: *missing* without a path, and where nothing is; *skipped* for a path with
            ``..``, a link that leads out, anything that is no regular file, and one that is too
            large; *corrupt* where the system refuses to look.
    """
    if not path:
        raise Unreadable(MISSING, "the dump names no file")
    if ".." in PureWindowsPath(path).parts:  # which knows both kinds of slash
        raise Unreadable(SKIPPED, "its path has '..' in it")
    try:
        target = _followed(Path(path), root)
        _check(target.stat(), max_bytes)
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable(MISSING, "no such file") from None
    except PermissionError:
        raise Unreadable(CORRUPT, "no permission to read it") from None
    except (OSError, ValueError, RuntimeError) as error:  # too long a name, a NUL in it, a loop
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(SKIPPED, f"its path cannot be used: {reason}") from None
    return target


def _followed(path: Path, root: Path | None) -> Path:
    target = path.resolve()
    if path.is_symlink() and not target.is_relative_to(path.parent.resolve()):
        raise Unreadable(SKIPPED, "it is a link to a file outside its folder")
    if root is not None and not target.is_relative_to(root):
        raise Unreadable(SKIPPED, f"a link on its path leads out of {root}")
    return target


def _check(found: os.stat_result, max_bytes: int | None) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(SKIPPED, "it is no regular file")
    if max_bytes is not None and found.st_size > max_bytes:
        raise Unreadable(SKIPPED, f"it has {found.st_size:,} bytes, expected at most {max_bytes:,}")
