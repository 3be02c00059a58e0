"""Which frames are taken; that broken, endless and lying files are outcomes."""

from __future__ import annotations

import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.video.frames import FrameOptions, plan_even, sample_frames
from gnn_emotion.encoders.video.seeking import PacketIndex
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED

from ..clips import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    WHITE,
    claim_duration,
    colour_of,
    film,
    film_pictures,
    tone,
    turn,
)

SCENES = [RED] * 40 + [GREEN] * 20 + [BLUE] * 30


def colours(path, **options) -> list:
    return [colour_of(picture) for picture in sample_frames(path, FrameOptions(**options))]


def refusal(path, **options) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        sample_frames(path, FrameOptions(**options))
    return caught.value


def write(path, content: bytes):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.ts", "libx264"), ("a.avi", "mpeg4")],
)
@pytest.mark.parametrize("gop", [1, 7, 1000])
def test_frames_are_spread_evenly(tmp_path, name, codec, gop):
    clip = film(tmp_path / name, SCENES, gop=gop, codec=codec)
    assert colours(clip, frames=9) == [RED] * 4 + [GREEN] * 2 + [BLUE] * 3
    assert colours(clip, frames=1) == [GREEN]


def test_even_in_time_and_not_in_number(tmp_path):
    shown = [0, 100, 200, 300, 400, 4_000, 8_000, 12_000]
    clip = film(tmp_path / "a.mp4", [RED] * 5 + [GREEN, BLUE, BLUE], milliseconds=shown)
    assert colours(clip, frames=4) == [RED, GREEN, BLUE]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_short_clip_gives_each_frame_once(tmp_path, count):
    pictures = [WHITE, BLACK, RED, GREEN, BLUE][:count]
    assert colours(film(tmp_path / "a.mp4", pictures), frames=8) == pictures


@pytest.mark.parametrize("size", [(64, 48), (65, 47), (16, 2), (2, 300), (640, 360)])
def test_pictures_of_any_size_are_scaled_down_only(tmp_path, size):
    clip = film(tmp_path / "a.mp4", [RED] * 3, size=size)
    for picture in sample_frames(clip, FrameOptions(side=100)):
        assert picture.mode == "RGB"
        assert min(picture.size) == min(*size, 100)
        assert max(picture.size) <= 400
        assert colour_of(picture) == RED


def test_pictures_are_upright(tmp_path):
    scene = Image.new("RGB", (64, 48), RED)
    scene.paste(BLUE, (0, 0, 64, 24))
    upright = sample_frames(film_pictures(tmp_path / "a.mp4", [scene] * 3))[0]
    turned = sample_frames(turn(tmp_path / "a.mp4"))[0]
    assert upright.size == (64, 48)
    assert turned.size == (48, 64)
    # A quarter turn clockwise brings the top to the right.
    assert colour_of(turned.crop((30, 0, 48, 64))) == BLUE
    assert colour_of(turned.crop((0, 0, 18, 64))) == RED


def test_one_frame_a_scene_the_longest_first(tmp_path):
    clip = film(tmp_path / "a.mp4", SCENES, gop=10)
    assert colours(clip, sampling="scene") == [RED, GREEN, BLUE]
    assert colours(clip, sampling="scene", frames=2) == [RED, BLUE]
    assert colours(clip, sampling="scene", frames=1) == [RED]


def test_the_beginning_of_a_long_video_counts(tmp_path):
    clip = film(tmp_path / "a.mp4", [BLACK] * 700 + [WHITE] * 6_500, (16, 16), rate=1, gop=250)
    start = time.process_time()
    assert colours(clip) == [BLACK] * 8
    assert colours(clip, max_packets=50) == [BLACK] * 8
    assert time.process_time() - start < 5
    assert WHITE in colours(clip, max_seconds=7_200)


def test_the_work_on_one_file_is_bounded(tmp_path):
    clip = film(tmp_path / "a.mp4", [RED] * 500 + [GREEN] * 500, (16, 16), gop=10_000)
    assert colours(clip, frames=2) == [RED, GREEN]
    # A hundred pictures may be decoded: not enough to come to the second half.
    assert colours(clip, frames=2, max_decoded=16 * 16 * 100) == [RED]


@pytest.mark.parametrize("factor", [0, 1_000])
def test_a_duration_may_lie(tmp_path, factor):
    clip = film(tmp_path / "a.mp4", SCENES)
    assert colours(claim_duration(clip, factor), frames=9) == [RED] * 4 + [GREEN] * 2 + [BLUE] * 3


