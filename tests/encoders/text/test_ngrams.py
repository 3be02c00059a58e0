"""Hashed n-grams: the same everywhere, text by text."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text.ngrams import PADDING, code_points, hash_ngrams

TEXTS = ["好开心", "", "😀a", None]
#: Of TEXTS, in 2**17 buckets: these numbers are in every stored model and must never change.
SLOTS = [
    *(96739, 79558, 28886, 122912, 58452, 0, 63692, 0, 0),
    *(109250, 58661, 0, 130219, 0, 0),
]

texts = st.lists(st.none() | st.text(max_size=6), max_size=6)


def slow_buckets(text: str, buckets: int, orders: int) -> list[int]:
    """Hash one text with Python's integers, n-gram after n-gram."""
    found = []
    for i in range(len(text)):
        h = 0
        for n, multiplier in enumerate((0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35)[:orders]):
            if i + n >= len(text):
                found.append(PADDING)
                continue
            h = (h ^ (ord(text[i + n]) * multiplier)) & 0xFFFFFFFF
            h = (h + 0x51ED270B + n) & 0xFFFFFFFF
            h = ((h ^ (h >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
            h = ((h ^ (h >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
            h ^= h >> 16
            found.append(h % (buckets - 1) + 1)
    return found


def test_fixed_values():
    slots, starts = hash_ngrams(pa.array(TEXTS), 1 << 17)
    assert slots.tolist() == SLOTS
    assert starts.tolist() == [0, 9, 9, 15, 15]


def test_fixed_values_in_another_process():
    code = (
        "import pyarrow as pa; from gnn_emotion.encoders.text.ngrams import hash_ngrams;"
        f"print(hash_ngrams(pa.array({TEXTS!r}), 1 << 17)[0].tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(SLOTS)


@given(texts, st.sampled_from([2, 16, 1 << 17]), st.integers(1, 3))
def test_equals_the_slow_reference(rows, buckets, orders):
    slots, starts = hash_ngrams(pa.array(rows, pa.string()), buckets, orders)
    assert len(starts) == len(rows) + 1
    for i, text in enumerate(rows):
        expected = slow_buckets(text or "", buckets, orders)
        assert slots[starts[i] : starts[i + 1]].tolist() == expected


@given(texts, st.integers(0, 6), st.integers(0, 6))
def test_slices_and_chunks_are_read_as_what_they_are(rows, start, length):
    whole = pa.array(rows, pa.string())
    part, copied = whole.slice(start, length), pa.array(rows[start : start + length], pa.string())
    chunked = pa.chunked_array([copied, part], pa.string())
    for got, expected in ((part, copied), (chunked, pa.concat_arrays([copied, copied]))):
        for a, b in zip(hash_ngrams(got, 64), hash_ngrams(expected, 64), strict=True):
            np.testing.assert_array_equal(a, b)


def test_code_points_beyond_the_basic_plane():
    points, starts = code_points(pa.array(["é😀", None, "好"]))
    assert points.tolist() == [0xE9, 0x1F600, ord("好")]
    assert starts.tolist() == [0, 2, 2, 3]


@pytest.mark.parametrize("buckets", [0, 1, 3, 100, -2])
def test_buckets_are_a_power_of_two(buckets):
    with pytest.raises(ValueError, match=f"buckets is {buckets}; expected a power of two above 1"):
        hash_ngrams(pa.array(["好"]), buckets)


@pytest.mark.parametrize("orders", [0, 4])
def test_orders_are_one_to_three(orders):
    with pytest.raises(ValueError, match=f"orders is {orders}; expected 1, 2 or 3"):
        hash_ngrams(pa.array(["好"]), 16, orders)
