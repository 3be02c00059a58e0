"""The media of a whole dump: one walk a folder, and what archives held is kept with the Dump."""

from __future__ import annotations

import os
from pathlib import Path

from gnn_emotion.ingest.media_files import MediaFiles, kind_of
from gnn_emotion.ingest.records import Source


class MediaFolders:
    """The media files beside each source, every folder walked once.

    Args:
        unpacked: the folder that archives were unpacked to.
        later: where that folder will be when the Dump is read.
    """

    def __init__(self, unpacked: Path, later: Path) -> None:
        self._unpacked = unpacked
        self._later = later
        self._folders: dict[Path, MediaFiles] = {}

    def beside(self, source: Source) -> MediaFiles:
        """Return the media files below the folder of a source."""
        root = source.root
        if root not in self._folders:
            inside = root.is_relative_to(self._unpacked)
            later = self._later / root.relative_to(self._unpacked) if inside else None
            self._folders[root] = MediaFiles(root, later)
        return self._folders[root]


def keep_media(folder: Path) -> None:
    """Remove from a folder, if it exists, all files but pictures and videos."""
    for place, folders, names in os.walk(folder, topdown=False):
        for name in names:
            if not kind_of(name):
                Path(place, name).unlink()
        for name in folders:
            if not any(Path(place, name).iterdir()):
                Path(place, name).rmdir()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
