"""Unpack .zip and .gz files safely: no file outside the folder, no bomb, one reason a failure."""

from __future__ import annotations

import gzip
import os
import shutil
import time
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gnn_emotion.schema.errors import DumpError

LIMIT_BYTES = 20 * 10**9
#: Deflate itself ends at 1,032; real dumps are packed 3 to 20 times smaller.
LIMIT_RATIO = 1000
_BLOCK = 1 << 20
_NOT_UTF8 = 0x800
_DAMAGED = (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError)


class Unpacked(NamedTuple):
    """What an archive held.

    Attributes:
        files: inner name (with ``/``) -> the file on disk; empty for a .gz file's only content.
        skipped: inner name, or nothing for the archive itself -> why it was not unpacked.
    """

    files: dict[str, Path]
    skipped: dict[str, str]


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is unpacked."""
    return path.suffix.lower() in (".zip", ".gz")


def unpack(archive: Path, folder: Path) -> Unpacked:
    """Unpack an archive.

    Args:
        archive: a .zip or .gz file.
        folder: where to; made when needed. Hidden files of the archive are left out.

    Raises:
        DumpError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (_unzip if archive.suffix.lower() == ".zip" else _gunzip)(archive, folder)
    except _DAMAGED as error:
        return Unpacked({}, {"": f"damaged archive: {error}"})
    except OSError as error:
        raise DumpError(
            f"{archive} cannot be unpacked to {folder}: {error.strerror or error}; unpack it "
            "yourself and name the folder instead"
        ) from error


def _too_large(archive: Path, size: int) -> str | None:
    if size > LIMIT_BYTES:
        return f"unpacks to {size / 1e9:,.1f} GB, more than {LIMIT_BYTES // 10**9} GB"
    if size > LIMIT_RATIO * archive.stat().st_size:
        return f"unpacks to more than {LIMIT_RATIO:,} times its size"
    return None


def _gunzip(archive: Path, folder: Path) -> Unpacked:
    target, size = folder / archive.stem, 0
    if target.suffix == ".tar":
        return Unpacked({}, {"": "a tar archive; unpack it and name the folder instead"})
    with gzip.open(archive) as packed, target.open("wb") as file:
        while block := packed.read(_BLOCK):
            size += len(block)
            if reason := _too_large(archive, size):
                target.unlink()
                return Unpacked({}, {"": reason})
            file.write(block)
    shutil.copystat(archive, target)
    return Unpacked({"": target}, {})


def _unzip(archive: Path, folder: Path) -> Unpacked:
    found = Unpacked({}, {})
    with zipfile.ZipFile(archive) as packed:
        members = [m for m in packed.infolist() if not m.is_dir()]
        if reason := _too_large(archive, sum(m.file_size for m in members)):
            return Unpacked({}, {"": reason})
        for member in members:
            name = _name(member)
            parts = PurePosixPath(name).parts
            if any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts):
                continue
            reason = _unsafe(name) or ("named twice in the archive" if name in found.files else "")
            if reason := reason or _extract(packed, member, folder / name):
                found.skipped[name] = reason
            else:
                found.files[name] = folder / name
    return found


def _name(member: zipfile.ZipInfo) -> str:
    """Read the name of a member; Windows writes Chinese ones in the encoding of its console."""
    name = member.filename
    if not member.flag_bits & _NOT_UTF8 and not name.isascii():
        raw = name.encode("cp437")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("gb18030", "replace")
    return name.replace("\\", "/")


def _unsafe(name: str) -> str:
    parts = PurePosixPath(name).parts
    leaves = ".." in parts or name.startswith("/") or ":" in (parts or ("",))[0]
    return "its path leads out of the archive" if leaves else ""


def _extract(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> str:
    """Write one member; return why that failed, or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with packed.open(member) as inner, target.open("wb") as file:
            shutil.copyfileobj(inner, file, _BLOCK)
    except (RuntimeError, NotImplementedError) as error:
        return "encrypted" if "password" in str(error) else f"cannot be unpacked: {error}"
    except _DAMAGED as error:
        target.unlink(missing_ok=True)
        return f"damaged in the archive: {error}"
    # Times such as "5 minutes ago" are read from when the file was written.
    written = time.mktime((*member.date_time, 0, 0, -1))
    os.utime(target, (written, written))
    return ""
