"""GATv2 on a GPU: scores are made in the registers that hold the features, and made again.

``u = z_src[j] + z_dst[i]``, ``score = att . leaky_relu(u) + score_edge``, ``alpha`` its softmax.
Kept for the backward pass, beside inputs and result, is the logarithm of the sum of exponentials
``lse [B, H]`` alone: features must be read again for their gradient, and ``alpha = exp(score -
lse)`` costs a few operations on them, while ``alpha [E, H]`` would cost memory and its reading by
source, edge by edge, at places far apart (the trade of FlashAttention, Dao et al. 2022). The result
of halves is kept unrounded, since the backward pass takes differences from it. With ``delta = grad
. out``, the gradient of a score is ``alpha * (grad . z_src[j] - delta)``.
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
def _score(u, att, SLOPE: tl.constexpr):
    """``[BLOCK_E, BLOCK_H, BLOCK_C]`` -> ``[BLOCK_E, BLOCK_H]``."""
    return tl.sum(tl.where(u > 0, u, u * SLOPE) * att[None, :, :], 2)


@triton.jit
def forward(
    row_of,
    start_of,
    slot_of,
    other_of,
    edge_of,
    z_src,
    z_dst,
    att,
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
    mine = tl.load(z_dst + row * width + lane, mask=is_lane, other=0.0).to(ACC)
    weight = tl.load(att + lane, mask=is_lane, other=0.0).to(ACC)
    top = tl.full([BLOCK_H], LOWEST, ACC)
    total = tl.zeros([BLOCK_H], ACC)
    acc = tl.zeros([BLOCK_H, BLOCK_C], ACC)
    for first in range(start, end, BLOCK_E):
        source, edge, live = read_edges(first, end, other_of, edge_of, BLOCK_E)
        z = read_tile(z_src, source, live, width, lane, is_lane, ACC)
        score = _score(z + mine[None, :, :], weight, SLOPE)
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
    z_dst,
    att,
    score_edge,
    out,
    lse,
    grad,
    delta,
    grad_dst,
    part_dst,
    grad_att,
    grad_edge,
    num_pieces,
    heads,
    channels,
    SLOPE: tl.constexpr,
    ACC: tl.constexpr,
    BLOCK_E: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """Sum what flows back into destinations, edges and ``att``.

    Writes ``delta [B, H]``, the gradients of ``z_dst`` and, where asked for, of ``score_edge``, and
    that of ``att`` by program ``[programs, H, C]``. For the sake of the last, a program takes many
    pieces, and every so-manieth, lest the pieces of a hub fall to few.
    """
    head, is_head, lane, is_lane = lanes(heads, channels, BLOCK_H, BLOCK_C)
    width = heads * channels
    weight = tl.load(att + lane, mask=is_lane, other=0.0).to(ACC)
    acc_att = tl.zeros([BLOCK_H, BLOCK_C], ACC)
    for piece in range(tl.program_id(0), num_pieces, tl.num_programs(0)):
        row, slot, start, end = read_piece(piece, row_of, start_of, slot_of)
        at = row * width + lane
        mine = tl.load(z_dst + at, mask=is_lane, other=0.0).to(ACC)
        inflow = tl.load(grad + at, mask=is_lane, other=0.0).to(ACC)
        result = tl.load(out + at, mask=is_lane, other=0.0).to(ACC)
        log_total = tl.load(lse + row * heads + head, mask=is_head, other=0.0)
        mean = tl.sum(inflow * result, 1)
        # The pieces of one row write the same bytes.
        tl.store(delta + row * heads + head, mean, mask=is_head)
        acc = tl.zeros([BLOCK_H, BLOCK_C], ACC)
        for first in range(start, end, BLOCK_E):
            source, edge, live = read_edges(first, end, other_of, edge_of, BLOCK_E)
            z = read_tile(z_src, source, live, width, lane, is_lane, ACC)
            u = z + mine[None, :, :]
            score = _score(u, weight, SLOPE)
            if score_edge is not None:
                score += read_heads(score_edge, edge, live, heads, head, is_head, ACC)
            alpha = share(score, log_total[None, :], live)
            value = alpha * (tl.sum(inflow[None, :, :] * z, 2) - mean[None, :])
            if grad_edge is not None:
                write_heads(grad_edge, edge, live, heads, head, is_head, value)
            step = tl.where(u > 0, value[:, :, None], value[:, :, None] * SLOPE)
            acc += tl.sum(step, 0)
            acc_att += tl.sum(step * u, 0)
        write_row(grad_dst, part_dst, row, slot, width, lane, is_lane, acc * weight)
    tl.store(grad_att + tl.program_id(0) * width + lane, acc_att, mask=is_lane)


@triton.jit
def backward_sources(
    row_of,
    start_of,
    slot_of,
    other_of,
    edge_of,
    z_src,
    z_dst,
    att,
    score_edge,
    lse,
    grad,
    delta,
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
    """Sum what flows back into the sources ``[S, H, C]``; pieces are of the edges by source."""
    row, slot, start, end = read_piece(tl.program_id(0), row_of, start_of, slot_of)
    head, is_head, lane, is_lane = lanes(heads, channels, BLOCK_H, BLOCK_C)
    width = heads * channels
    mine = tl.load(z_src + row * width + lane, mask=is_lane, other=0.0).to(ACC)
    weight = tl.load(att + lane, mask=is_lane, other=0.0).to(ACC)
    acc = tl.zeros([BLOCK_H, BLOCK_C], ACC)
    for first in range(start, end, BLOCK_E):
        target, edge, live = read_edges(first, end, other_of, edge_of, BLOCK_E)
        u = read_tile(z_dst, target, live, width, lane, is_lane, ACC) + mine[None, :, :]
        inflow = read_tile(grad, target, live, width, lane, is_lane, ACC)
        log_total = read_heads(lse, target, live, heads, head, is_head, ACC)
        mean = read_heads(delta, target, live, heads, head, is_head, ACC)
        score = _score(u, weight, SLOPE)
        if score_edge is not None:
            score += read_heads(score_edge, edge, live, heads, head, is_head, ACC)
        alpha = share(score, log_total, live)
        value = alpha * (tl.sum(inflow * mine[None, :, :], 2) - mean)
        step = tl.where(u > 0, value[:, :, None], value[:, :, None] * SLOPE)
        acc += tl.sum(alpha[:, :, None] * inflow + step * weight[None, :, :], 0)
    write_row(grad_src, part_src, row, slot, width, lane, is_lane, acc)
