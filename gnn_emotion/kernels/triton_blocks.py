"""What the Triton kernels share: reading tiles, the online softmax, and merging pieces.

A program works on one piece of a row (see ``triton_pieces``) and a block of heads. It takes
``BLOCK_E`` edges at a time, as a tile ``[BLOCK_E, BLOCK_H, BLOCK_C]`` of the features at their
other end. Offsets are int64: ``E x H`` and ``S x H x C`` may pass 2^31. Sums are in ``ACC``,
float32 or, for float64, float64.
"""

# Kernels have no annotations: Triton reads those it finds as its own.
# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: N803

from __future__ import annotations

import triton
import triton.language as tl

#: Below every score. Not minus infinity: the difference of two of these would be no number.
LOWEST = tl.constexpr(-3.0e38)
#: Columns of partial sums that one program merges.
MERGED_COLUMNS = 128


@triton.jit
def read_piece(piece, row_of, start_of, slot_of):
    """Return row, slot, first edge and end of a piece."""
    row = tl.load(row_of + piece).to(tl.int64)
    slot = tl.load(slot_of + piece).to(tl.int64)
    start = tl.load(start_of + piece).to(tl.int64)
    end = tl.load(start_of + piece + 1).to(tl.int64)
    return row, slot, start, end


@triton.jit
def read_edges(first, end, other_of, edge_of, BLOCK_E: tl.constexpr):
    """Return the other end of the next edges, their position in the rows, and which exist."""
    at = first + tl.arange(0, BLOCK_E)
    live = at < end
    other = tl.load(other_of + at, mask=live, other=0).to(tl.int64)
    edge = at if edge_of is None else tl.load(edge_of + at, mask=live, other=0)
    return other, edge.to(tl.int64), live


@triton.jit
def lanes(heads, channels, BLOCK_H: tl.constexpr, BLOCK_C: tl.constexpr):
    """Return the heads of this program, which exist, the offsets of their channels, which exist."""
    head = tl.program_id(1) * BLOCK_H + tl.arange(0, BLOCK_H)
    channel = tl.arange(0, BLOCK_C)
    lane = head[:, None] * channels + channel[None, :]
    is_lane = (head < heads)[:, None] & (channel < channels)[None, :]
    return head, head < heads, lane, is_lane


@triton.jit
def read_tile(base, node, live, width, lane, is_lane, ACC: tl.constexpr):
    """Read the channels of several nodes ``[BLOCK_E, BLOCK_H, BLOCK_C]``."""
    at = node[:, None, None] * width + lane[None, :, :]
    mask = live[:, None, None] & is_lane[None, :, :]
    return tl.load(base + at, mask=mask, other=0.0).to(ACC)


@triton.jit
def read_heads(base, node, live, heads, head, is_head, ACC: tl.constexpr):
    """Read a number for each head of several nodes or edges ``[BLOCK_E, BLOCK_H]``."""
    at = node[:, None] * heads + head[None, :]
    return tl.load(base + at, mask=live[:, None] & is_head[None, :], other=0.0).to(ACC)


@triton.jit
def write_heads(base, node, live, heads, head, is_head, value):
    """Write what ``read_heads`` reads."""
    at = node[:, None] * heads + head[None, :]
    mask = live[:, None] & is_head[None, :]
    tl.store(base + at, value.to(base.dtype.element_ty), mask=mask)


@triton.jit
def write_row(whole, part, row, slot, width, lane, is_lane, value):
    """Write the result of a piece: that of a row in one piece, or its part in a slot."""
    at = whole + row * width + lane
    tl.store(at, value.to(whole.dtype.element_ty), mask=is_lane & (slot < 0))
    tl.store(part + slot * width + lane, value, mask=is_lane & (slot >= 0))


