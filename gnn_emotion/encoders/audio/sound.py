"""The sound track of any file that FFmpeg reads, as one mono wave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.video.containers import (
    decode_packet,
    import_av,
    open_container,
    read_packets,
)
from gnn_emotion.schema.features import CORRUPT, MISSING

#: Samples in [-1, 1], ``[T]``.
Wave = npt.NDArray[np.float32]

#: Samples a second of every wave in this package, unless said otherwise.
RATE = 16_000
_MAX_BYTES = 1 << 30
_MAX_PACKETS = 200_000
#: What a header may claim; below, a few samples would be blown up to hours.
_RATES = range(4_000, 400_000)
_MAX_CHANNELS = 32


def read_sound(path: Path, rate: int = RATE, max_seconds: float = 60.0) -> Wave:
    """Decode the first sound track, mixed down to one channel and resampled.

    Packets that are damaged are left out; a file that breaks off gives what came before. The work
    is bounded: reading stops after ``max_seconds`` of sound or 200,000 packets, whatever the file
    says of itself.

    Args:
        path: the file.
        rate: samples a second of the result.
        max_seconds: how much of the beginning to read.

    Returns:
        The wave ``[T]``, T at least 1, in [-1, 1].

    Raises:
        Unreadable: no file or no sound track (missing), more than 1 GiB (skipped), or nothing
            that can be decoded (corrupt).
        ContractError: PyAV is not installed.
    """
    wanted = round(max_seconds * rate)
    chunks: list[Wave] = []
    with open_container(path, _MAX_BYTES) as container:
        if not container.streams.audio:
            raise Unreadable(MISSING, "no sound track")
        stream = container.streams.audio[0]
        _check_stream(stream)
        missing = wanted
        for chunk in _resample(_decode(container, stream), rate):
            chunks.append(chunk[:missing])
            missing -= len(chunk)
            if missing <= 0:
                break
    if not chunks:
        raise Unreadable(CORRUPT, "no part of the sound track can be decoded")
    return _clean(np.concatenate(chunks))


def _check_stream(stream: Any) -> None:
    if stream.codec_context is None:
        raise Unreadable(CORRUPT, "the codec of the sound track is not known")
    rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    if rate not in _RATES or not 0 < channels <= _MAX_CHANNELS:
        raise Unreadable(
            CORRUPT, f"a sound track of {rate} samples a second and {channels} channels"
        )


def _decode(container: Any, stream: Any) -> Iterator[Any]:
    stream.codec_context.thread_count = 1
    for packet in read_packets(container, stream, _MAX_PACKETS):
        yield from decode_packet(stream, packet)
    # Codecs hold frames back until they are told that no more will come.
    yield from decode_packet(stream, None)


def _resample(frames: Iterator[Any], rate: int) -> Iterator[Wave]:
    """Convert frames to mono; one that has another format than those before starts anew."""
    resampler, source = None, None
    for frame in frames:
        if frame.sample_rate not in _RATES:
            continue
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != source:
            yield from _push(resampler, None)
            resampler = import_av().AudioResampler(format="flt", layout="mono", rate=rate)
            source = shape
        # The resampler would refuse times that jump; the order of the frames is enough.
        frame.pts = None
        yield from _push(resampler, frame)
    yield from _push(resampler, None)


def _push(resampler: Any, frame: Any) -> Iterator[Wave]:
    if resampler is not None:
        yield from (out.to_ndarray()[0] for out in resampler.resample(frame) if out.samples)


def _clean(wave: Wave) -> Wave:
    """Silence what is not a number, and clip beyond full scale."""
    return np.clip(np.nan_to_num(wave, posinf=1.0, neginf=-1.0), -1.0, 1.0, dtype=np.float32)
