"""The Triton backend: the GPU kernels as differentiable functions.

No intermediate is of size ``E x C``, or even ``E x H``. Gradients of sources are summed over the
transposed edges, without atomics, so that every run gives the same bytes. On the CPU the kernels
run in Triton's interpreter, for tests.

What must move for GATv2, with features of b bytes, if every edge reads its far end from memory:
``E H C b`` forward, once more backward by destination, and ``2 E H C b`` by source (``z_dst`` and
the gradient of the output); the ends themselves add ``6 B H C b`` and ``2 S H C b``, the indices
``3 E`` integers. With E = 10 B = 10 S that is ``4.8 E H C b``; what is less came from the cache.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gnn_emotion.kernels import triton_gat, triton_gatv2, triton_spmm
from gnn_emotion.kernels.csr import CSR
from gnn_emotion.kernels.triton_launch import (
    accumulator,
    add_parts,
    average_parts,
    parts_of,
    run,
)
from gnn_emotion.kernels.triton_pieces import Side, by_destination, by_source

# Programs that sum the gradient of `att`. The number is fixed, not that of the processors, because
# it decides the order of the sum; it fills the largest GPU several times over.
RUNS = 4096


def spmm(csr: CSR, x: Tensor, weight: Tensor | None, mean: bool) -> Tensor:
    """Sum (or mean) of ``weight * x`` over the edges of each row ``[B, D]``."""
    return _SpMM.apply(csr, x, weight, mean)


def gat_aggregate(
    csr: CSR,
    z_src: Tensor,
    score_src: Tensor,
    score_dst: Tensor,
    score_edge: Tensor | None,
    negative_slope: float,
) -> Tensor:
    """Sources weighted by ``gat_attention`` ``[B, H, C]``."""
    return _GAT.apply(csr, z_src, score_src, score_dst, score_edge, negative_slope)


def gatv2_aggregate(
    csr: CSR,
    z_src: Tensor,
    z_dst: Tensor,
    att: Tensor,
    score_edge: Tensor | None,
    negative_slope: float,
) -> Tensor:
    """Sources weighted by ``gatv2_attention`` ``[B, H, C]``."""
    return _GATv2.apply(csr, z_src, z_dst, att, score_edge, negative_slope)


def gat_attention(
    csr: CSR,
    score_src: Tensor,
    score_dst: Tensor,
    score_edge: Tensor | None,
    negative_slope: float,
) -> Tensor:
    """Weight of each edge ``[E, H]``."""
    nothing = score_src.new_empty(*score_src.shape, 0)
    inputs = _contiguous(nothing, score_src, score_dst, score_edge)
    return _attention(triton_gat.forward, csr, inputs, negative_slope)


def gatv2_attention(
    csr: CSR,
    z_src: Tensor,
    z_dst: Tensor,
    att: Tensor,
    score_edge: Tensor | None,
    negative_slope: float,
) -> Tensor:
    """Weight of each edge ``[E, H]``."""
    inputs = _contiguous(z_src, z_dst, att, score_edge)
    return _attention(triton_gatv2.forward, csr, inputs, negative_slope)


class _SpMM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, csr: CSR, x: Tensor, weight: Tensor | None, mean: bool) -> Tensor:
        x, weight = _contiguous(x, weight)
        ctx.csr, ctx.scale = csr, _one_over_degree(csr, x.dtype) if mean else None
        ctx.save_for_backward(x, weight)
        return _weighted_sum(by_destination(csr), csr.num_dst, x, weight, ctx.scale, None)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        csr, (grad,) = ctx.csr, _contiguous(grad)
        grad_x = None
        if ctx.needs_input_grad[1]:
            grad_x = _weighted_sum(by_source(csr), csr.num_src, grad, weight, None, ctx.scale)
        grad_weight = _room(weight, ctx.needs_input_grad[2])
        if grad_weight is not None:
            args = (grad, x, ctx.scale, grad_weight)
            run(triton_spmm.edge_dot, by_destination(csr), x[:, None], *args)
        return None, grad_x, grad_weight, None


class _GAT(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        csr: CSR,
        z_src: Tensor,
        score_src: Tensor,
        score_dst: Tensor,
        score_edge: Tensor | None,
        slope: float,
    ) -> Tensor:
        inputs = _contiguous(z_src, score_src, score_dst, score_edge)
        out, lse = _average(triton_gat.forward, csr, inputs, slope)
        ctx.csr, ctx.slope = csr, slope
        ctx.save_for_backward(*inputs, out, lse)
        return out.to(z_src.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        *inputs, out, lse = ctx.saved_tensors
        z_src, score_src, score_dst, score_edge = inputs
        (grad,) = _contiguous(grad)
        side, delta = by_destination(ctx.csr), torch.empty_like(lse)
        grad_dst = torch.empty_like(score_dst)
        part = parts_of(side, grad_dst)
        grad_edge = _room(score_edge, ctx.needs_input_grad[4])
        args = (*inputs, out, lse, grad, delta, grad_dst, part, grad_edge)
        run(triton_gat.backward_rows, side, out, *args, SLOPE=ctx.slope)
        add_parts(side, part, grad_dst)
        if not any(ctx.needs_input_grad[1:3]):
            return None, None, None, grad_dst, grad_edge, None
        side = by_source(ctx.csr)
        grads = torch.empty_like(z_src), torch.empty_like(score_src)
        parts = [parts_of(side, g) for g in grads]
        args = (*inputs, lse, grad, delta, grads[0], parts[0], grads[1], parts[1])
        run(triton_gat.backward_sources, side, out, *args, SLOPE=ctx.slope)
        for part, whole in zip(parts, grads, strict=True):
            add_parts(side, part, whole)
        return None, *grads, grad_dst, grad_edge, None


class _GATv2(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        csr: CSR,
        z_src: Tensor,
        z_dst: Tensor,
        att: Tensor,
        score_edge: Tensor | None,
        slope: float,
    ) -> Tensor:
        inputs = _contiguous(z_src, z_dst, att, score_edge)
        out, lse = _average(triton_gatv2.forward, csr, inputs, slope)
        ctx.csr, ctx.slope = csr, slope
        ctx.save_for_backward(*inputs, out, lse)
        return out.to(z_src.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        *inputs, out, lse = ctx.saved_tensors
        z_src, z_dst, _, score_edge = inputs
        (grad,) = _contiguous(grad)
        side, delta = by_destination(ctx.csr), torch.empty_like(lse)
        grad_dst = torch.empty_like(z_dst)
        part = parts_of(side, grad_dst)
        count = len(side.pieces.row)
        grad_att = lse.new_empty(min(count, RUNS), *out.shape[1:])
        grad_edge = _room(score_edge, ctx.needs_input_grad[4])
        args = (*inputs, out, lse, grad, delta, grad_dst, part, grad_att, grad_edge, count)
        kernel = triton_gatv2.backward_rows
        run(kernel, side, out, *args, programs=len(grad_att), SLOPE=ctx.slope)
        add_parts(side, part, grad_dst)
        grad_att = grad_att.sum(0).to(z_src.dtype)
        if not ctx.needs_input_grad[1]:
            return None, None, grad_dst, grad_att, grad_edge, None
        side, grad_src = by_source(ctx.csr), torch.empty_like(z_src)
        part = parts_of(side, grad_src)
        args = (*inputs, lse, grad, delta, grad_src, part)
        run(triton_gatv2.backward_sources, side, out, *args, SLOPE=ctx.slope)
        add_parts(side, part, grad_src)
        return None, grad_src, grad_dst, grad_att, grad_edge, None


def _weighted_sum(
    side: Side,
    num_rows: int,
    x: Tensor,
    weight: Tensor | None,
    row_scale: Tensor | None,
    other_scale: Tensor | None,
) -> Tensor:
    out = x.new_empty(num_rows, x.shape[1])
    part = parts_of(side, out)
    args = (x, weight, row_scale, other_scale, out, part)
    run(triton_spmm.weighted_sum, side, x[:, None], *args)
    add_parts(side, part, out)
    return out


def _average(
    kernel: Any, csr: CSR, inputs: list[Any], slope: float, scores: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the averages ``[B, H, C]`` and ``lse [B, H]``; write the scores where asked for.

    They are not rounded to halves (see ``triton_gatv2``).
    """
    side, z = by_destination(csr), inputs[0]
    out = z.new_empty(csr.num_dst, *z.shape[1:], dtype=accumulator(z.dtype))
    lse = out.new_empty(out.shape[:2])
    part, part_lse = parts_of(side, out), parts_of(side, lse)
    run(kernel, side, out, *inputs, out, lse, part, part_lse, scores, SLOPE=slope)
    average_parts(side, part, part_lse, out, lse)
    return out, lse


def _attention(kernel: Any, csr: CSR, inputs: list[Any], slope: float) -> Tensor:
    z = inputs[0]
    scores = z.new_empty(csr.num_edges, z.shape[1], dtype=accumulator(z.dtype))
    _, lse = _average(kernel, csr, inputs, slope, scores)
    return torch.exp(scores - lse[csr.rows]).to(z.dtype)


def _one_over_degree(csr: CSR, dtype: torch.dtype) -> Tensor:
    return csr.degree.clamp(min=1).to(accumulator(dtype)).reciprocal()


def _room(tensor: Tensor | None, needed: bool) -> Tensor | None:
    """Make room for a gradient that a kernel writes only where asked for."""
    return torch.empty_like(tensor) if tensor is not None and needed else None


def _contiguous(*tensors: Tensor | None) -> list[Any]:
    return [None if t is None else t.contiguous() for t in tensors]