@triton.jit
def softmax_step(top, total, acc, score, z):
    """Add edges to a softmax whose largest score is not known yet (Milakov & Gimelshein 2018).

    Args:
        top: largest score so far ``[BLOCK_H]``.
        total: sum of the exponentials of scores less ``top`` ``[BLOCK_H]``.
        acc: sum of ``z`` times these ``[BLOCK_H, BLOCK_C]``.
        score: of the new edges ``[BLOCK_E, BLOCK_H]``, minus infinity where there is none.
        z: to be averaged ``[BLOCK_E, BLOCK_H, BLOCK_C]``.
    """
    higher = tl.maximum(top, tl.max(score, 0))
    shrink = tl.exp(top - higher)
    grown = tl.exp(score - higher[None, :])
    total = total * shrink + tl.sum(grown, 0)
    acc = acc * shrink[:, None] + tl.sum(grown[:, :, None] * z, 0)
    return higher, total, acc


@triton.jit
def softmax_end(top, total, acc):
    """Return the average, and the logarithm of the sum of exponentials (minus infinity of none)."""
    nothing = total == 0
    total = tl.where(nothing, 1.0, total)
    return acc / total[:, None], tl.where(nothing, -float("inf"), top + tl.log(total))


@triton.jit
def share(score, log_total, live):
    """Return the weight of each edge ``[BLOCK_E, BLOCK_H]``, zero where there is none."""
    return tl.exp(tl.where(live[:, None], score - log_total, -float("inf")))


@triton.jit
def merge_averages(
    long_row,
    long_slot,
    part,
    part_lse,
    out,
    lse,
    heads,
    channels,
    ACC: tl.constexpr,
    BLOCK_E: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """Merge the averages of the pieces of a row: again an average, with ``part_lse`` for scores."""
    row, start, end = _long_row(long_row, long_slot)
    head, is_head, lane, is_lane = lanes(heads, channels, BLOCK_H, BLOCK_C)
    top = tl.full([BLOCK_H], LOWEST, ACC)
    total = tl.zeros([BLOCK_H], ACC)
    acc = tl.zeros([BLOCK_H, BLOCK_C], ACC)
    for first in range(start, end, BLOCK_E):
        slot = (first + tl.arange(0, BLOCK_E)).to(tl.int64)
        live = slot < end
        z = read_tile(part, slot, live, heads * channels, lane, is_lane, ACC)
        score = read_heads(part_lse, slot, live, heads, head, is_head, ACC)
        score = tl.where(live[:, None], score, -float("inf"))
        top, total, acc = softmax_step(top, total, acc, score, z)
    mean, log_total = softmax_end(top, total, acc)
    at = out + row * heads * channels + lane
    tl.store(at, mean.to(out.dtype.element_ty), mask=is_lane)
    tl.store(lse + row * heads + head, log_total, mask=is_head)


@triton.jit
def merge_sums(
    long_row,
    long_slot,
    part,
    out,
    width,
    BLOCK_E: tl.constexpr,
    BLOCK_W: tl.constexpr,
):
    """Sum the partial sums ``part [slots, width]`` of each row that has several."""
    row, start, end = _long_row(long_row, long_slot)
    column = tl.program_id(1) * BLOCK_W + tl.arange(0, BLOCK_W)
    acc = tl.zeros([BLOCK_W], part.dtype.element_ty)
    for first in range(start, end, BLOCK_E):
        slot = (first + tl.arange(0, BLOCK_E)).to(tl.int64)
        mask = (slot < end)[:, None] & (column < width)[None, :]
        at = slot[:, None] * width + column[None, :]
        acc += tl.sum(tl.load(part + at, mask=mask, other=0.0), 0)
    at = out + row * width + column
    tl.store(at, acc.to(out.dtype.element_ty), mask=column < width)


@triton.jit
def _long_row(long_row, long_slot):
    at = tl.program_id(0)
    row = tl.load(long_row + at).to(tl.int64)
    return row, tl.load(long_slot + at).to(tl.int64), tl.load(long_slot + at + 1).to(tl.int64)
