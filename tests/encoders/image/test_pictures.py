"""Pictures as strangers send them: a dirty file gives its status, a good one RGB."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gnn_emotion.encoders.image.pictures import PictureLimits, open_picture, read_each
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED, STATUSES

WIDTH, HEIGHT = 48, 32


def scene(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Red rises to the right, green downward; the upper left corner is blue."""
    rgb = np.zeros((height, width, 3), dtype=np.uint8)
    rgb[..., 0] = np.linspace(0, 255, width)
    rgb[..., 1] = np.linspace(0, 255, height)[:, None]
    rgb[: height // 4, : width // 4] = (0, 0, 255)
    return Image.fromarray(rgb)


def pixels(path: Path, **how) -> np.ndarray:
    return np.asarray(open_picture(path, **how)).astype(int)


def status(path: Path, limits: PictureLimits | None = None) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        open_picture(path, limits)
    assert "\n" not in caught.value.reason
    assert str(path) not in caught.value.reason
    return STATUSES[caught.value.status], caught.value.reason


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG whose header claims a size, whatever data follow."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_every_common_format_is_rgb(tmp_path, form):
    scene().save(tmp_path / "p", format=form)
    found = open_picture(tmp_path / "p")
    assert found.mode == "RGB"
    assert found.size == (WIDTH, HEIGHT)
    assert np.abs(np.asarray(found).astype(int) - np.asarray(scene())).mean() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(tmp_path, orientation):
    turns = {
        1: (),
        2: (Image.Transpose.FLIP_LEFT_RIGHT,),
        3: (Image.Transpose.ROTATE_180,),
        4: (Image.Transpose.FLIP_TOP_BOTTOM,),
        5: (Image.Transpose.TRANSPOSE,),
        6: (Image.Transpose.ROTATE_90,),
        7: (Image.Transpose.TRANSVERSE,),
        8: (Image.Transpose.ROTATE_270,),
    }
    stored = scene()
    for turn in turns[orientation]:
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name in ("p.png", "p.jpg"):
        stored.save(tmp_path / name, exif=exif, quality=95)
        found = pixels(tmp_path / name)
        assert found.shape == (HEIGHT, WIDTH, 3)
        assert np.abs(found - np.asarray(scene())).mean() < 8


def test_a_damaged_exif_block_does_not_damage_the_picture(tmp_path):
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        scene().save(tmp_path / "p.jpg", exif=exif)
        assert pixels(tmp_path / "p.jpg").shape == (HEIGHT, WIDTH, 3)
    exif = Image.Exif()
    exif[0x0112] = 99
    scene().save(tmp_path / "p.jpg", exif=exif)
    assert pixels(tmp_path / "p.jpg").shape == (HEIGHT, WIDTH, 3)


def test_what_is_see_through_is_white(tmp_path):
    clear = scene().convert("RGBA")
    clear.putalpha(0)
    clear.save(tmp_path / "rgba.png")
    Image.new("LA", (8, 8), (10, 0)).save(tmp_path / "la.png")
    Image.new("P", (8, 8), 0).save(tmp_path / "palette.png", transparency=0)
    Image.new("L", (8, 8), 7).save(tmp_path / "key.png", transparency=7)
    for name in ("rgba.png", "la.png", "palette.png", "key.png"):
        assert (pixels(tmp_path / name) == 255).all(), name
    half = Image.new("RGBA", (8, 8), (255, 0, 0, 128))
    half.save(tmp_path / "half.png")
    np.testing.assert_allclose(pixels(tmp_path / "half.png")[0, 0], [255, 127, 127], atol=1)


def test_cmyk_is_rgb(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "red.jpg")
    red, green, blue = pixels(tmp_path / "red.jpg")[8, 8]
    assert red > 240
    assert max(green, blue) < 15


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)[None].repeat(4, 0)
    for name in ("grey.png", "grey.tiff"):
        Image.fromarray(ramp).save(tmp_path / name)
        np.testing.assert_allclose(pixels(tmp_path / name)[0, :, 0], ramp[0] / 257, atol=1)


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_thirty_two_bits_are_scaled_to_their_range(tmp_path, kind):
    ramp = np.linspace(-3000, 90_000, 64).astype(kind)[None].repeat(4, 0)
    Image.fromarray(ramp).save(tmp_path / "p.tiff")
    found = pixels(tmp_path / "p.tiff")[0, :, 1]
    np.testing.assert_allclose(found, np.linspace(0, 255, 64), atol=1)
    flat = np.full((4, 4), np.nan, dtype=np.float32)
    Image.fromarray(flat).save(tmp_path / "nan.tiff")
    assert pixels(tmp_path / "nan.tiff").shape == (4, 4, 3)


def test_one_bit_is_black_and_white(tmp_path):
    Image.fromarray(np.eye(16, dtype=bool)).save(tmp_path / "p.png")
    assert (pixels(tmp_path / "p.png")[..., 2] == np.eye(16) * 255).all()


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_read_alone(tmp_path, form, monkeypatch):
    frames = [Image.new("RGB", (40, 40), (5 * k, 0, 200)) for k in range(40)]
    frames[0].save(tmp_path / "p", format=form, save_all=True, append_images=frames[1:])
    seen = []
    with Image.open(tmp_path / "p") as image:
        plugin = type(image)
        assert image.n_frames == 40
    seek = plugin.seek
    monkeypatch.setattr(plugin, "seek", lambda self, at: (seen.append(at), seek(self, at)))
    np.testing.assert_allclose(pixels(tmp_path / "p")[20, 20], [0, 0, 200], atol=3)
    assert not [at for at in seen if at > 0]


