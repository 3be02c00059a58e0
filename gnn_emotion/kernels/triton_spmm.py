"""Sums of sources on a GPU, weighted by edge.

On CUDA, cuSPARSE has such a product too (``torch.sparse``). It is not called here: it takes no
mean, no gradient of the weights and, with halves, other rules of accumulation, so that these
kernels would be needed all the same.
"""

# Kernels have no annotations: Triton reads those it finds as its own.
# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: N803

from __future__ import annotations

import triton
import triton.language as tl

from gnn_emotion.kernels.triton_blocks import lanes, read_edges, read_piece, read_tile, write_row


@triton.jit
def weighted_sum(
    row_of,
    start_of,
    slot_of,
    other_of,
    edge_of,
    x,
    weight,
    row_scale,
    other_scale,
    out,
    part,
    heads,
    channels,
    ACC: tl.constexpr,
    BLOCK_E: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """Sum ``weight * other_scale * x`` over the edges of a piece, times ``row_scale``.

    ``x`` ``[S, H, C]`` and ``other_scale [S]`` are of the other ends, ``row_scale [B]`` of the
    rows, ``weight [E]`` of the edges; each of the three may be None for ones.
    """
    row, slot, start, end = read_piece(tl.program_id(0), row_of, start_of, slot_of)
    _, _, lane, is_lane = lanes(heads, channels, BLOCK_H, BLOCK_C)
    width = heads * channels
    acc = tl.zeros([BLOCK_H, BLOCK_C], ACC)
    for first in range(start, end, BLOCK_E):
        other, edge, live = read_edges(first, end, other_of, edge_of, BLOCK_E)
        z = read_tile(x, other, live, width, lane, is_lane, ACC)
        if weight is not None:
            z *= tl.load(weight + edge, mask=live, other=0.0).to(ACC)[:, None, None]
        if other_scale is not None:
            z *= tl.load(other_scale + other, mask=live, other=0.0)[:, None, None]
        acc += tl.sum(z, 0)
    if row_scale is not None:
        acc *= tl.load(row_scale + row)
    write_row(out, part, row, slot, width, lane, is_lane, acc)


@triton.jit
def edge_dot(
    row_of,
    start_of,
    slot_of,
    other_of,
    edge_of,
    y,
    x,
    row_scale,
    out,
    heads,
    channels,
    ACC: tl.constexpr,
    BLOCK_E: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """Product of the two ends of each edge: ``y [B, 1, D]``, ``x [S, 1, D]`` -> ``[E]``.

    Times ``row_scale [B]``, unless that is None.
    """
    row, _, start, end = read_piece(tl.program_id(0), row_of, start_of, slot_of)
    _, _, lane, is_lane = lanes(heads, channels, BLOCK_H, BLOCK_C)
    width = heads * channels
    mine = tl.load(y + row * width + lane, mask=is_lane, other=0.0).to(ACC)
    if row_scale is not None:
        mine *= tl.load(row_scale + row)
    for first in range(start, end, BLOCK_E):
        other, edge, live = read_edges(first, end, other_of, edge_of, BLOCK_E)
        theirs = read_tile(x, other, live, width, lane, is_lane, ACC)
        total = tl.sum(tl.sum(mine[None, :, :] * theirs, 2), 1)
        tl.store(out + edge, total.to(out.dtype.element_ty), mask=live)
