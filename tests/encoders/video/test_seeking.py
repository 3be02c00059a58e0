"""The packets of a video, and which of them are decoded."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.encoders.video import seeking
from gnn_emotion.encoders.video.containers import open_container
from gnn_emotion.encoders.video.seeking import PacketIndex, Seeker

from ..clips import BLUE, GREEN, RED, colour_of, film, tone

PIXELS = 64 * 48


@pytest.fixture
def clip(tmp_path):
    """Three seconds, ten frames each, with a key frame at every second."""
    return film(tmp_path / "a.mkv", [RED] * 10 + [GREEN] * 10 + [BLUE] * 10, gop=10, sound=tone(3))


@pytest.fixture
def decoded(monkeypatch) -> list:
    """Note the time of every packet of pictures that is decoded."""
    times = []

    def count(stream, packet):
        if packet is not None:
            times.append(packet.pts)
        return decode(stream, packet)

    decode = seeking.decode_packet
    monkeypatch.setattr(seeking, "decode_packet", count)
    return times


def test_the_index_says_when_and_where_decoding_can_start(clip, decoded):
    with open_container(clip, 1 << 30) as container:
        index = Seeker(container, PIXELS).read_index(10_000, 600)
    assert index.times.tolist() == list(range(0, 3_000, 100))
    assert index.times[index.keys].tolist() == [0, 1_000, 2_000]
    assert index.stop == 3_000
    assert decoded == []


def test_the_index_ends_at_a_limit(clip):
    with open_container(clip, 1 << 30) as container:
        assert Seeker(container, PIXELS).read_index(10_000, 1.5).times[-1] == 1_500
    with open_container(clip, 1 << 30) as container:
        assert 1 <= len(Seeker(container, PIXELS).read_index(20, 600).times) < 20


@pytest.mark.parametrize(
    ("wanted", "shown", "cost"),
    [
        ([0, 1_000, 2_000], [RED, GREEN, BLUE], 3),
        ([1_000], [GREEN], 1),
        ([300, 900], [RED, RED], 10),
        ([2_900], [BLUE], 10),
        ([0, 2_100], [RED, BLUE], 3),
    ],
)
def test_only_what_is_needed_is_decoded(clip, decoded, wanted, shown, cost):
    with open_container(clip, 1 << 30) as container:
        seeker = Seeker(container, PIXELS)
        index = seeker.read_index(10_000, 600)
        found = list(seeker.decode(index, np.array(wanted), 256, 1 << 30))
    assert [time for time, _ in found] == wanted
    assert [colour_of(picture) for _, picture in found] == shown
    assert len(decoded) == cost


def test_where_the_budget_ends_the_last_frame_stands_in(clip, decoded):
    with open_container(clip, 1 << 30) as container:
        seeker = Seeker(container, PIXELS)
        index = seeker.read_index(10_000, 600)
        found = list(seeker.decode(index, np.array([900, 1_900]), 256, 8 * PIXELS))
    assert len(decoded) == 8
    assert [time for time, _ in found] == [300, 1_300]


def test_one_packet_lasts_a_unit():
    assert PacketIndex(np.array([7]), np.array([True])).stop == 8