def test_the_same_file_gives_the_same_pictures(tmp_path):
    clip = film(tmp_path / "a.mp4", SCENES, sound=tone(2))
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) // 2] + bytes(200) + content[len(content) // 2 + 200 :])
    for sampling in ("even", "scene"):
        options = FrameOptions(sampling=sampling)
        first, second = (sample_frames(clip, options) for _ in range(2))
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_what_is_left_of_a_file_that_breaks_off(tmp_path):
    content = film(tmp_path / "a.ts", SCENES, sound=tone(9)).read_bytes()
    found = colours(write(tmp_path / "b.ts", content[: len(content) // 3]))
    assert found
    assert BLUE not in found
    # An MP4 has its index at the end.
    content = film(tmp_path / "a.mp4", SCENES).read_bytes()
    assert refusal(write(tmp_path / "b.mp4", content[:-200])).status == CORRUPT


def test_files_without_pictures(tmp_path):
    assert refusal(tmp_path / "gone.mp4").status == MISSING
    assert refusal(film(tmp_path / "a.mp4", [], sound=tone(1))).status == CORRUPT
    assert refusal(write(tmp_path / "b.mp4", b"")).status == CORRUPT
    assert refusal(write(tmp_path / "c.mp4", b"<html>404</html>" * 50)).status == CORRUPT
    film(tmp_path / "d.avi", [RED], codec="mpeg4")
    content = (tmp_path / "d.avi").read_bytes()
    assert (
        refusal(write(tmp_path / "d.avi", content[: content.index(b"movi") + 4])).status == CORRUPT
    )


def test_pictures_that_are_too_large_are_skipped(tmp_path):
    clip = film(tmp_path / "a.mp4", [RED] * 3)
    found = refusal(clip, max_pixels=64 * 48 - 1)
    assert found.status == SKIPPED
    assert "64 x 48" in found.reason
    assert colours(clip, max_pixels=64 * 48)


def test_pictures_that_grow_half_way_are_left_out(tmp_path):
    small = film(tmp_path / "a.ts", [RED] * 20).read_bytes()
    large = film(tmp_path / "b.ts", [GREEN] * 20, size=(640, 480)).read_bytes()
    both = write(tmp_path / "c.ts", small + large)
    assert GREEN in colours(both)
    assert set(colours(both, max_pixels=64 * 48)) == {RED}


def test_a_header_that_claims_a_giant_is_refused_at_once(tmp_path):
    pictures = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=99)
    assert colours(tmp_path / "a.gif") == [RED, GREEN]
    content = bytearray((tmp_path / "a.gif").read_bytes())
    struct.pack_into("<HH", content, 6, 65_535, 65_535)
    start = time.process_time()
    assert refusal(write(tmp_path / "b.gif", bytes(content))).status in (CORRUPT, SKIPPED)
    assert time.process_time() - start < 1


@settings(max_examples=60)
@given(st.data())
def test_damage_is_an_outcome_and_no_crash(damaged, data):
    path, content = damaged
    changed = bytearray(content)
    for i in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20)):
        changed[i] = data.draw(st.integers(0, 255))
    path.write_bytes(changed[: data.draw(st.integers(1, len(content)))])
    try:
        found = sample_frames(path)
    except Unreadable:
        return
    assert 1 <= len(found) <= 8
    assert {picture.mode for picture in found} == {"RGB"}


@pytest.fixture(scope="module", params=["a.mp4", "a.mkv", "a.avi"])
def damaged(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("damaged") / request.param
    film(path, [RED, GREEN, BLUE] * 3, codec="mpeg4" if "avi" in request.param else "libx264")
    return path, path.read_bytes()


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.booleans()), min_size=1, max_size=80),
    st.integers(1, 20),
)
def test_a_plan_holds_frames_that_are_there_one_a_step(packets, count):
    times, keys = (np.array(column) for column in zip(*sorted(packets), strict=True))
    index = PacketIndex(times, keys)
    plan = plan_even(index, count)
    assert 1 <= len(plan) <= count
    assert set(plan.tolist()) <= set(times.tolist())
    assert (np.diff(plan) > 0).all()


def test_a_key_frame_near_the_middle_of_a_step_is_preferred():
    times = np.arange(0, 1_000, 10)
    index = PacketIndex(times, np.isin(times, [0, 270, 610]))
    # The middles are 250 and 750; the nearest key frames are 20 and 140 off, a step is 500.
    assert plan_even(index, 2).tolist() == [270, 750]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampling": "scenes"}, "unknown sampling 'scenes'; did you mean 'scene'"),
        ({"frames": 0}, "frames is 0, expected more than 0"),
        ({"max_seconds": -1.0}, "max_seconds is -1.0"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        FrameOptions(**options)
