"""Encode the pictures or clips of a dump: find the files, ask the cache, encode the rest."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.encoders.media import FileEncoder, Unreadable
from gnn_emotion.encoders.store.cache import FeatureCache
from gnn_emotion.encoders.store.download import Downloader
from gnn_emotion.encoders.store.encode_files import encode_files
from gnn_emotion.encoders.store.find_media import find_media
from gnn_emotion.encoders.store.media_problems import NotTried, check_errors, media_problems
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.features import OK, Features
from gnn_emotion.schema.tables import Dump

_log = logging.getLogger(__name__)

KINDS = ("image", "video")


@dataclass(frozen=True)
class MediaOptions:
    """How the files of a dump are found, and what happens when they are not.

    Attributes:
        cache: where features are kept; None to keep none.
        download: fetches a file of which only the address is known; None to fetch nothing.
        max_error_share: the run fails when more than this share of the files that were there to
            be read give no features; 1 lets every run pass.
        max_image_bytes: size above which a picture is skipped.
        max_video_bytes: size above which a clip is skipped.
        progress: whether to show bars (where there is a terminal).
    """

    cache: FeatureCache | None = None
    download: Downloader | None = None
    max_error_share: float = 1.0
    max_image_bytes: int = 200_000_000
    max_video_bytes: int = 2_000_000_000
    progress: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.max_error_share <= 1:
            raise ValueError(f"max_error_share is {self.max_error_share}, expected 0 to 1")
        for name in ("max_image_bytes", "max_video_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 1 or more")


def encode_media(
    dump: Dump, kind: str, encoder: FileEncoder, options: MediaOptions | None = None
) -> tuple[Features, pa.Table]:
    """Encode every picture, or every clip, of a dump.

    A file is known by its content: the same content is encoded once, and not at all when the
    cache has it. Features are rounded to float16, with or without a cache, so that a run gives
    the same bits whether it found them there or made them.

    What counts as an error is a file that was there to be read and gave no features: the dump
    names it and it is not there, it is corrupt, it was skipped, or it could not be downloaded. A
    row of which only the address is known, while nothing is downloaded, is missing but no error.

    Args:
        dump: the tables.
        kind: image or video.
        encoder: gives the features.
        options: cache, download, limits.

    Returns:
        Features ``[N, D]`` of the rows of ``media`` of this kind, in their order, and the table of
        ``media_problems``: the rows without features, with the reason.

    Raises:
        DumpError: more errors than ``max_error_share`` allows.
        ContractError: an unknown kind, or an encoder that breaks its contract.
    """
    if kind not in KINDS:
        raise ContractError(f"no media of kind {kind!r}; {closest(kind, KINDS)}")
    options = options or MediaOptions()
    media = dump.read("media", ["media_id", "kind", "path", "url"])
    media = media.filter(pc.equal(media["kind"], kind))
    largest = options.max_image_bytes if kind == "image" else options.max_video_bytes
    files = find_media(media, largest, options.download, options.progress)
    expected = sum(not isinstance(file, NotTried) for file in files)
    lost = [file if isinstance(file, Unreadable) else None for file in files]
    # Files that are not there are known before hours of work.
    check_errors(kind, media_problems(media, lost), expected, options.max_error_share)
    x, refused = encode_files(files, encoder, options.cache, options.progress)
    problems = media_problems(media, refused)
    check_errors(kind, problems, expected, options.max_error_share)
    if problems.num_rows:
        _log.warning("%s: %d of %d have no features", kind, problems.num_rows, len(files))
    status = np.array([OK if why is None else why.status for why in refused], dtype=np.uint8)
    ids = media["media_id"].combine_chunks()
    return Features(ids, x, status == OK, status, encoder.spec), problems
