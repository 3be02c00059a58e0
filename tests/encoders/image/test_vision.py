"""What all neural encoders share, on a network that sums its input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn

from gnn_emotion.encoders.image.vision import (
    VisionEncoder,
    VisionOptions,
    bounded,
    weights_checksum,
)
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, MISSING, EncoderSpec


class Means(VisionEncoder):
    """Mean of each channel; counts the pictures of each batch and refuses too many."""

    def __init__(self, batch_size: int = 4, room: int = 10**9) -> None:
        super().__init__("means", "cpu", VisionOptions(batch_size), None, 64)
        self.room, self.batches = room, []

    @property
    def spec(self) -> EncoderSpec:
        return EncoderSpec("means", "1", 3, self._stated(more=1))

    def prepare(self, image: Image.Image) -> Tensor:
        return torch.from_numpy(np.array(image.resize((8, 8)))).permute(2, 0, 1).float()

    def embed(self, pixels: Tensor) -> Tensor:
        self.batches.append(len(pixels))
        if len(pixels) > self.room:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return pixels.mean((2, 3))


def picture(k: int) -> Image.Image:
    return Image.new("RGB", (20, 30), (k, 2 * k, 3 * k))


@pytest.fixture
def paths(tmp_path):
    for k in range(11):
        picture(k).save(tmp_path / f"{k}.png")
    return [tmp_path / f"{k}.png" for k in range(11)]


def test_batches_keep_the_order_and_hold_what_is_readable(paths):
    paths[3].write_bytes(b"no picture")
    paths[4:8] = [path.with_name("none") for path in paths[4:8]]
    encoder = Means()
    found = encoder.encode_files(paths)
    assert [found[3].status, found[4].status] == [CORRUPT, MISSING]
    for k in (0, 1, 2, 8, 9, 10):
        np.testing.assert_allclose(found[k], [k, 2 * k, 3 * k])
        assert found[k].dtype == np.float32
    assert encoder.batches == [3, 3]  # the second four are all missing
    assert encoder.encode_files([]) == []


@given(st.integers(0, 9), st.integers(1, 5))
def test_open_pictures_give_the_same_rows(count, batch_size):
    found = Means(batch_size).encode_images([picture(k) for k in range(count)])
    assert found.shape == (count, 3)
    np.testing.assert_allclose(found[:, 1], 2 * np.arange(count))


def test_batches_shrink_when_memory_runs_out(caplog):
    encoder = Means(batch_size=8, room=2)
    found = encoder.encode_images([picture(k) for k in range(11)])
    np.testing.assert_allclose(found[:, 0], np.arange(11))
    assert encoder.batches == [8, 4, 2, 2, 2, 2, 2, 1]
    assert "batches of 2 pictures" in caplog.text


def test_memory_that_does_not_do_for_one_picture_is_an_error():
    with pytest.raises(ContractError, match="'means': memory of 'cpu' runs out on one picture"):
        Means(room=0).encode_images([picture(1)])


def test_other_errors_are_not_taken_for_full_memory():
    encoder = Means()
    encoder.embed = lambda pixels: pixels @ torch.ones(3, 5)
    with pytest.raises(RuntimeError):
        encoder.encode_images([picture(1)])


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_no_side_is_tiny_and_no_strip_is_long(width, height):
    found = bounded(Image.new("RGB", (width, height)))
    assert min(found.size) >= 16
    assert max(found.size) <= 8 * max(min(found.size), min(width, height)) + 1
    if min(width, height) >= 16 and max(width, height) <= 8 * min(width, height):
        assert found.size == (width, height)


def test_of_a_strip_the_middle_is_kept():
    strip = Image.new("RGB", (20, 1000), "red")
    strip.paste("blue", (0, 420, 20, 580))
    assert bounded(strip).size == (20, 160)
    assert bounded(strip).getcolors() == [(20 * 160, (0, 0, 255))]


def test_options_are_checked():
    with pytest.raises(ValueError, match="batch_size is 0"):
        VisionOptions(batch_size=0)
    with pytest.raises(ContractError, match=r"unknown precision 'fp16'; .*'float16'"):
        VisionOptions(precision="fp16")
    with pytest.raises(ContractError, match="precision 'float16' on device 'cpu'; expected a GPU"):
        VisionEncoder("x", "cpu", VisionOptions(precision="float16"), None, 64)


def test_the_spec_holds_what_changes_an_outcome():
    assert Means().spec.options == {
        "more": 1,
        "precision": "float32",
        "open_side": 64,
        "max_bytes": 64 << 20,
        "max_pixels": 64_000_000,
    }


def test_a_checksum_is_of_names_and_values():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    before = weights_checksum(model)
    assert weights_checksum(model.to(memory_format=torch.preserve_format)) == before
    partly = weights_checksum(model, ("1.",))
    with torch.no_grad():
        model[1].bias += 1
    assert weights_checksum(model) != before
    assert weights_checksum(model, ("1.",)) == partly
