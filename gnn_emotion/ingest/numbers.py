"""Counts as Weibo shows them (``1.2万``, ``10万+``) to whole numbers.

``10万+`` says at least so many; it is read as so many.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_COUNT = r"^(?P<number>\d{1,15}(?:\.\d{0,15})?)\s*(?P<unit>[千kK万萬wW亿億]?)\+?$"
_WHOLE = r"^\d{1,18}$"
_UNITS = dict.fromkeys("千kK", 1e3) | dict.fromkeys("万萬wW", 1e4) | dict.fromkeys("亿億", 1e8)
_UNITS[""] = 1.0
#: The label of a button, shown in place of its count while that is zero, or ``none``.
_NONE_YET = pa.array(["转发", "评论", "赞", "轉發", "評論", "讚", "无", "無"])
#: Beyond it a double no longer holds every whole number.
_LARGEST = 2.0**53


def parse_counts(values: pa.Array) -> pa.Array:
    """Read counts of likes, reposts, followers and the like.

    Args:
        values: strings ``[N]``.

    Returns:
        int64 ``[N]``; null where nothing, or nothing that is a count, is said; 0 where a label
        stands in place of a count.
    """
    whole = _whole(values)
    if whole is not None:
        return whole
    text = pc.utf8_trim_whitespace(values)
    digits = pc.match_substring_regex(text, _WHOLE)
    whole = pc.if_else(digits, text, None).cast(pa.int64())
    rows = np.flatnonzero(pc.fill_null(pc.invert(digits), False))
    if not len(rows):
        return whole
    mask = np.zeros(len(text), np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(whole, mask, _written_out(text.take(rows)))


def _whole(values: pa.Array) -> pa.Array | None:
    """Read the column at once where it has plain numbers only."""
    digits = pc.and_(pc.ascii_is_decimal(values), pc.less_equal(pc.binary_length(values), 18))
    return values.cast(pa.int64()) if pc.all(digits).as_py() else None


def _written_out(text: pa.Array) -> pa.Array:
    found = pc.extract_regex(pc.replace_substring_regex(text, "[,，]", ""), _COUNT)
    units = pc.fill_null(pc.struct_field(found, "unit"), "")
    codes = pc.index_in(units, pa.array(list(_UNITS))).to_numpy(zero_copy_only=False)
    numbers = pc.fill_null(pc.struct_field(found, "number").cast(pa.float64()), np.nan)
    counts = np.rint(numbers.to_numpy() * np.array(list(_UNITS.values()))[codes])
    counts[pc.is_in(text, _NONE_YET).to_numpy(zero_copy_only=False)] = 0
    unread = ~(counts <= _LARGEST)
    return pa.array(np.where(unread, 0, counts).astype(np.int64), mask=unread)
