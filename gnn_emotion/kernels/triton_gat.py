"""GAT on a GPU: the average of the sources by scores that are sums of a number of each end.

``u = score_src[j] + score_dst[i]``, ``score = leaky_relu(u) + score_edge``, ``alpha`` its softmax.
What is kept for the backward pass, and why, is as in ``triton_gatv2``.
"""

# Kernels have no annotations: Triton reads those it finds as its own.
# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: N803

from __future__ import annotations

import triton
import triton.language as tl

from gnn_emotion.kernels.triton_blocks import (
    LOWEST,
    lanes,
    read_edges,
    read_heads,
    read_piece,
    read_tile,
    share,
    softmax_end,
    softmax_step,
    write_heads,
    write_row,
)


@triton.jit
def forward(
    row_of,
    start_of,
    slot_of,
    other_of,
    edge_of,
    z_src,
    score_src,
    score_dst,
    score_edge,
    out,
    lse,
    part,
    part_lse,
    scores,
    heads,
    channels,
    SLOPE: tl.constexpr,
    ACC: tl.constexpr,
    BLOCK_E: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """Average the sources of a piece of a row: ``[B, H, C]``, and ``lse [B, H]``.

    Also writes ``scores [E, H]`` where asked for.
    """
    row, slot, start, end = read_piece(tl.program_id(0), row_of, start_of, slot_of)
    head, is_head, lane, is_lane = lanes(heads, channels, BLOCK_H, BLOCK_C)
    width = heads * channels
    mine = tl.load(score_dst + row * heads + head, mask=is_head, other=0.0).to(ACC)
    top = tl.full([BLOCK_H], LOWEST, ACC)
    total = tl.zeros([BLOCK_H], ACC)
    acc = tl.zeros([BLOCK_H, BLOCK_C], ACC)
    for first in range(start, end, BLOCK_E):
        source, edge, live = read_edges(first, end, other_of, edge_of, BLOCK_E)
        z = read_tile(z_src, source, live, width, lane, is_lane, ACC)
        u = read_heads(score_src, source, live, heads, head, is_head, ACC) + mine[None, :]
        score = tl.where(u > 0, u, u * SLOPE)
        if score_edge is not None:
            score += read_heads(score_edge, edge, live, heads, head, is_head, ACC)
        if scores is not None:
            write_heads(scores, edge, live, heads, head, is_head, score)
        score = tl.where(live[:, None], score, -float("inf"))
        top, total, acc = softmax_step(top, total, acc, score, z)
    mean, log_total = softmax_end(top, total, acc)
    write_row(out, part, row, slot, width, lane, is_lane, mean)
    write_row(lse, part_lse, row, slot, heads, head, is_head, log_total)


@triton.jit
def backward_rows(
    row_of,
    start_of,
    slot_of,
    other_of,
    edge_of,
    z_src,
    score_src,
    score_dst,
    score_edge,
    out,
    lse,
    grad,
    delta,
    grad_dst,
    part_dst,
    grad_edge,
    heads,
    channels,
    SLOPE: tl.constexpr,
    ACC: tl.constexpr,
    BLOCK_E: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """Sum what flows back into destinations and edges.

    Writes ``delta [B, H]`` and the gradients of ``score_dst`` and, where asked for, of
    ``score_edge``.
    """
    row, slot, start, end = read_piece(tl.program_id(0), row_of, start_of, slot_of)
    head, is_head, lane, is_lane = lanes(heads, channels, BLOCK_H, BLOCK_C)
    width = heads * channels
    at = row * width + lane
    inflow = tl.load(grad + at, mask=is_lane, other=0.0).to(ACC)
    result = tl.load(out + at, mask=is_lane, other=0.0).to(ACC)
    mine = tl.load(score_dst + row * heads + head, mask=is_head, other=0.0).to(ACC)
    log_total = tl.load(lse + row * heads + head, mask=is_head, other=0.0)
    mean = tl.sum(inflow * result, 1)
    # The pieces of one row write the same bytes.
    tl.store(delta + row * heads + head, mean, mask=is_head)
    acc = tl.zeros([BLOCK_H], ACC)
    for first in range(start, end, BLOCK_E):
        source, edge, live = read_edges(first, end, other_of, edge_of, BLOCK_E)
        z = read_tile(z_src, source, live, width, lane, is_lane, ACC)
        u = read_heads(score_src, source, live, heads, head, is_head, ACC) + mine[None, :]
        score = tl.where(u > 0, u, u * SLOPE)
        if score_edge is not None:
            score += read_heads(score_edge, edge, live, heads, head, is_head, ACC)
        alpha = share(score, log_total[None, :], live)
        value = alpha * (tl.sum(inflow[None, :, :] * z, 2) - mean[None, :])
        if grad_edge is not None:
            write_heads(grad_edge, edge, live, heads, head, is_head, value)
        acc += tl.sum(tl.where(u > 0, value, value * SLOPE), 0)
    write_row(grad_dst, part_dst, row, slot, heads, head, is_head, acc)


@triton.jit
def backward_sources(
    row_of,
    start_of,
    slot_of,
    other_of,
    edge_of,
    z_src,
    score_src,
    score_dst,
    score_edge,
    lse,
    grad,
    delta,
    grad_z,
    part_z,
    grad_src,
    part_src,
    heads,
    channels,
    SLOPE: tl.constexpr,
    ACC: tl.constexpr,
    BLOCK_E: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """Sum what flows back into the sources; pieces are of the edges by source.

    Writes the gradients of ``z_src`` and ``score_src``.
    """
    row, slot, start, end = read_piece(tl.program_id(0), row_of, start_of, slot_of)
    head, is_head, lane, is_lane = lanes(heads, channels, BLOCK_H, BLOCK_C)
    width = heads * channels
    z = tl.load(z_src + row * width + lane, mask=is_lane, other=0.0).to(ACC)
    mine = tl.load(score_src + row * heads + head, mask=is_head, other=0.0).to(ACC)
    acc_z = tl.zeros([BLOCK_H, BLOCK_C], ACC)
    acc = tl.zeros([BLOCK_H], ACC)
    for first in range(start, end, BLOCK_E):
        target, edge, live = read_edges(first, end, other_of, edge_of, BLOCK_E)
        inflow = read_tile(grad, target, live, width, lane, is_lane, ACC)
        u = read_heads(score_dst, target, live, heads, head, is_head, ACC) + mine[None, :]
        log_total = read_heads(lse, target, live, heads, head, is_head, ACC)
        mean = read_heads(delta, target, live, heads, head, is_head, ACC)
        score = tl.where(u > 0, u, u * SLOPE)
        if score_edge is not None:
            score += read_heads(score_edge, edge, live, heads, head, is_head, ACC)
        alpha = share(score, log_total, live)
        value = alpha * (tl.sum(inflow * z[None, :, :], 2) - mean)
        acc += tl.sum(tl.where(u > 0, value, value * SLOPE), 0)
        acc_z += tl.sum(alpha[:, :, None] * inflow, 0)
    write_row(grad_z, part_z, row, slot, width, lane, is_lane, acc_z)
    write_row(grad_src, part_src, row, slot, heads, head, is_head, acc)
