from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from gnn_emotion.encoders.image.affect_colour import DESCRIPTORS
from gnn_emotion.encoders.image.affect_planes import measure_planes
from tests.encoders.painted import flat, from_grey, named, noise

BY_NAME = {group.name: group for group in DESCRIPTORS}


def raw(name: str, image: Image.Image) -> dict[str, float]:
    """Numbers of one group before they are centred and scaled."""
    group = BY_NAME[name]
    return dict(zip(group.columns, map(float, group.measure(measure_planes(image))), strict=True))


def halves(left: object, right: object) -> Image.Image:
    image = flat(left, (64, 64))
    image.paste(right, (32, 0, 64, 64))
    return image


def test_pleasure_arousal_and_dominance_are_those_of_the_paper():
    # White is bright and not saturated; blue is dark (BT.709) and saturated.
    white, blue = raw("pad", flat("white")), raw("pad", flat("blue"))
    np.testing.assert_allclose(
        [white[f"{name}_mean"] for name in ("pleasure", "arousal", "dominance")],
        [0.69, -0.31, -0.76],
        atol=1e-5,
    )
    np.testing.assert_allclose(
        [blue[f"{name}_mean"] for name in ("pleasure", "arousal", "dominance")],
        [0.69 * 0.0722 + 0.22, -0.31 * 0.0722 + 0.6, -0.76 * 0.0722 + 0.32],
        atol=1e-4,
    )
    assert white["pleasure_std"] == pytest.approx(0, abs=1e-5)
    assert raw("pad", halves("black", "white"))["pleasure_std"] > 0.3


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("red", "red"),
        ("#ff8000", "orange"),
        ("yellow", "yellow"),
        ("lime", "green"),
        ("cyan", "cyan"),
        ("blue", "blue"),
        ("magenta", "magenta"),
        ("black", "black"),
        ("white", "white"),
        ("#808080", "grey"),
        ("#6b3e15", "brown"),
        ("#ffb6c1", "pink"),
        ("#0a0a1e", "black"),
    ],
)
def test_a_colour_has_its_name(colour, name):
    found = raw("name", flat(colour))
    assert max(found, key=found.get) == name
    assert sum(share**2 for share in found.values()) == pytest.approx(1, abs=1e-5)


def test_shares_of_names_are_shares():
    found = raw("name", halves("red", "white"))
    assert found["red"] ** 2 == pytest.approx(0.5, abs=0.02)
    assert found["white"] ** 2 == pytest.approx(0.5, abs=0.02)


def test_hues_around_red_average_to_red():
    found = raw("moments", halves((255, 0, 30), (255, 30, 0)))
    assert found["hue_cos"] > 0.95
    assert abs(found["hue_sin"]) < 0.03
    opposed = raw("moments", halves("red", "cyan"))
    assert opposed["hue_concentration"] < 0.05 < 0.9 < found["hue_concentration"]


def test_warm_and_cold():
    assert raw("warmth", flat("orange"))["warm"] > 0.9
    assert raw("warmth", flat("#0080ff"))["cold"] > 0.9
    assert raw("warmth", flat("#777777"))["mean"] == pytest.approx(0, abs=0.01)


def test_contrasts_of_light_of_colour_and_of_complements():
    plain = raw("contrast", flat("red"))
    assert raw("contrast", halves("black", "white"))["light_range"] == pytest.approx(1, abs=0.05)
    assert raw("contrast", halves("red", "#800000"))["vivid_std"] > 0.1 > plain["vivid_std"]
    complements = raw("contrast", halves("red", "cyan"))
    neighbours = raw("contrast", halves("red", "orange"))
    assert complements["hue_spread"] > 0.9 > 0.2 > neighbours["hue_spread"]
    assert complements["complementary"] > 0.6 > 0.1 > neighbours["complementary"]
    assert complements["hue_opposed"] > 0.9


def test_brightness_and_saturation_have_their_bins():
    assert raw("light", flat("black"))["very_dark_dull"] == pytest.approx(1)
    assert raw("light", flat("white"))["very_bright_dull"] == pytest.approx(1)
    assert raw("light", flat("blue"))["very_dark_vivid"] > 0.8


def test_colourfulness_is_little_in_grey():
    assert raw("colourfulness", from_grey(noise()))["all"] == pytest.approx(0, abs=1e-6)
    assert raw("colourfulness", halves("red", "blue"))["all"] > 0.5


def test_a_flip_changes_no_colour():
    image = Image.effect_mandelbrot((64, 64), (-2, -1.5, 1, 1.5), 30).convert("RGB")
    image = Image.merge(
        "RGB", (image.getchannel(0), image.getchannel(1).rotate(90), image.getchannel(2))
    )
    a, b = named(image), named(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    for group in DESCRIPTORS:
        for column in group.columns:
            key = f"{group.name}.{column}"
            assert a[key] == pytest.approx(b[key], abs=0.02), key
