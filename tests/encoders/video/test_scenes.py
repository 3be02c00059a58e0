"""Cuts between pictures of different colours."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gnn_emotion.encoders.video.scenes import middle_of_scenes

from ..clips import BLUE, GREEN, RED, WHITE


def choose(colours, count: int, stop: float | None = None) -> list[int]:
    pictures = [Image.new("RGB", (40, 30), colour) for colour in colours]
    stop = len(pictures) if stop is None else stop
    return middle_of_scenes(pictures, np.arange(len(pictures)), stop, count)


def test_the_middle_of_each_scene():
    colours = [RED] * 5 + [GREEN] * 3 + [BLUE]
    assert choose(colours, 9) == [2, 6, 8]
    assert choose(colours, 1) == [2]
    # What stays on the screen to the end counts.
    assert choose(colours, 1, stop=99) == [8]


def test_of_equally_long_scenes_the_earlier():
    assert choose([RED, GREEN, BLUE, WHITE], 2) == [0, 1]


def test_movement_and_light_are_no_cut():
    ramp = np.tile(np.linspace(0, 255, 64), (48, 1)).astype(np.uint8)
    moved = [np.roll(ramp, shift, axis=1) for shift in range(0, 64, 8)]
    brighter = [(ramp * (1 - 0.05 * i)).astype(np.uint8) for i in range(5)]
    for series in (moved, brighter):
        pictures = [Image.fromarray(grey).convert("RGB") for grey in series]
        assert len(middle_of_scenes(pictures, np.arange(len(series)), len(series), 9)) == 1


@given(st.lists(st.sampled_from([RED, GREEN, BLUE]), min_size=1, max_size=12), st.integers(1, 9))
def test_one_index_a_scene(colours, count):
    scenes = 1 + sum(a != b for a, b in pairwise(colours))
    found = choose(colours, count)
    assert len(found) == min(count, scenes)
    assert found == sorted(set(found))
