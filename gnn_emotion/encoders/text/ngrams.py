"""Hashed character n-grams of many texts at once.

A text becomes the bag of its character 1-, 2- and 3-grams, each hashed to a bucket, so that no
vocabulary, no segmenter and no download is needed (Weinberger et al. 2009, feature hashing;
Bojanowski et al. 2017, subword bags). The work is a few NumPy passes over one array of code
points: no Python loop per text.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: Bucket 0 is kept for slots that hold no n-gram (the last characters of a text).
PADDING = 0
_MULTIPLIERS = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35)


def code_points(texts: pa.Array) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Lay the characters of all texts end to end.

    Args:
        texts: N strings; null counts as empty.

    Returns:
        The code points [T] of all texts and the start of each text, ``[N + 1]``.
    """
    filled = pc.fill_null(texts.cast(pa.large_string()), "")
    if isinstance(filled, pa.ChunkedArray):
        filled = filled.combine_chunks()
    starts = np.zeros(len(filled) + 1, dtype=np.int64)
    np.cumsum(pc.utf8_length(filled).to_numpy(zero_copy_only=False), out=starts[1:])
    offsets = np.frombuffer(filled.buffers()[1], dtype=np.int64)
    first, last = offsets[filled.offset], offsets[filled.offset + len(filled)]
    data = filled.buffers()[2]
    joined = b"" if data is None else bytes(memoryview(data)[first:last])
    points = np.frombuffer(joined.decode("utf-8").encode("utf-32-le"), dtype=np.uint32)
    return points, starts


def hash_ngrams(
    texts: pa.Array, buckets: int, orders: int = 3
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Hash the character n-grams of each text.

    Args:
        texts: N strings, normalised.
        buckets: size of the table; a power of two.
        orders: the longest n-gram, 1 to 3.

    Returns:
        Buckets ``[T * orders]`` (``PADDING`` where an n-gram would run over the end of its
        text) and the offsets ``[N + 1]`` at which each text starts.

    Raises:
        ValueError: when ``buckets`` is not a power of two above 1, or ``orders`` not 1 to 3.
    """
    if buckets < 2 or buckets & (buckets - 1):
        raise ValueError(f"buckets is {buckets}; expected a power of two above 1")
    if not 1 <= orders <= 3:
        raise ValueError(f"orders is {orders}; expected 1, 2 or 3")
    points, starts = code_points(texts)
    total = len(points)
    ends = np.repeat(starts[1:], np.diff(starts))
    slots = np.full((total, orders), PADDING, dtype=np.int32)
    running = np.zeros(total, dtype=np.uint32)
    for n in range(orders):
        # h_n(i) = mix(h_{n-1}(i), c[i + n]): each order extends the one before by one character.
        width = max(total - n, 0)
        running = _mix(running[:width] ^ (points[n:] * np.uint32(_MULTIPLIERS[n])), n)
        inside = np.arange(n, total, dtype=np.int64)[:width] < ends[:width]
        slots[:width, n] = np.where(inside, _to_bucket(running, buckets), PADDING)
    return slots.reshape(-1), starts * orders


def _mix(values: npt.NDArray[np.uint32], salt: int) -> npt.NDArray[np.uint32]:
    # The finaliser of MurmurHash3 (Appleby, public domain): every input bit reaches every output.
    values = values + np.uint32(0x51ED270B + salt)
    values ^= values >> np.uint32(16)
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    return values


def _to_bucket(values: npt.NDArray[np.uint32], buckets: int) -> npt.NDArray[np.int32]:
    return (values % np.uint32(buckets - 1)).astype(np.int32) + np.int32(1)
