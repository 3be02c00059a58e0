"""Which files of the named paths are dumps, and which format reads each of them."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gnn_emotion.ingest import archives
from gnn_emotion.ingest.decode import looks_binary
from gnn_emotion.ingest.formats import (
    ced,
    checked,
    comment_tree,
    datafountain,
    generic_json,
    generic_sqlite,
    generic_table,
    media_crawler,
    nghuyong,
    old_weibo_spider,
    weibo_api,
    weibo_crawler_comments,
    weibo_crawler_csv,
    weibo_crawler_json,
    weibo_crawler_sqlite,
    weibo_crawler_users,
    weibo_search,
    weibo_spider,
    weibo_spider_json,
)
from gnn_emotion.ingest.media_files import kind_of
from gnn_emotion.ingest.records import Reader, Source
from gnn_emotion.schema.errors import DumpError, closest

HEAD_BYTES = 1 << 16
_READERS: tuple[Reader, ...] = (
    weibo_crawler_json,
    weibo_crawler_sqlite,
    weibo_spider_json,
    nghuyong,
    media_crawler,
    checked,
    ced,
    weibo_crawler_csv,
    weibo_crawler_users,
    weibo_crawler_comments,
    weibo_spider,
    weibo_search,
    datafountain,
    old_weibo_spider,
    comment_tree,
    weibo_api,
    generic_table,
    generic_json,
    generic_sqlite,
)
#: Every reader by its name; where two are equally sure of a file, the first one reads it.
FORMATS: dict[str, Reader] = {reader.NAME: reader for reader in _READERS}


@dataclass
class Found:
    """The files to read.

    Attributes:
        sources: each file with its reader, in the order of the paths, sorted within a folder.
        skipped: name -> why the file is not read; pictures, videos and hidden files are not named.
    """

    sources: list[tuple[Source, Reader]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def by_name(name: str) -> Reader:
    """Return a reader by the name of its format.

    Raises:
        DumpError: there is no such format.
    """
    if name not in FORMATS:
        raise DumpError(f"no format is called {name!r}; {closest(name, FORMATS)}")
    return FORMATS[name]


def sniff(source: Source) -> Reader | None:
    """Return the reader that is surest of a file, or None if none knows it."""
    return _surest(source, _head(source.path))


def find_sources(
    paths: Sequence[Path],
    unpack: Path,
    format: str | None = None,  # noqa: A002
) -> Found:
    """Find the files to read in the paths that the user named.

    Args:
        paths: files, folders, and .zip or .gz archives of either; a file reached twice is read
            once.
        unpack: a folder for what comes out of archives; must last until the sources are read.
        format: the format of every file, where the user says so.

    Returns:
        The sources, with names that are unique over all paths, and what was skipped and why.

    Raises:
        DumpError: a path does not exist, or there is no such format.
    """
    forced = by_name(format) if format else None
    found = Found()
    for number, (entry, name) in enumerate(_named(_entries(paths))):
        if not archives.is_archive(entry.path):
            _add(found, Source(entry.path, name, entry.root), forced)
        else:
            _unpack(found, entry, name, unpack / f"{number:04}", forced)
    if len(found.sources) == 1:
        ((source, reader),) = found.sources
        found.sources[0] = (replace(source, alone=True), reader)
    return found


@dataclass(frozen=True)
class _Entry:
    """A file to look at: its place, below which folder of the user's, under which name."""

    path: Path
    root: Path
    inner: str


def _entries(paths: Sequence[Path]) -> list[_Entry]:
    entries: list[_Entry] = []
    seen: set[str] = set()
    for path in map(Path, paths):
        if not path.exists():
            raise DumpError(f"{path} does not exist")
        for entry in _walk(path) if path.is_dir() else [_Entry(path, path.parent, path.name)]:
            real = os.path.realpath(entry.path)
            if real not in seen:
                seen.add(real)
                entries.append(entry)
    return entries


def _walk(folder: Path) -> list[_Entry]:
    """List the files of a folder in sorted order, without hidden and media files.

    Folders that are links, and those that cannot be opened, are listed as well.
    """
    entries: list[_Entry] = []

    def closed(error: OSError) -> None:
        path = Path(error.filename)
        entries.append(_Entry(path, folder, path.relative_to(folder).as_posix()))

    for place, folders, files in os.walk(folder, onerror=closed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in files + links:
            if not name.startswith(".") and not kind_of(name):
                path = Path(place, name)
                entries.append(_Entry(path, folder, path.relative_to(folder).as_posix()))
    return sorted(entries, key=lambda entry: entry.inner.split("/"))


def _named(entries: list[_Entry]) -> Iterator[tuple[_Entry, str]]:
    """Name the files below their folders; folders that share a name inside lend their own."""
    parents = dict.fromkeys((entry.root for entry in entries), 0)
    while True:
        names = [_name(entry, parents[entry.root]) for entry in entries]
        often = Counter(names)
        clash = {e.root for e, name in zip(entries, names, strict=True) if often[name] > 1}
        clash = {root for root in clash if parents[root] < len(root.absolute().parts) - 1}
        if not clash:
            return zip(entries, names, strict=True)
        for root in clash:
            parents[root] += 1


def _name(entry: _Entry, parents: int) -> str:
    above = entry.root.absolute().parts
    name = "/".join([*above[len(above) - parents :], entry.inner])
    return os.fsencode(name).decode("utf-8", "replace")


def _unpack(found: Found, entry: _Entry, name: str, folder: Path, forced: Reader | None) -> None:
    """Add what an archive holds; the archive is the folder of its media if it has any."""
    unpacked = archives.unpack(entry.path, folder)
    root = folder if any(map(kind_of, unpacked.files)) else entry.root
    for inner, reason in unpacked.skipped.items():
        found.skipped[f"{name}/{inner}" if inner else name] = reason
    for inner, path in sorted(unpacked.files.items()):
        source = Source(path, f"{name}/{inner}" if inner else name, root)
        if archives.is_archive(path):
            found.skipped[source.name] = "an archive in an archive; unpack the outer one"
        elif not kind_of(path):
            _add(found, source, forced)


def _add(found: Found, source: Source, forced: Reader | None) -> None:
    """List a file among the sources, or among the skipped with the reason."""
    try:
        result = _judge(source, forced)
    except OSError as error:
        result = f"cannot be opened: {error.strerror or error}"
    if isinstance(result, str):
        found.skipped[source.name] = result
    else:
        found.sources.append((source, result))


def _judge(source: Source, forced: Reader | None) -> Reader | str:
    status = source.path.stat()
    if stat.S_ISDIR(status.st_mode):
        link = "a link to a folder; name the folder itself"
        return link if source.path.is_symlink() else "a folder that cannot be opened"
    if not stat.S_ISREG(status.st_mode):
        return "not a plain file"
    if status.st_size == 0:
        return "empty file"
    if kind_of(source.path):
        return "a picture or video; name the folder that it lies in together with its posts"
    if forced:
        return forced
    head = _head(source.path)
    return _surest(source, head) or _unknown(source.path, head)


def _surest(source: Source, head: bytes) -> Reader | None:
    best, surest = 0.0, None
    for reader in FORMATS.values():
        score = reader.sniff(source, head)
        if score > best:
            best, surest = score, reader
        if score >= 1:
            break
    return surest


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _unknown(path: Path, head: bytes) -> str:
    if path.suffix.lower() in (".xlsx", ".xls"):
        return "an Excel workbook; save its sheets as CSV (UTF-8)"
    return "not a known format; looks binary" if looks_binary(head) else "not a known format"
