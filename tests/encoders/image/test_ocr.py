from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from gnn_emotion.encoders.image import ocr
from gnn_emotion.encoders.image.ocr import read_words, words_of
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, MISSING


def write(size: tuple[int, int], lines: dict[int, str]) -> Image.Image:
    """Draw lines at heights in pixels."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for top, line in lines.items():
        draw.text((10, top), line, fill="black", font=ImageFont.load_default(36))
    return image


class Engine:
    """Stands in for RapidOCR: says how large each piece was, and in which order of colours."""

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def __call__(self, pixels: np.ndarray) -> tuple[list | None, object]:
        self.seen.append(pixels)
        return ([[None, f" line {len(self.seen)} ", 0.9]] if pixels.any() else None), None


def test_words_are_read_from_top_to_bottom(tmp_path):
    pytest.importorskip("rapidocr_onnxruntime")
    write((400, 160), {10: "Stay strong", 90: "Wuhan 2020"}).save(tmp_path / "words.png")
    Image.new("RGB", (200, 100), "navy").save(tmp_path / "none.png")
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    names = ("words.png", "bad.jpg", "none.png", "missing.png")
    words, bad, none, missing = read_words([tmp_path / name for name in names])
    assert words.lower().replace(" ", "") == "staystrongwuhan2020"
    assert none == ""
    assert isinstance(bad, Unreadable)
    assert [bad.status, missing.status] == [CORRUPT, MISSING]


def test_a_long_picture_is_cut_between_lines():
    tall = write((300, 3000), dict.fromkeys(range(10, 2980, 60), "A line of words"))
    for image in (tall, tall.transpose(Image.Transpose.TRANSPOSE)):
        engine = Engine()
        words = words_of(image, engine)
        assert words == " ".join(f"line {k}" for k in range(1, len(engine.seen) + 1))
        longer = [max(piece.shape[:2]) for piece in engine.seen]
        assert sum(longer) == 3000
        assert max(longer) <= 1440
        turned = [p if image is tall else p.swapaxes(0, 1) for p in engine.seen]
        # Where it was cut there is nothing but white.
        assert all((piece[-1] == 255).all() for piece in turned[:-1])


def test_a_strip_without_end_is_read_in_part():
    engine = Engine()
    words_of(Image.new("RGB", (4, 30_000), "white"), engine)
    assert len(engine.seen) == ocr._MAX_PIECES
    assert sum(len(piece) for piece in engine.seen) <= 1440 * ocr._MAX_PIECES


def test_the_engine_gets_blue_first_and_may_find_nothing():
    engine = Engine()
    assert words_of(Image.new("RGB", (20, 20), (255, 0, 9)), engine) == "line 1"
    assert engine.seen[0][0, 0].tolist() == [9, 0, 255]
    assert words_of(Image.new("RGB", (20, 20), "black"), engine) == ""
    assert words_of(Image.new("RGB", (1, 1)), engine) == ""


def test_without_rapidocr_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    ocr._engine.cache_clear()
    with pytest.raises(ContractError, match=r"pip install 'gnn-emotion\[ocr\]'"):
        read_words([])
