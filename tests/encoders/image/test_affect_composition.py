from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from gnn_emotion.encoders.image.affect_composition import DESCRIPTORS
from gnn_emotion.encoders.image.affect_planes import measure_planes
from tests.encoders.painted import flat, from_grey, noise, stripes

BY_NAME = {group.name: group for group in DESCRIPTORS}


def raw(name: str, image: Image.Image) -> dict[str, float]:
    group = BY_NAME[name]
    return dict(zip(group.columns, map(float, group.measure(measure_planes(image))), strict=True))


def spot(x: int, y: int, colour: object = "white", on: object = "#303030") -> Image.Image:
    image = flat(on, (128, 128))
    ImageDraw.Draw(image).ellipse((x - 8, y - 8, x + 8, y + 8), fill=colour)
    return image


def test_edges_are_counted_where_they_are():
    half = np.full((128, 128), 0.5)
    half[:40, :40] = stripes(8)[:40, :40]
    found = raw("edge", from_grey(half))
    assert found["11"] > 0.3
    assert found["33"] == 0
    assert found["density"] == pytest.approx(found["11"] / 9, abs=0.02)
    assert found["flat"] > 0.8
    assert raw("edge", flat("red"))["density"] == 0


def test_a_blurred_picture_is_less_sharp():
    sharp = from_grey(noise())
    blurred = sharp.filter(ImageFilter.GaussianBlur(3))
    found = [raw("edge", image)["sharpness"] for image in (sharp, blurred, flat("red"))]
    assert found == sorted(found, reverse=True)
    assert found[2] == pytest.approx(0, abs=1e-6)


def test_few_or_many_colours():
    few = raw("palette", spot(64, 64))
    assert few["first"] ** 2 > 0.9
    assert few["first_five"] > 0.95
    rng = np.random.default_rng(0)
    many = raw("palette", Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)))
    assert many["entropy"] > 0.8 > 0.2 > few["entropy"]
    assert many["colours"] > few["colours"]


def test_skin_of_many_tones_is_skin_and_sky_is_not():
    for tone in ("#ffdbac", "#f1c27d", "#e0ac69", "#c68642", "#8d5524"):
        assert raw("skin", flat(tone))["all"] > 0.7, tone
    for other in ("#87ceeb", "#228b22", "#ffffff", "#000000", "#808080", "#0000ff"):
        assert raw("skin", flat(other))["all"] < 0.1, other
    found = raw("skin", spot(64, 64, "#e0ac69"))
    assert found["22"] > 0.2 > 0.05 > found["11"]


@pytest.mark.parametrize(("x", "y"), [(32, 96), (96, 32), (42, 42)])
def test_a_spot_stands_out_where_it_is(x, y):
    found = raw("saliency", spot(x, y))
    assert found["x"] == pytest.approx(x / 128, abs=0.12)
    assert found["y"] == pytest.approx(y / 128, abs=0.12)
    assert sum(found[f"{r}{c}"] ** 2 for r in "123" for c in "123") == pytest.approx(1, abs=0.05)


def test_a_spot_on_a_crossing_of_the_thirds_is_near_it():
    assert raw("saliency", spot(43, 43))["off_thirds"] < raw("saliency", spot(64, 64))["off_thirds"]
    assert raw("saliency", spot(43, 43))["bright"] > 0.1


def test_detail_in_the_middle_alone_is_a_low_depth_of_field():
    centre = np.full((128, 128), 0.5)
    centre[40:88, 40:88] = noise()[40:88, 40:88]
    for k in (1, 2, 3):
        assert raw("focus", from_grey(centre))[f"grey_{k}"] > 0.8
        assert raw("focus", from_grey(noise()))[f"grey_{k}"] < 0.35


def test_balance():
    left = raw("balance", spot(30, 64))
    middle = raw("balance", spot(64, 64))
    assert left["left_right_apart"] > 0.02 > 0.01 > middle["left_right_apart"]
    assert middle["left_right_alike"] > 0.9 > 0.2 > left["left_right_alike"]
    assert middle["middle_bright_excess"] > 0.05 > left["middle_bright_excess"]
    assert raw("balance", flat("red"))["middle_vivid_mean"] == pytest.approx(1)


def test_more_regions_are_more_detail():
    found = [
        raw("detail", image)["regions"] for image in (flat("red"), spot(64, 64), from_grey(noise()))
    ]
    assert found == sorted(found)
    assert found[2] > found[0] + 0.5


def test_slanted_lines_are_less_calm():
    side = np.arange(128)
    slanted = from_grey(0.5 + 0.5 * np.sin((side[None] + side[:, None]) / 5))
    assert raw("line", from_grey(stripes(16)))["calm"] > 0.95
    assert raw("line", slanted)["calm"] < 0.1
    assert raw("line", slanted)["sin"] > 0.9
    assert raw("line", from_grey(stripes(16)))["cos"] > 0.95
    assert raw("line", from_grey(stripes(16).T))["cos"] < -0.95


def test_shape_is_bounded():
    assert raw("shape", flat("red", (200, 100)))["aspect"] == pytest.approx(1)
    assert raw("shape", flat("red", (100, 200)))["aspect"] == pytest.approx(-1)
    assert raw("shape", flat("red", (1, 3000)))["aspect"] == -3
