"""Fused CPU kernels, compiled by numba: NumPy arrays in, NumPy arrays out.

Nothing of size ``E x C`` is stored; the attention weights ``[E, H]`` are, since the backward pass
reads them. Every element of a result is summed by one thread, in the order of its edges, and the
code path does not depend on where a row lies: a row gives the same bytes alone, in a batch and
with any number of threads. Hence no fastmath, whose sums may be regrouped.

All kernels stay in this file: numba's cache notices a change of the file of a compiled function,
not of those that it calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]

# Rows are dealt out in this many runs of about equal work. The number is fixed, not that of the
# threads, because the gradient of `att` is summed by run.
RUNS = 64
# Rows of sources lie anywhere. The work on one is too long for the processor to look past it, so
# that of the edge this many places later is asked for while it is done.
AHEAD = 8


def _jit(function: Callable) -> Callable:
    try:
        return njit(parallel=True, cache=True)(function)
    except RuntimeError:  # no folder to cache in can be written
        return njit(parallel=True)(function)


@njit
def _run_start(indptr, run):  # type: ignore[no-untyped-def]
    """First row of a run, so that rows and edges together are dealt out evenly."""
    low, high = 0, len(indptr) - 1
    target = (indptr[high] + high) * run // RUNS
    while low < high:
        middle = (low + high) // 2
        if indptr[middle] + middle < target:
            low = middle + 1
        else:
            high = middle
    return low


@intrinsic
def _prefetch(typing, row):  # type: ignore[no-untyped-def]
    """Ask for the cache line of the first element of an array; nothing is read."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = cgutils.create_struct_proxy(row)(context, builder, args[0]).data
        number, pointer = ir.IntType(32), cgutils.voidptr_t
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        # To be read, kept in all caches, data.
        builder.call(prefetch, [builder.bitcast(data, pointer), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(row), generate


@njit
def _ask_ahead(x, indices, e):  # type: ignore[no-untyped-def]
    """Prefetch the row of ``x [S, D]`` that is read ``AHEAD`` edges after edge ``e``."""
    if e + AHEAD < len(indices):
        row = x[indices[e + AHEAD]]
        for k in range(0, len(row), 64 // row.itemsize):
            _prefetch(row[k:])  # type: ignore[call-arg]


@njit
def _sum_heads(products, into):  # type: ignore[no-untyped-def]
    """Sum ``[H * C]`` by head into ``[H]``; apart from the products, which then are vectorised."""
    channels = len(products) // len(into)
    for h in range(len(into)):
        total = products.dtype.type(0)
        for c in range(h * channels, (h + 1) * channels):
            total += products[c]
        into[h] = total


@njit
def _softmax_row(score, start, end):  # type: ignore[no-untyped-def]
    """Turn scores ``[E, H]`` into weights, in place, for one row."""
    for h in range(score.shape[1]):
        top = -np.inf
        for e in range(start, end):
            top = max(top, score[e, h])
        total = score.dtype.type(0)
        for e in range(start, end):
            share = math.exp(score[e, h] - score.dtype.type(top))
            score[e, h] = share
            total += share
        for e in range(start, end):
            score[e, h] /= total


@njit
def _aggregate_row(indices, start, end, alpha, z, out):  # type: ignore[no-untyped-def]
    """Add the weighted sources of one row to ``out [H, C]``."""
    for e in range(start, end):
        j = indices[e]
        for h in range(z.shape[1]):
            share = alpha[e, h]  # read once: the compiler cannot know that it is not in `out`
            for c in range(z.shape[2]):
                out[h, c] += share * z[j, h, c]


@njit
def _dot(a, b):  # type: ignore[no-untyped-def]
    total = a.dtype.type(0)
    for c in range(len(a)):
        total += a[c] * b[c]
    return total


@_jit
def weighted_sum(indptr, indices, weight, x, mean):  # type: ignore[no-untyped-def]
    """Sum (or mean) of ``weight * x`` over each row.

    Args:
        indptr: ``[B + 1]``.
        indices: ``[E]``.
        weight: ``[E]``, or empty for ones.
        x: ``[S, D]``.
        mean: divide by the number of edges.

    Returns:
        ``[B, D]``.
    """
    out = np.zeros((len(indptr) - 1, x.shape[1]), x.dtype)
    for run in prange(RUNS):
        for i in range(_run_start(indptr, run), _run_start(indptr, run + 1)):
            for e in range(indptr[i], indptr[i + 1]):
                j = indices[e]
                if len(weight):
                    factor = weight[e]
                    for c in range(x.shape[1]):
                        out[i, c] += factor * x[j, c]
                else:
                    for c in range(x.shape[1]):
                        out[i, c] += x[j, c]
            if mean and indptr[i + 1] > indptr[i]:
                degree = x.dtype.type(indptr[i + 1] - indptr[i])
                for c in range(x.shape[1]):
                    out[i, c] /= degree
    return out


@_jit
def edge_dot(indptr, indices, y, x):  # type: ignore[no-untyped-def]
    """Product of the two ends of each edge: ``y [B, D]``, ``x [S, D]`` -> ``[E]``."""
    out = np.empty(len(indices), x.dtype)
    for run in prange(RUNS):
        for i in range(_run_start(indptr, run), _run_start(indptr, run + 1)):
            for e in range(indptr[i], indptr[i + 1]):
                out[e] = _dot(y[i], x[indices[e]])
    return out


@_jit
def gat_forward(  # type: ignore[no-untyped-def]
    indptr, indices, z, score_src, score_dst, score_edge, slope
):
    """GAT: ``z [S, H, C]`` and scores ``[S, H]``, ``[B, H]`` -> ``[B, H, C]``, ``[E, H]``.

    ``score_edge [E, H]`` is added after the leaky ReLU; it may be empty ``[0, 0]``.
    """
    heads = z.shape[1]
    out = np.zeros((len(indptr) - 1, heads, z.shape[2]), z.dtype)
    alpha = np.empty((len(indices), heads), z.dtype)
    for run in prange(RUNS):
        for i in range(_run_start(indptr, run), _run_start(indptr, run + 1)):
            start, end = indptr[i], indptr[i + 1]
            for e in range(start, end):
                for h in range(heads):
                    score = score_src[indices[e], h] + score_dst[i, h]
                    score = score if score > 0 else slope * score
                    alpha[e, h] = score + score_edge[e, h] if len(score_edge) else score
            _softmax_row(alpha, start, end)
            _aggregate_row(indices, start, end, alpha, z, out[i])
    return out, alpha


@_jit
def gat_backward_rows(  # type: ignore[no-untyped-def]
    indptr, indices, z, score_src, score_dst, score_edge, slope, alpha, out, grad
):
    """Sum over the edges of each row what flows back into ``gat_forward``.

    Takes its arguments, its results and the gradient ``grad [B, H, C]`` of its output. Returns
    the gradients of each edge's score before the leaky ReLU ``[E, H]``, of ``score_dst`` and of
    ``score_edge``.
    """
    heads = z.shape[1]
    grad_score = np.empty_like(alpha)
    grad_edge = np.empty_like(score_edge)
    grad_dst = np.zeros_like(score_dst)
    for run in prange(RUNS):
        for i in range(_run_start(indptr, run), _run_start(indptr, run + 1)):
            for h in range(heads):
                mean = _dot(grad[i, h], out[i, h])
                for e in range(indptr[i], indptr[i + 1]):
                    j = indices[e]
                    value = alpha[e, h] * (_dot(grad[i, h], z[j, h]) - mean)
                    if len(score_edge):
                        grad_edge[e, h] = value
                    if score_src[j, h] + score_dst[i, h] <= 0:
                        value *= slope
                    grad_score[e, h] = value
                    grad_dst[i, h] += value
    return grad_score, grad_dst, grad_edge


@_jit
def gat_backward_sources(  # type: ignore[no-untyped-def]
    indptr, dst, edge, alpha, grad_score, grad
):
    """Sum over the edges of each source what flows back into ``gat_forward``.

    Takes the edges grouped by source, ``alpha`` and ``grad_score`` in the order of the rows
    ``[E, H]``, and the gradient of the output. Returns the gradients of ``z`` and ``score_src``.
    """
    heads = alpha.shape[1]
    grad_z = np.zeros((len(indptr) - 1, heads, grad.shape[2]), grad.dtype)
    grad_src = np.zeros((len(indptr) - 1, heads), grad.dtype)
    for run in prange(RUNS):
        for j in range(_run_start(indptr, run), _run_start(indptr, run + 1)):
            for t in range(indptr[j], indptr[j + 1]):
                i, e = dst[t], edge[t]
                for h in range(heads):
                    grad_src[j, h] += grad_score[e, h]
                    share = alpha[e, h]
                    for c in range(grad.shape[2]):
                        grad_z[j, h, c] += share * grad[i, h, c]
    return grad_z, grad_src


@_jit
def gatv2_forward(  # type: ignore[no-untyped-def]
    indptr, indices, z_src, z_dst, att, score_edge, slope
):
    """GATv2: ``z_src [S, H, C]``, ``z_dst [B, H, C]`` -> ``[B, H, C]``, weights ``[E, H]``.

    ``score_edge [E, H]`` is added to the scores; it may be empty ``[0, 0]``.
    """
    heads, channels = att.shape
    width = heads * channels
    sources, flat_att = z_src.reshape(len(z_src), width), att.reshape(width)
    out = np.zeros((len(indptr) - 1, heads, channels), z_src.dtype)
    alpha = np.empty((len(indices), heads), z_src.dtype)
    for run in prange(RUNS):
        products = np.empty(width, z_src.dtype)
        for i in range(_run_start(indptr, run), _run_start(indptr, run + 1)):
            start, end = indptr[i], indptr[i + 1]
            query = z_dst[i].reshape(width)
            for e in range(start, end):
                _ask_ahead(sources, indices, e)
                source = sources[indices[e]]
                for k in range(width):
                    u = source[k] + query[k]
                    products[k] = flat_att[k] * (u if u > 0 else slope * u)
                _sum_heads(products, alpha[e])
                if len(score_edge):
                    for h in range(heads):
                        alpha[e, h] += score_edge[e, h]
            _softmax_row(alpha, start, end)
            _aggregate_row(indices, start, end, alpha, z_src, out[i])
    return out, alpha


@_jit
def gatv2_backward_rows(  # type: ignore[no-untyped-def]
    indptr, indices, z_src, z_dst, att, slope, alpha, out, grad
):
    """Sum over the edges of each row what flows back into ``gatv2_forward``.

    Takes its arguments, its results and the gradient ``grad [B, H, C]`` of its output. Returns
    the gradients of each edge's score ``[E, H]``, of ``z_dst``, and of ``att`` by run
    ``[RUNS, H, C]``.
    """
    heads, channels = att.shape
    width = heads * channels
    sources = z_src.reshape(len(z_src), width)
    grad_score = np.empty_like(alpha)
    grad_dst = np.zeros_like(z_dst)
    grad_att = np.zeros((RUNS, heads, channels), z_src.dtype)
    for run in prange(RUNS):
        products, mean = np.empty(width, z_src.dtype), np.empty(heads, z_src.dtype)
        for i in range(_run_start(indptr, run), _run_start(indptr, run + 1)):
            above = grad[i].reshape(width)
            for h in range(heads):
                mean[h] = _dot(grad[i, h], out[i, h])
            for e in range(indptr[i], indptr[i + 1]):
                _ask_ahead(sources, indices, e)
                source = sources[indices[e]]
                for k in range(width):
                    products[k] = above[k] * source[k]
                _sum_heads(products, grad_score[e])
                for h in range(heads):
                    value = alpha[e, h] * (grad_score[e, h] - mean[h])
                    grad_score[e, h], lower = value, slope * value
                    key, query = z_src[indices[e], h], z_dst[i, h]
                    into_dst, into_att = grad_dst[i, h], grad_att[run, h]
                    for c in range(channels):
                        u = key[c] + query[c]
                        step = value if u > 0 else lower
                        into_dst[c] += step
                        into_att[c] += step * u
            for h in range(heads):
                for c in range(channels):
                    grad_dst[i, h, c] *= att[h, c]
    return grad_score, grad_dst, grad_att


@_jit
def gatv2_backward_sources(  # type: ignore[no-untyped-def]
    indptr, dst, edge, z_src, z_dst, att, slope, alpha, grad_score, grad
):
    """Sum over the edges of each source what flows back into ``gatv2_forward``.

    Takes the edges grouped by source, the arguments of ``gatv2_forward``, ``alpha`` and
    ``grad_score`` in the order of the rows ``[E, H]``, and the gradient of the output. Returns
    the gradient of ``z_src``.
    """
    heads, channels = att.shape
    width = heads * channels
    queries, above = z_dst.reshape(len(z_dst), width), grad.reshape(len(grad), width)
    out = np.zeros_like(z_src)
    for run in prange(RUNS):
        for j in range(_run_start(indptr, run), _run_start(indptr, run + 1)):
            for t in range(indptr[j], indptr[j + 1]):
                _ask_ahead(queries, dst, t)
                _ask_ahead(above, dst, t)
                _ask_ahead(alpha, edge, t)
                _ask_ahead(grad_score, edge, t)
                i, e = dst[t], edge[t]
                for h in range(heads):
                    share, upper = alpha[e, h], grad_score[e, h]
                    lower = slope * upper
                    key, query, pull = z_src[j, h], z_dst[i, h], grad[i, h]
                    into, weight = out[j, h], att[h]
                    for c in range(channels):
                        step = upper if key[c] + query[c] > 0 else lower
                        into[c] += share * pull[c] + step * weight[c]
    return out
