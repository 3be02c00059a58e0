"""Pictures and videos that a crawler saved: which file belongs to which post and URL.

Crawlers name the files they save by the picture (``<pid>.jpg``), by the post (``<mid>.jpg``,
``<mid>-2.jpg``, ``20200101_<mid>_2.jpg``; the last number is the place in the post, from 1), or
put them into a folder named by the post. Each of these is looked up; nothing else is guessed.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Any

_KINDS = dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "bmp", "heic"), "image")
_KINDS |= dict.fromkeys(("mp4", "mov", "avi", "mkv", "webm", "flv", "m4v"), "video")
#: An optional date, the name of the post, an optional place in the post.
_NAMED = re.compile(r"(?:\d{8}_)?(?P<post>.+?)(?:[-_](?P<place>\d{1,2}))?")

Item = dict[str, str | None]
#: Kind, and the place among the post's media of that kind: from 1, or 0 where no name says it.
_Place = tuple[str, int]


class MediaFiles:
    """The pictures and videos below a folder.

    Args:
        root: the folder that the user named; it is walked once, when first asked.
        later: where that folder will be when the Dump is read, if it is moved.
    """

    def __init__(self, root: Path, later: Path | None = None) -> None:
        # Paths with '..' are not opened later, as a dump's may lead anywhere; the user's may.
        self.root = root.resolve() if ".." in root.parts else root.absolute()
        self._later = later or self.root

    def __bool__(self) -> bool:
        return bool(self._files)

    def attach(self, names: tuple[str | None, ...], items: list[Item]) -> list[Item]:
        """Give the media of a post the paths of their files, and add files it did not list.

        Args:
            names: what the post goes by (its mid, its bid).
            items: its media in order: ``media_id``, ``kind``, ``url``.

        Returns:
            The media with ``path``, and a further one for each file of the post that is left.
        """
        own = sorted({pair for name in names if name for pair in self._posts.get(name, ())})
        places = dict(reversed(own))
        found = [self._with_path(item, i, items, places) for i, item in enumerate(items)]
        taken = {item["path"] for item in found}
        left = dict.fromkeys(path for _, path in own if self._shown(path) not in taken)
        return found + [self._item(path) for path in left]

    def _with_path(
        self, item: Item, index: int, items: list[Item], own: dict[_Place, Path]
    ) -> Item:
        same = [i for i, other in enumerate(items) if other["kind"] == item["kind"]]
        kind, place = str(item["kind"]), same.index(index) + 1
        path = self._local(item) or self._stems.get(str(item["media_id"]))
        if path is None and len(same) == 1:
            path = own.get((kind, 0))
        path = path or own.get((kind, place))
        return {**item, "path": self._shown(path) if path else None}

    def _shown(self, path: Path) -> str:
        return str(self._later / path.relative_to(self.root))

    def _local(self, item: Item) -> Path | None:
        """Find a file that the dump itself names, below the folder and nowhere else."""
        url = item["url"] or ""
        if not url or "://" in url or url.startswith("//"):
            return None
        path = Path(os.path.normpath(self.root / url))
        return path if path in self._known else None

    def _item(self, path: Path) -> Item:
        """Describe a file that no post lists, by its place below the folder."""
        name = path.relative_to(self.root).as_posix()
        media_id = "file-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
        return {"media_id": media_id, "kind": kind_of(path), "path": self._shown(path), "url": None}

    @cached_property
    def _files(self) -> list[Path]:
        walked = (
            Path(folder, name)
            for folder, folders, names in os.walk(self.root)
            if _without_hidden(folders)
            for name in names
            if not name.startswith(".") and kind_of(name)
        )
        return sorted(walked)

    @cached_property
    def _known(self) -> frozenset[Path]:
        return frozenset(self._files)

    @cached_property
    def _stems(self) -> dict[str, Path]:
        return {path.stem: path for path in reversed(self._files)}

    @cached_property
    def _posts(self) -> dict[str, list[tuple[_Place, Path]]]:
        """Name of a post -> its files and their places."""
        found: dict[str, list[tuple[_Place, Path]]] = {}
        for path in self._files:
            kind = str(kind_of(path))
            found.setdefault(path.stem, []).append(((kind, 0), path))
            named = _NAMED.fullmatch(path.stem)
            if named and named["post"] != path.stem:
                place = int(named["place"] or 0)
                found.setdefault(named["post"], []).append(((kind, place), path))
        for name, files in self._folders.items():
            found.setdefault(name, []).extend(files)
        return found

    @cached_property
    def _folders(self) -> dict[str, list[tuple[_Place, Path]]]:
        found: dict[str, list[tuple[_Place, Path]]] = {}
        for path in self._files:
            files = found.setdefault(path.parent.name, [])
            kind = str(kind_of(path))
            stem = path.stem
            place = int(stem) if stem.isdecimal() and len(stem) < 3 else len(files) + 1
            files.append(((kind, place), path))
        found.pop(self.root.name, None)
        return found


def kind_of(path: Path | str) -> Any:
    """Tell an image from a video by the end of a file name; None for anything else."""
    return _KINDS.get(str(path).rpartition(".")[2].lower())


def _without_hidden(folders: list[str]) -> bool:
    """Keep ``os.walk`` out of hidden folders, and in a fixed order."""
    folders[:] = sorted(name for name in folders if not name.startswith("."))
    return True
