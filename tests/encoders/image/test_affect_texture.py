from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gnn_emotion.encoders.image.affect_planes import measure_planes
from gnn_emotion.encoders.image.affect_texture import DESCRIPTORS, haar
from tests.encoders.painted import flat, from_grey, noise, stripes

BY_NAME = {group.name: group for group in DESCRIPTORS}


def raw(name: str, image: Image.Image) -> dict[str, float]:
    group = BY_NAME[name]
    return dict(zip(group.columns, map(float, group.measure(measure_planes(image))), strict=True))


def test_a_step_of_haar_keeps_the_energy():
    plane = noise(16)
    mean, bands = haar(plane)
    assert mean.shape == (8, 8)
    assert mean.mean() == pytest.approx(plane.mean())
    energy = 4 * sum((band**2).sum() for band in (mean, *bands))
    assert energy == pytest.approx((plane**2).sum())


def test_bands_tell_the_direction_of_stripes():
    upright, level = raw("wavelet", from_grey(stripes(2))), raw("wavelet", from_grey(stripes(2).T))
    assert upright["grey_1_across"] > -0.5 > -2.9 > upright["grey_1_down"]
    assert level["grey_1_down"] > -0.5 > -2.9 > level["grey_1_across"]
    assert upright["saturation_1_across"] == pytest.approx(-3)


def test_finer_stripes_have_finer_waves():
    assert raw("wavelet", from_grey(stripes(4)))["grey_2_across"] > -0.6
    assert raw("wavelet", from_grey(stripes(4)))["grey_1_across"] < -2.9


def test_levels_of_neighbours():
    smooth, rough = raw("glcm", flat("#405060")), raw("glcm", from_grey(noise()))
    assert smooth["grey_energy"] == pytest.approx(1)
    assert smooth["grey_homogeneity"] == pytest.approx(1)
    assert smooth["grey_contrast"] == pytest.approx(-2)
    assert rough["grey_contrast"] > 1
    assert rough["grey_entropy"] > 0.9
    assert abs(rough["grey_correlation"]) < 0.05
    ramp = raw("glcm", from_grey(np.tile(np.linspace(0, 1, 128), (128, 1))))
    assert ramp["grey_correlation"] > 0.95


def test_statistics_of_levels_are_those_of_a_table_worked_out_by_hand():
    # Rows of level 0 and of level 15 in turn: neighbours in a row agree, all others differ.
    found = raw("glcm", from_grey(stripes(2).T))
    pairs = 127 * 128 + 127 * 128 + 2 * 127 * 127
    differ = (127 * 128 + 2 * 127 * 127) / pairs
    assert found["grey_contrast"] == pytest.approx(np.log10(differ * 225 + 0.01), abs=1e-4)
    assert found["grey_homogeneity"] == pytest.approx(1 - differ + differ / 16, abs=1e-4)


def test_coarse_is_coarser_than_fine():
    found = [raw("tamura", from_grey(stripes(period)))["coarseness"] for period in (4, 16, 64)]
    assert found == sorted(found)
    assert found[2] > found[0] + 0.2


def test_stripes_have_a_direction_and_noise_has_none():
    lines, rough = raw("tamura", from_grey(stripes(16))), raw("tamura", from_grey(noise()))
    assert lines["direction"] > 0.95
    assert rough["direction"] < 0.15
    assert rough["direction_entropy"] > 0.9 > lines["direction_entropy"]
    sizes = [value for name, value in rough.items() if name.startswith("window_")]
    assert sum(sizes) == pytest.approx(1)


def test_patterns_are_shares_and_few_are_of_no_kind():
    for image in (flat("red"), from_grey(noise()), from_grey(stripes(8))):
        found = raw("lbp", image)
        assert sum(value**2 for value in found.values()) == pytest.approx(1)
    assert raw("lbp", flat("red"))["00000000"] == 1
    assert raw("lbp", from_grey(noise()))["other"] > 0.5


def test_patterns_do_not_see_brightness():
    grey = noise()
    bright, dark = raw("lbp", from_grey(0.5 + grey / 2)), raw("lbp", from_grey(grey / 2))
    np.testing.assert_allclose(list(bright.values()), list(dark.values()), atol=0.03)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 11))
def test_edges_have_their_direction(k):
    side = np.arange(128)
    turn = np.pi * k / 12
    wave = 0.5 + 0.5 * np.sin((side[None] * np.cos(turn) + side[:, None] * np.sin(turn)) / 4)
    found = raw("orientation", from_grey(wave))
    assert max(found, key=found.get) == f"{k}_of_12"
