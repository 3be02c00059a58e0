"""Open a video or sound file that nobody vouches for, and walk through its packets.

FFmpeg would follow playlists to other files and to the network, and read pictures by a pattern in
a name. Here it is given an open stream and a list of containers, so a file can only be itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED

#: Demuxers of FFmpeg that hold one clip or sound and name no other file.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "avi,asf,flv,live_flv,mpegts,mpeg,ogg,gif",
    "wav,w64,aiff,au,caf,flac,mp3,aac,amr,ac3,eac3",
)
_OPTIONS = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "none"}
#: What PyAV raises on hostile values, beside its own errors.
_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)


def import_av() -> Any:
    """Import PyAV.

    Raises:
        ContractError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise ContractError(
            "videos and sounds are decoded with PyAV, which is not installed: "
            "pip install 'gnn-emotion[video]'"
        ) from error
    return av


def faults() -> tuple[type[BaseException], ...]:
    """Return the exceptions that the content of a file may cause."""
    return (import_av().FFmpegError, *_FAULTS)


@contextmanager
def open_container(path: Path, max_bytes: int) -> Iterator[Any]:
    """Open a file for reading; what FFmpeg objects to within the block is ``Unreadable``.

    Args:
        path: the file.
        max_bytes: larger files are skipped.

    Yields:
        An ``av.container.InputContainer``.

    Raises:
        Unreadable: no such file (missing), no regular file or too large (skipped), nothing that
            FFmpeg can read (corrupt).
        ContractError: PyAV is not installed.
    """
    av = import_av()
    broken: tuple[type[BaseException], ...] = (*faults(), OSError)
    _check_file(path, max_bytes)
    try:
        with (
            path.open("rb") as stream,
            av.open(stream, options=_OPTIONS, metadata_errors="ignore") as container,
        ):
            yield container
    except broken as error:
        raise Unreadable(CORRUPT, f"no readable video or sound: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """Say an error in one line, without the name of a file."""
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return str(text).splitlines()[0]


def read_packets(container: Any, stream: Any, limit: int) -> Iterator[Any]:
    """Yield the packets of a stream that hold data.

    Data that break off end the stream: what came before is still good.

    Args:
        container: opened.
        stream: one of its streams.
        limit: how many packets to read, those of other streams included.
    """
    # All streams, because packets that PyAV drops by itself could not be counted.
    packets, wanted = islice(container.demux(), limit), stream.index
    while True:
        try:
            packet = next(packets, None)
        except faults():
            return
        if packet is None:
            return
        if packet.size and packet.stream.index == wanted:
            yield packet


def decode_packet(stream: Any, packet: Any) -> list[Any]:
    """Decode a packet, or with None what the decoder still holds.

    A damaged packet gives no frames; the next may be whole again.
    """
    try:
        return list(stream.codec_context.decode(packet))
    except faults():
        return []


def _check_file(path: Path, max_bytes: int) -> None:
    try:
        exists, regular = path.exists(), path.is_file()
        size = path.stat().st_size if regular else 0
    except (OSError, ValueError) as error:
        raise Unreadable(MISSING, f"no such file: {reason(error)}") from error
    if not exists:
        raise Unreadable(MISSING, "no such file")
    if not regular:
        raise Unreadable(SKIPPED, "no regular file")
    if size == 0:
        raise Unreadable(CORRUPT, "the file is empty")
    if size > max_bytes:
        raise Unreadable(SKIPPED, f"{size:,} bytes, the limit is {max_bytes:,}")
