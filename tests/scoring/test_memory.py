"""What a limit of memory decides."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.scoring.memory import PART, SMALLEST_PART, MemoryLimit, Rows


def test_no_limit_keeps_all_in_memory():
    assert not MemoryLimit().maps(10**10, 64)
    assert MemoryLimit().part(10**10, 10**12, 64) == PART


def test_states_are_mapped_from_the_size_on_that_does_not_fit():
    limit = MemoryLimit(gigabytes=1)
    fits = 2**30 // 2 // (2 * 4 * 64)
    assert not limit.maps(fits, 64)
    assert limit.maps(fits + 1, 64)


@given(st.floats(1e-6, 100), st.integers(1, 10**8), st.integers(0, 10**9), st.integers(1, 512))
def test_less_memory_gives_no_larger_parts(gigabytes, count, edges, width):
    part = MemoryLimit(gigabytes).part(count, edges, width)
    assert SMALLEST_PART <= part <= PART
    assert MemoryLimit(gigabytes / 2).part(count, edges, width) <= part


@pytest.mark.parametrize("gigabytes", [0, -1, float("nan"), float("inf")])
def test_a_limit_that_is_none_is_refused(gigabytes):
    with pytest.raises(GnnEmotionError, match="expected a number above 0"):
        MemoryLimit(gigabytes)


class Slow:
    """A file that takes some bytes at a time, as a full disk or a signal may make it."""

    def __init__(self, file: io.FileIO) -> None:
        self.file, self.writes = file, 0

    def seek(self, at: int) -> int:
        return self.file.seek(at)

    def write(self, data: memoryview) -> int:
        self.writes += 1
        return self.file.write(data[:1000])


def test_all_is_written_by_however_many_writes(tmp_path):
    rows = Rows.new(300, 5, True, tmp_path)
    slow = Slow(rows.file)
    expected = np.random.default_rng(0).random((300, 5), dtype=np.float32)
    replace(rows, file=slow).put(slice(0, 300), torch.from_numpy(expected))
    np.testing.assert_array_equal(rows.x.numpy(), expected)
    assert slow.writes == 6


@pytest.mark.parametrize("mapped", [False, True])
def test_rows_keep_their_numbers(tmp_path, mapped):
    rows = Rows.new(3000, 5, mapped, tmp_path)
    assert (rows.mapping is not None) == mapped
    expected = np.random.default_rng(0).random((3000, 5), dtype=np.float32)
    for part in (slice(1000, 3000), slice(0, 1000)):
        rows.put(part, torch.from_numpy(expected[part]))
    rows.release()
    np.testing.assert_array_equal(rows.x.numpy(), expected)
    assert not list(tmp_path.iterdir())


def test_no_rows_need_no_file(tmp_path):
    assert Rows.new(0, 5, True, tmp_path).mapping is None
