"""The embedded image encoder: names, ranges, files, and that a row is its picture's alone."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gnn_emotion.encoders.image.affect_image import AFFECT_COLUMNS, AffectEncoder, describe
from gnn_emotion.encoders.image.pictures import PictureLimits, open_picture
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED
from tests.encoders.painted import flat, from_grey, noise, stripes


def random_picture(width: int, height: int, seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_every_column_has_a_name_of_its_own():
    assert len(set(AFFECT_COLUMNS)) == len(AFFECT_COLUMNS) == 274
    assert all(name.count(".") == 1 for name in AFFECT_COLUMNS)
    assert AffectEncoder().spec.dim == len(AFFECT_COLUMNS)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 300), st.integers(1, 300), st.sampled_from(["noise", "black", "white", "red"])
)
def test_a_row_is_finite_and_small_whatever_the_picture(width, height, kind):
    image = random_picture(width, height) if kind == "noise" else flat(kind, (width, height))
    row = describe(image)
    assert row.shape == (len(AFFECT_COLUMNS),)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()
    assert np.abs(row).max() < 10


def test_different_pictures_differ_and_like_ones_are_near():
    images = [flat("red"), flat("blue"), from_grey(noise()), from_grey(stripes(16))]
    rows = AffectEncoder().encode_images(images)
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    assert (apart[np.triu_indices(4, 1)] > 3).all()
    again = describe(from_grey(noise(seed=1)))
    assert np.linalg.norm(again - rows[2]) < 1.5


def test_a_row_does_not_depend_on_its_company():
    images = [random_picture(90, 60, seed) for seed in range(5)]
    together = AffectEncoder().encode_images(images)
    for image, row in zip(images, together, strict=True):
        assert (describe(image) == row).all()
    assert AffectEncoder().encode_images([]).shape == (0, len(AFFECT_COLUMNS))


def test_files_give_rows_or_say_why_not(tmp_path):
    random_picture(90, 60).save(tmp_path / "good.png")
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    random_picture(90, 80).save(tmp_path / "large.png")
    names = ["good.png", "bad.jpg", "none.jpg", "large.png", "good.png"]
    paths = [tmp_path / name for name in names]
    found = AffectEncoder(PictureLimits(max_pixels=6000)).encode_files(paths)
    assert [getattr(o, "status", None) for o in found] == [None, CORRUPT, MISSING, SKIPPED, None]
    assert all(isinstance(found[k], Unreadable) for k in (1, 2, 3))
    expected = describe(open_picture(paths[0]))
    assert (found[0] == expected).all()
    assert (found[4] == expected).all()
    one = AffectEncoder(workers=1).encode_files(paths[:1])
    assert (one[0] == expected).all()


def test_a_large_photograph_is_described_alike_at_any_size(tmp_path):
    small = from_grey(noise(16)).resize((1800, 1200), Image.Resampling.BICUBIC)
    small.save(tmp_path / "large.jpg", quality=92)
    small.resize((450, 300), Image.Resampling.LANCZOS).save(tmp_path / "small.jpg", quality=92)
    large, little = AffectEncoder().encode_files([tmp_path / "large.jpg", tmp_path / "small.jpg"])
    assert np.abs(large - little).mean() < 0.08


def test_the_spec_says_what_changes_an_outcome():
    assert AffectEncoder().spec == AffectEncoder(workers=3).spec
    assert AffectEncoder(PictureLimits(max_bytes=9)).spec.key != AffectEncoder().spec.key


def test_the_same_numbers_in_another_process(tmp_path):
    random_picture(50, 40).save(tmp_path / "p.png")
    code = (
        "import sys; from pathlib import Path; "
        "from gnn_emotion.encoders.image.affect_image import AffectEncoder; "
        "row, = AffectEncoder().encode_files([Path(sys.argv[1])]); print(row.tobytes().hex()); "
        "assert not {'torch', 'torchvision', 'transformers'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "p.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    expected = AffectEncoder().encode_files([tmp_path / "p.png"])[0]
    assert done.stdout.strip() == expected.tobytes().hex()


@pytest.mark.real_data
def test_real_pictures_are_all_read(real_data):
    paths = sorted((real_data("mvsa_single") / "images").iterdir())[:60]
    rows = np.stack(AffectEncoder().encode_files(paths))
    assert np.abs(rows).max() < 10
    # Columns spread over about one: neither constant nor far from it.
    assert 0.2 < np.median(rows.std(axis=0)) < 1.0
