"""The CPU backend: numba kernels as differentiable functions.

Gradients of sources are summed over the transposed edges, so no two threads write one element.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import torch
from numba.core import config
from torch import Tensor
from torch.autograd.function import once_differentiable

from gnn_emotion.kernels import cpu
from gnn_emotion.kernels.csr import CSR
from gnn_emotion.kernels.halves import in_float32

# The simplest of numba's thread pools ends the process when two threads enter it at once.
_lock = threading.Lock()


@in_float32
def spmm(csr: CSR, x: Tensor, weight: Tensor | None, mean: bool) -> Tensor:
    """Sum (or mean) of ``weight * x`` over the edges of each row ``[B, D]``."""
    return _SpMM.apply(csr, x, weight, mean)


@in_float32
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


@in_float32
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


@in_float32
def gat_attention(
    csr: CSR,
    score_src: Tensor,
    score_dst: Tensor,
    score_edge: Tensor | None,
    negative_slope: float,
) -> Tensor:
    """Weight of each edge ``[E, H]``."""
    nothing = score_src.new_empty(*score_src.shape, 0)
    scores = (score_src, score_dst, _or_empty(score_edge, score_src))
    return _run(cpu.gat_forward, *_rows(csr), nothing, *scores, negative_slope)[1]


@in_float32
def gatv2_attention(
    csr: CSR,
    z_src: Tensor,
    z_dst: Tensor,
    att: Tensor,
    score_edge: Tensor | None,
    negative_slope: float,
) -> Tensor:
    """Weight of each edge ``[E, H]``."""
    inputs = (z_src, z_dst, att, _or_empty(score_edge, att))
    return _run(cpu.gatv2_forward, *_rows(csr), *inputs, negative_slope)[1]


class _SpMM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, csr: CSR, x: Tensor, weight: Tensor | None, mean: bool) -> Tensor:
        ctx.csr, ctx.mean = csr, mean
        ctx.save_for_backward(x, weight)
        values = x.new_empty(0) if weight is None else weight
        return _run(cpu.weighted_sum, *_rows(csr), values, x, mean)[0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        csr, by_src = ctx.csr, ctx.csr.transpose
        scale = _edge_scale(csr, grad) if ctx.mean else None
        grad_x = grad_weight = None
        if ctx.needs_input_grad[1]:
            factors = [v[by_src.edge] for v in (weight, scale) if v is not None]
            values = torch.stack(factors).prod(0) if factors else grad.new_empty(0)
            grad_x = _run(cpu.weighted_sum, by_src.indptr, by_src.dst, values, grad, False)[0]
        if ctx.needs_input_grad[2]:
            grad_weight = _run(cpu.edge_dot, *_rows(csr), grad, x)[0]
            grad_weight = grad_weight if scale is None else grad_weight * scale
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
        inputs = (z_src, score_src, score_dst, _or_empty(score_edge, score_src))
        out, alpha = _run(cpu.gat_forward, *_rows(csr), *inputs, slope)
        ctx.csr, ctx.slope = csr, slope
        ctx.save_for_backward(*inputs, alpha, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        *inputs, alpha, out = ctx.saved_tensors
        grad_score, grad_dst, grad_edge = _run(
            cpu.gat_backward_rows, *_rows(ctx.csr), *inputs, ctx.slope, alpha, out, grad
        )
        grad_z = grad_src = None
        if any(ctx.needs_input_grad[1:3]):
            grad_z, grad_src = _run(
                cpu.gat_backward_sources, *_sources(ctx.csr), alpha, grad_score, grad
            )
        return None, grad_z, grad_src, grad_dst, _asked(ctx, 4, grad_edge), None


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
        inputs = (z_src, z_dst, att)
        out, alpha = _run(
            cpu.gatv2_forward, *_rows(csr), *inputs, _or_empty(score_edge, att), slope
        )
        ctx.csr, ctx.slope = csr, slope
        ctx.save_for_backward(*inputs, alpha, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        *inputs, alpha, out = ctx.saved_tensors
        inputs = (*inputs, ctx.slope)
        grad_score, grad_dst, grad_att = _run(
            cpu.gatv2_backward_rows, *_rows(ctx.csr), *inputs, alpha, out, grad
        )
        grad_src = None
        if ctx.needs_input_grad[1]:
            (grad_src,) = _run(
                cpu.gatv2_backward_sources,
                *(*_sources(ctx.csr), *inputs, alpha, grad_score, grad),
            )
        # The edges' own scores are added last, so that their gradient is that of the scores.
        return None, grad_src, grad_dst, grad_att.sum(0), _asked(ctx, 4, grad_score), None


def _or_empty(score_edge: Tensor | None, like: Tensor) -> Tensor:
    """Write no scores of edges as scores of no edges ``[0, 0]``, which the kernels pass over."""
    return like.new_empty(0, 0) if score_edge is None else score_edge


def _asked(ctx: Any, at: int, grad: Tensor) -> Tensor | None:
    return grad if ctx.needs_input_grad[at] else None


def _rows(csr: CSR) -> tuple[Tensor, Tensor]:
    return csr.indptr, csr.indices


def _sources(csr: CSR) -> tuple[Tensor, Tensor, Tensor]:
    return csr.transpose.indptr, csr.transpose.dst, csr.transpose.edge


def _edge_scale(csr: CSR, like: Tensor) -> Tensor:
    """Return one over the degree of each edge's destination ``[E]``."""
    return csr.degree.to(like.dtype).reciprocal()[csr.rows]


def _run(kernel: Callable, *args: Tensor | float | bool) -> tuple[Tensor, ...]:
    """Call a kernel on tensors, with as many threads as torch uses."""
    dtype = next(a.dtype for a in args if isinstance(a, Tensor) and a.is_floating_point())
    scalar = torch.empty(0, dtype=dtype).numpy().dtype.type
    arrays = [_array(a, scalar) for a in args]
    with _lock:
        numba.set_num_threads(min(torch.get_num_threads(), config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
        results = kernel(*arrays)
    results = results if isinstance(results, tuple) else (results,)
    return tuple(torch.from_numpy(r) for r in results)


def _array(value: Tensor | float | bool, scalar: type[np.floating]) -> Any:
    if isinstance(value, Tensor):
        return value.detach().contiguous().numpy()
    # A Python float would be float64 and draw the whole sum with it.
    return value if isinstance(value, bool) else scalar(value)
