"""Find the packets of a video without decoding them, then decode only near what is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.video.containers import decode_packet, faults, import_av, read_packets
from gnn_emotion.schema.features import CORRUPT, SKIPPED

#: The longer side of a picture may be this many times the limit of the shorter.
_LONGER = 4
#: So many packets to a wanted frame make its neighbours as good as itself.
_MANY = 16
Times = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PacketIndex:
    """The packets of a video, sorted by the time at which they are shown.

    Attributes:
        times: in units of the stream ``[P]``, P at least 1.
        keys: whether decoding can start there ``[P]``.
    """

    times: Times
    keys: npt.NDArray[np.bool_]

    @property
    def stop(self) -> float:
        """When the last picture goes; it stays as long as most do."""
        steps = np.diff(self.times)
        return float(self.times[-1] + (np.median(steps) if len(steps) else 1.0))


class Seeker:
    """The first stream of moving pictures of a container.

    Args:
        container: opened for reading.
        max_pixels: of a picture.

    Raises:
        Unreadable: there is no such stream, or its codec is not known (corrupt); its pictures are
            too large (skipped).
    """

    def __init__(self, container: Any, max_pixels: int) -> None:
        self.container = container
        self.stream = _find_stream(container)
        codec = self.stream.codec_context
        if codec.width * codec.height > max_pixels:
            size = f"{codec.width} x {codec.height}"
            raise Unreadable(SKIPPED, f"frames of {size}, the limit is {max_pixels:,} pixels")
        # The size may change half way; FFmpeg then refuses what is too large.
        codec.options = {"max_pixels": str(max_pixels)}
        # With more threads, what comes out of damaged data would depend on the machine.
        codec.thread_count = 1
        self.pixels = max(codec.width * codec.height, 1)

    def read_index(self, max_packets: int, max_seconds: float) -> PacketIndex:
        """Read packets from the start.

        Args:
            max_packets: of all streams.
            max_seconds: where to stop.

        Raises:
            Unreadable: there is not one (corrupt).
        """
        times: list[int] = []
        keys: list[bool] = []
        longest = float(max_seconds / self.stream.time_base)
        for packet in read_packets(self.container, self.stream, max_packets):
            time = _time(packet)
            if time is None:
                continue
            if times and time - times[0] > longest:
                break
            times.append(time)
            keys.append(bool(packet.is_keyframe))
        if not times:
            raise Unreadable(CORRUPT, "a video without a single frame")
        order = np.argsort(times, kind="stable")
        return PacketIndex(
            np.array(times, dtype=np.int64)[order], np.array(keys, dtype=bool)[order]
        )

    def decode(
        self, index: PacketIndex, wanted: Times, side: int, max_decoded: int
    ) -> Iterator[tuple[int, Image.Image]]:
        """Decode the first frame at or after each wanted time, from the key frame before it.

        Args:
            index: the packets.
            wanted: times ``[W]``, ascending.
            side: what the shorter side is scaled down to.
            max_decoded: pixels in all; the stretches share them equally. Where they run out
                before the wanted frame, the last one decoded stands in.

        Yields:
            Time and picture, ascending, at most W.
        """
        keys = index.times[index.keys]
        stretches = (np.searchsorted(keys, wanted, side="right") - 1).clip(0)
        count = len(np.unique(stretches))
        if len(index.times) >= _MANY * len(wanted):
            # Pictures on which no other is built are not worth decoding, one near will do.
            self.stream.codec_context.skip_frame = "NONREF"
        packets = max(max_decoded // self.pixels // count, 1)
        seen = index.times[0] - 1
        for stretch in np.unique(stretches):
            targets = wanted[stretches == stretch]
            start = keys[stretch] if len(keys) else index.times[0]
            frames = self._decode_stretch(index, int(start), int(targets[-1]), packets)
            for time, frame in _pick(frames, targets):
                if time > seen:
                    seen = time
                    yield time, _to_picture(frame, side)

    def _decode_stretch(
        self, index: PacketIndex, start: int, stop: int, limit: int
    ) -> Iterator[Any]:
        """Decode all frames from a key frame up to a time, in the order in which they are shown."""
        # Packets come in the order of decoding: what is shown before ``stop`` may come after it.
        missing = int(((index.times >= start) & (index.times <= stop)).sum())
        try:
            self.container.seek(start, stream=self.stream)
        except faults():
            return
        # Packets of other streams lie between.
        for packet in islice(read_packets(self.container, self.stream, 8 * limit), limit):
            yield from decode_packet(self.stream, packet)
            time = _time(packet)
            missing -= time is not None and start <= time <= stop
            if not missing or (packet.dts is not None and packet.dts > stop):
                break
        yield from decode_packet(self.stream, None)


def _find_stream(container: Any) -> Any:
    cover = import_av().stream.Disposition.attached_pic
    streams = [s for s in container.streams.video if not s.disposition & cover]
    if not streams:
        raise Unreadable(CORRUPT, "no moving pictures in it")
    if streams[0].codec_context is None:
        raise Unreadable(CORRUPT, "the codec of the pictures is not known")
    return streams[0]


def _time(item: Any) -> int | None:
    return item.dts if item.pts is None else item.pts


def _pick(frames: Iterator[Any], targets: Times) -> Iterator[tuple[int, Any]]:
    """Yield the first frame at or after each target; the last of all if it comes before one."""
    next_target, last = 0, None
    for frame in frames:
        time = _time(frame)
        if time is None:
            continue
        last = (time, frame)
        if time >= targets[next_target]:
            yield last
            last = None
            next_target = int(np.searchsorted(targets, time, side="right"))
            if next_target == len(targets):
                return
    if last is not None:
        yield last


def _to_picture(frame: Any, side: int) -> Image.Image:
    """Scale down and turn upright."""
    shorter, longer = sorted((frame.width, frame.height))
    scale = min(1.0, side / shorter, _LONGER * side / longer)
    width, height = (max(round(size * scale), 1) for size in (frame.width, frame.height))
    picture = frame.reformat(width, height, "rgb24", interpolation="AREA").to_image()
    return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture
