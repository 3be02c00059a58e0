"""Files that nobody vouches for: what is opened, what is not, and that nothing else is read."""

from __future__ import annotations

import os
import sys

import pytest

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.video.containers import import_av, open_container, read_packets
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED

from ..clips import GREEN, RED, film, tone

LIMIT = 1 << 30


def refusal(path, limit: int = LIMIT) -> Unreadable:
    with pytest.raises(Unreadable) as caught, open_container(path, limit) as container:
        list(container.demux())
    assert "\n" not in caught.value.reason
    assert str(path) not in caught.value.reason
    return caught.value


def test_packets_of_one_stream_up_to_a_limit_of_all(tmp_path):
    clip = film(tmp_path / "clip.mp4", [RED] * 30, sound=tone(3))
    with open_container(clip, LIMIT) as container:
        packets = read_packets(container, container.streams.video[0], 10_000)
        assert [packet.stream.type for packet in packets] == ["video"] * 30
    with open_container(clip, LIMIT) as container:
        assert len(list(read_packets(container, container.streams.video[0], 10))) < 10


def test_a_name_is_not_an_instruction(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("concat:a|b.mp4", "http:x.mp4", "frame%03d.mp4", "-i.mp4", "影片 1.mp4"):
        path = film(tmp_path / "clip.mp4", [GREEN] * 3).rename(tmp_path / name)
        with open_container(path.relative_to(tmp_path), LIMIT) as container:
            assert container.streams.video


@pytest.mark.parametrize(
    "content",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{clip}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{clip}'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
        "抱歉，此视频已被删除。",
        "\x00" * 4096,
    ],
)
def test_playlists_and_texts_are_not_followed(tmp_path, content):
    clip = film(tmp_path / "clip.mp4", [RED] * 3)
    for ending in ("mp4", "m3u8", "mpd", "txt"):
        path = tmp_path / f"list.{ending}"
        path.write_text(content.format(clip=clip))
        assert refusal(path).status == CORRUPT


def test_what_cannot_be_a_clip(tmp_path):
    assert refusal(tmp_path / "gone.mp4").status == MISSING
    assert refusal(tmp_path / ("long" * 100)).status == MISSING
    assert refusal(tmp_path).status == SKIPPED
    os.mkfifo(tmp_path / "pipe.mp4")
    assert refusal(tmp_path / "pipe.mp4").status == SKIPPED
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert refusal(tmp_path / "empty.mp4").status == CORRUPT


def test_the_size_of_a_file_is_limited(tmp_path):
    clip = film(tmp_path / "clip.mp4", [RED] * 3)
    size = clip.stat().st_size
    with open_container(clip, size):
        pass
    found = refusal(clip, size - 1)
    assert found.status == SKIPPED
    assert f"{size:,} bytes, the limit is {size - 1:,}" in found.reason


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ContractError, match=r"PyAV, .+ pip install 'gnn-emotion\[video\]'"):
        import_av()
