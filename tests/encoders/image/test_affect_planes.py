from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gnn_emotion.encoders.image.affect_planes import (
    COLOUR_SIDE,
    GREY_SIDE,
    cells,
    grid,
    measure_planes,
    soft_bins,
    soft_histogram,
    soft_joint_histogram,
)
from tests.encoders.painted import flat, from_grey, noise, stripes


def test_planes_of_a_colour():
    planes = measure_planes(flat((200, 100, 50)))
    assert planes.hue.shape == planes.luma.shape == (COLOUR_SIDE, COLOUR_SIDE)
    assert planes.grey.shape == planes.slope.shape == (GREY_SIDE, GREY_SIDE)
    expected = {"red": 200, "green": 100, "blue": 50, "value": 200, "saturation": 150}
    for name, level in expected.items():
        np.testing.assert_allclose(getattr(planes, name), level / 255, atol=1e-6)
    np.testing.assert_allclose(planes.hue, 20 / 360, atol=1 / 256)
    assert planes.aspect == pytest.approx(64 / 48)
    assert not planes.slope.any()


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ("red", (53.24, 80.09, 67.20)),
        ("lime", (87.73, -86.18, 83.18)),
        ("blue", (32.30, 79.19, -107.86)),
        ("white", (100, 0, 0)),
        ("#010101", (0.27, 0, 0)),
        ("black", (0, 0, 0)),
    ],
)
def test_lightness_and_opponents_are_those_of_the_standard(colour, lab):
    planes = measure_planes(flat(colour))
    found = [p[0, 0] * 100 for p in (planes.lightness, planes.green_red, planes.blue_yellow)]
    np.testing.assert_allclose(found, lab, atol=0.05)


def test_the_angle_is_across_an_edge():
    upright = measure_planes(from_grey(stripes(16)))
    edges = upright.slope > 0.2
    assert edges.any()
    turned = np.minimum(upright.angle, 1 - upright.angle)
    np.testing.assert_allclose(turned[edges], 0, atol=0.01)
    level = measure_planes(from_grey(stripes(16).T))
    np.testing.assert_allclose(level.angle[level.slope > 0.2], 0.5, atol=0.01)


def test_the_size_of_a_picture_does_not_matter_but_its_detail():
    small = from_grey(noise(16)).resize((200, 150), Image.Resampling.BICUBIC)
    a, b = measure_planes(small), measure_planes(small.resize((800, 600), Image.Resampling.BICUBIC))
    assert np.abs(a.lightness - b.lightness).mean() < 0.01


def test_cells_hold_every_pixel_once():
    plane = np.arange(64.0).reshape(8, 8)
    found = cells(plane, 2)
    assert sorted(found.ravel()) == sorted(plane.ravel())
    assert found[1].tolist() == plane[:4, 4:].ravel().tolist()
    assert cells(np.ones((64, 64)), 3).shape == (9, 21 * 21)
    assert grid(2) == ["11", "12", "21", "22"]


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30), st.integers(2, 9))
def test_soft_bins_share_each_pixel(values, count):
    plane = np.array(values, dtype=np.float32)
    for around in (False, True):
        lower, upper, share = soft_bins(plane, count, around)
        assert ((lower >= 0) & (upper < count) & (share >= 0) & (share <= 1)).all()
        histogram = soft_histogram((lower, upper, share), count)
        assert histogram.sum() == pytest.approx(1, abs=1e-5)
    lower, upper, share = soft_bins(plane, count)
    back = (lower * (1 - share) + upper * share) / (count - 1)
    np.testing.assert_allclose(back, plane, atol=1e-5)


def test_a_hue_goes_around_and_a_level_does_not():
    ends = np.array([0.0, 1.0], dtype=np.float32)
    np.testing.assert_allclose(soft_histogram(soft_bins(ends, 4, around=True), 4), [1, 0, 0, 0])
    np.testing.assert_allclose(soft_histogram(soft_bins(ends, 4), 4), [0.5, 0, 0, 0.5])


def test_a_histogram_of_two_planes():
    first = soft_bins(np.array([0, 0, 1], dtype=np.float32), 2)
    second = soft_bins(np.array([0, 0.5, 1], dtype=np.float32), 3)
    found = soft_joint_histogram(first, 2, second, 3).reshape(2, 3)
    np.testing.assert_allclose(found, np.array([[1, 1, 0], [0, 0, 1]]) / 3)
