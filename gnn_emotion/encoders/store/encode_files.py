"""Encode files by their content: what the cache has is not encoded, nor is anything twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from gnn_emotion.encoders.media import FileEncoder, Outcome, Unreadable
from gnn_emotion.encoders.store.cache import FeatureCache, feature_key, rounded
from gnn_emotion.encoders.store.find_media import Found
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, EncoderSpec

#: Files that an encoder is given at once; each such part is in the cache before the next begins.
_PART = 256
#: Keys that are looked up at once: what is in memory twice.
_LOOK_UP = 8192
_LARGEST = float(np.finfo(np.float16).max)

#: Inode, size and time of writing.
_Stamp = tuple[int, int, int]


@dataclass
class _Content:
    """One content: the rows that have it, and its first file as it looked when it was hashed."""

    path: Path
    stamp: _Stamp
    rows: list[int]


class _Changed(Unreadable):
    """The file was written to meanwhile: what came of it belongs to no known content."""


def encode_files(
    files: Sequence[Found],
    encoder: FileEncoder,
    cache: FeatureCache | None = None,
    progress: bool = True,
) -> tuple[npt.NDArray[np.float32], list[Unreadable | None]]:
    """Encode files, each content once.

    Args:
        files: paths, or why there is none ``[N]``.
        encoder: gives the features.
        cache: where features are kept; None to keep none.
        progress: whether to show bars (where there is a terminal).

    Returns:
        Features ``[N, D]``, rounded to float16 whether they were kept or made, 0 where there are
        none; and why there are none, None where there are ``[N]``.

    Raises:
        ContractError: the encoder gives rows of another width, or too few.
    """
    spec = encoder.spec
    x = np.zeros((len(files), spec.dim), dtype=np.float32)
    refused = [file if isinstance(file, Unreadable) else None for file in files]
    contents = _contents(files, spec, refused, progress)

    def fill(key: bytes, outcome: Outcome) -> None:
        rows = contents[key].rows
        if isinstance(outcome, Unreadable):
            for row in rows:
                refused[row] = outcome
        else:
            x[rows] = rounded(outcome)

    left = dict(contents)
    for key, outcome in _kept(list(contents), cache):
        fill(key, outcome)
        del left[key]
    for key, outcome in _encoded(left, encoder, spec, cache, progress):
        fill(key, outcome)
    return x, refused


def _contents(
    files: Sequence[Found], spec: EncoderSpec, refused: list[Unreadable | None], progress: bool
) -> dict[bytes, _Content]:
    """Hash the files; those that cannot be read are added to ``refused``."""
    found: dict[bytes, _Content] = {}
    rows = [(row, file) for row, file in enumerate(files) if isinstance(file, Path)]
    for row, path in tqdm(rows, unit="file", desc="read", disable=_hidden(progress, rows)):
        try:
            stamp = _stamp(path)
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            refused[row] = Unreadable(CORRUPT, f"it cannot be read: {error.strerror}")
        else:
            found.setdefault(feature_key(content, spec), _Content(path, stamp, [])).rows.append(row)
    return found


def _kept(keys: list[bytes], cache: FeatureCache | None) -> Iterator[tuple[bytes, Outcome]]:
    for part in _parts(keys, _LOOK_UP):
        yield from (cache.get(part).items() if cache is not None else ())


def _encoded(
    contents: Mapping[bytes, _Content],
    encoder: FileEncoder,
    spec: EncoderSpec,
    cache: FeatureCache | None,
    progress: bool,
) -> Iterator[tuple[bytes, Outcome]]:
    """Encode contents in parts; a part is in the cache before the next begins."""
    hidden = _hidden(progress, contents)
    with tqdm(total=len(contents), unit="file", desc=spec.encoder, disable=hidden) as bar:
        for keys in _parts(list(contents), _PART):
            files = [contents[key] for key in keys]
            outcomes = encoder.encode_files([file.path for file in files])
            if len(outcomes) != len(keys):
                raise ContractError(
                    f"encoder {spec.encoder!r} gave {len(outcomes)} outcomes for {len(keys)} "
                    "files, expected one a file"
                )
            pairs = zip(files, outcomes, strict=True)
            found = dict(zip(keys, (_checked(*pair, spec) for pair in pairs), strict=True))
            if cache is not None:
                cache.put({key: o for key, o in found.items() if not isinstance(o, _Changed)})
            yield from found.items()
            bar.update(len(keys))


def _checked(file: _Content, outcome: Outcome, spec: EncoderSpec) -> Outcome:
    try:
        changed = _stamp(file.path) != file.stamp
    except OSError:
        changed = True
    if changed:
        return _Changed(CORRUPT, "it was changed while it was read")
    if isinstance(outcome, Unreadable):
        return outcome
    if outcome.shape != (spec.dim,):
        raise ContractError(
            f"encoder {spec.encoder!r} gave features of shape {outcome.shape}, "
            f"expected ({spec.dim},)"
        )
    if not (np.abs(outcome) <= _LARGEST).all():
        return Unreadable(CORRUPT, f"its features are not all numbers up to {_LARGEST:g}")
    return outcome


def _stamp(path: Path) -> _Stamp:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _hidden(progress: bool, work: Sized) -> bool | None:
    """Show a bar when it is wanted, there is work, and (None) there is a terminal."""
    return None if progress and len(work) else True


def _parts(keys: list[bytes], size: int) -> Iterator[list[bytes]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
