"""From a row of ``media`` to the file that it names, to a download, or to why there is neither."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from tqdm import tqdm

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.download import Downloader
from gnn_emotion.encoders.store.media_paths import common_folder, locate
from gnn_emotion.encoders.store.media_problems import NotTried
from gnn_emotion.schema.features import MISSING

Found = Path | Unreadable


def find_media(
    media: pa.Table, max_bytes: int, download: Downloader | None = None, progress: bool = True
) -> list[Found]:
    """Find the file of each row.

    Args:
        media: ``path``, ``url`` ``[N]``.
        max_bytes: size above which a file is skipped.
        download: fetches a file that is not there, where its address is known.
        progress: whether to show a bar while it does (where there is a terminal).

    Returns:
        Files, or why there is none: ``NotTried`` where the dump names no file and nothing is
        downloaded ``[N]``.
    """
    paths, urls = media["path"].to_pylist(), media["url"].to_pylist()
    root = common_folder(paths)
    found = [_located(path, root, max_bytes) for path in paths]
    absent = [i for i, file in enumerate(found) if _is_missing(file)]
    for row in absent:
        if not paths[row]:
            found[row] = _nothing_named(urls[row])
    if download is not None:
        wanted = [row for row in absent if _is_address(urls[row])]
        fetched = download.fetch_all([urls[row] for row in wanted])
        bar = tqdm(
            zip(wanted, fetched, strict=True),
            total=len(wanted),
            unit="file",
            desc="download",
            disable=None if progress and wanted else True,
        )
        for row, file in bar:
            found[row] = file if isinstance(file, Unreadable) else _located(file, None, max_bytes)
    return found


def _located(path: str | Path | None, root: Path | None, max_bytes: int) -> Found:
    try:
        return locate(str(path) if path else None, root, max_bytes)
    except Unreadable as refused:
        return refused


def _is_missing(file: Found) -> bool:
    return isinstance(file, Unreadable) and file.status == MISSING


def _is_address(url: str | None) -> bool:
    return url is not None and ("://" in url or url.startswith("//"))


def _nothing_named(url: str | None) -> Unreadable:
    if not url:
        return NotTried(MISSING, "the dump names neither a file nor an address")
    if _is_address(url):
        return NotTried(MISSING, "only its address is known, and nothing is downloaded")
    return Unreadable(MISSING, f"the dump names {url!r}, and no such file was found beside it")
