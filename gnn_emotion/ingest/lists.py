"""Columns of lists, joined row by row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

STRINGS = pa.list_(pa.string())


def joined(*columns: pa.Array, trim: str = "") -> pa.Array:
    """Join the lists of each row, the first column's values first, each value once.

    Args:
        columns: arrays of lists of strings ``[N]``.
        trim: characters to take off the ends of the values, besides white space.

    Returns:
        Lists of strings ``[N]``: never null, without null or empty values.
    """
    count = len(columns[0])
    rows = np.concatenate([pc.list_parent_indices(column).to_numpy() for column in columns])
    values = pa.concat_arrays([pc.list_flatten(column) for column in columns])
    values = pc.utf8_trim(pc.utf8_trim_whitespace(values), characters=trim) if trim else values
    values = pc.utf8_trim_whitespace(values).dictionary_encode()
    keep = pc.fill_null(pc.not_equal(values.dictionary_decode(), ""), False).to_numpy(False)
    codes = pc.fill_null(values.indices, 0).to_numpy().astype(np.int64)
    order = np.argsort(rows, kind="stable")
    order = order[keep[order]]
    keys = rows[order].astype(np.int64) * max(len(values.dictionary), 1) + codes[order]
    first = np.sort(np.unique(keys, return_index=True)[1])
    order = order[first]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows[order], minlength=count))])
    return pa.ListArray.from_arrays(
        pa.array(offsets.astype(np.int32)), values.dictionary.take(pa.array(codes[order]))
    ).cast(STRINGS)