def test_a_bomb_is_skipped_by_its_header(tmp_path):
    bomb = tmp_path / "bomb.png"
    for width, height in ((30_000, 30_000), (8_001, 8_000), (1, 2**31 - 1)):
        bomb.write_bytes(png(width, height))
        kind, reason = status(bomb)
        assert kind == "skipped"
        assert "pixels" in reason
    # Within the limit the same header is tried, and found to lack its pixels.
    bomb.write_bytes(png(800, 800))
    assert status(bomb)[0] == "corrupt"


def test_limits_are_those_that_were_given(tmp_path):
    scene().save(tmp_path / "p.png")
    size = (tmp_path / "p.png").stat().st_size
    assert open_picture(tmp_path / "p.png", PictureLimits(size, WIDTH * HEIGHT))
    few = PictureLimits(max_bytes=size - 1)
    assert status(tmp_path / "p.png", few) == ("skipped", f"{size} bytes, the limit is {size - 1}")
    small = PictureLimits(max_pixels=WIDTH * HEIGHT - 1)
    assert status(tmp_path / "p.png", small)[0] == "skipped"
    for wrong in ({"max_bytes": 0}, {"max_pixels": -1}):
        with pytest.raises(ValueError, match="expected 1 or more"):
            PictureLimits(**wrong)


def test_a_huge_file_is_not_read(tmp_path):
    with (tmp_path / "huge.gif").open("wb") as file:
        file.write(b"GIF89a")
        file.truncate(1 << 30)  # sparse: it takes no room
    assert status(tmp_path / "huge.gif")[0] == "skipped"


def test_what_is_no_picture_is_corrupt(tmp_path):
    texts = {"empty.jpg": b"", "text.jpg": "转发微博".encode(), "page.jpg": b"<html>404</html>"}
    for name, content in texts.items():
        (tmp_path / name).write_bytes(content)
        assert status(tmp_path / name)[0] == "corrupt", name
    # PostScript and its like are programs: they are not even recognised.
    (tmp_path / "p.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert status(tmp_path / "p.eps")[0] == "corrupt"
    assert "empty" in status(tmp_path / "empty.jpg")[1]


def test_heic_says_what_to_do(tmp_path):
    (tmp_path / "p.heic").write_bytes(struct.pack(">I", 24) + b"ftypheic" + bytes(40))
    assert status(tmp_path / "p.heic") == (
        "skipped",
        "HEIC cannot be decoded; convert it to JPEG",
    )


def test_no_file_is_missing(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    for path in (tmp_path / "none.jpg", tmp_path / "file" / "below.jpg", Path("nul\0byte")):
        assert status(path) == ("missing", "no such file")


def test_only_regular_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path, tmp_path / "pipe.jpg", Path("/dev/zero")):
        assert status(path) == ("corrupt", "not a regular file")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_truncated_file_is_corrupt(tmp_path, form):
    buffer = io.BytesIO()
    scene(300, 200).save(buffer, format=form)
    content = buffer.getvalue()
    for share in (0.05, 0.5, 0.9):
        (tmp_path / "p").write_bytes(content[: int(len(content) * share)])
        assert status(tmp_path / "p")[0] == "corrupt", share


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "PPM", "JPEG2000"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
    st.sampled_from([None, 8]),
)
def test_damaged_bytes_never_raise_anything_else(tmp_path_factory, form, changes, side):
    buffer = io.BytesIO()
    scene().save(buffer, format=form)
    content = bytearray(buffer.getvalue())
    for place, value in changes:
        content[place % len(content)] = value
    path = tmp_path_factory.mktemp("damaged") / "p"
    path.write_bytes(content)
    try:
        found = open_picture(path, PictureLimits(max_pixels=1 << 20), side)
    except Unreadable as why:
        assert why.status in (CORRUPT, SKIPPED)
    else:
        assert found.mode == "RGB"


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 64), st.booleans())
def test_the_shorter_side_is_scaled_down_and_never_up(tmp_path_factory, width, height, side, jpeg):
    path = tmp_path_factory.mktemp("side") / "p"
    scene(width, height).save(path, format="JPEG" if jpeg else "PNG")
    found = open_picture(path, side=side)
    shorter = min(width, height)
    assert min(found.size) == min(shorter, side)
    expected = max(width, height) * min(1, side / shorter)
    assert abs(max(found.size) - expected) <= max(2, 0.02 * expected)


def test_a_photograph_is_decoded_small_and_looks_the_same(tmp_path, monkeypatch):
    scene(1600, 1200).save(tmp_path / "p.jpg", quality=90)
    loaded = []
    load = Image.Image.load
    monkeypatch.setattr(Image.Image, "load", lambda self: (loaded.append(self.size), load(self))[1])
    found = pixels(tmp_path / "p.jpg", side=100)
    assert max(max(size) for size in loaded) == 400
    whole = np.asarray(scene(1600, 1200).resize((133, 100), Image.Resampling.BOX)).astype(int)
    assert np.abs(found - whole).mean() < 4


def test_one_outcome_a_path_in_order(tmp_path):
    for k in range(9):
        Image.new("L", (k + 1, 5)).save(tmp_path / f"{k}.png")
    (tmp_path / "4.png").write_bytes(b"no picture")
    paths = [tmp_path / f"{k}.png" for k in (8, 4, 0, 77, 2)]
    for workers in (None, 1, 3):
        found = read_each(paths, lambda path: open_picture(path).width, workers)
        assert [found[0], found[2], found[4]] == [9, 1, 3]
        assert [found[1].status, found[3].status] == [CORRUPT, MISSING]
    assert read_each([], open_picture) == []
