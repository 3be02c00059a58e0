"""The public operators: check the tensors, hand them to the backend asked for.

Tensors are float16, bfloat16, float32 or float64, all of a call of one dtype, which is that of the
result. Halves are accumulated in float32.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gnn_emotion.kernels.checks import check_tensors
from gnn_emotion.kernels.csr import CSR
from gnn_emotion.kernels.dispatch import load


def spmm(
    csr: CSR,
    x: Tensor,
    weight: Tensor | None = None,
    reduce: str = "sum",
    backend: str = "auto",
) -> Tensor:
    """Multiply the sparse matrix by ``x``: the sum or mean of the sources of each destination.

    Args:
        csr: B rows over S sources.
        x: features of the sources ``[S, D]``.
        weight: value of each edge ``[E]``; all one without it.
        reduce: ``"sum"``, or ``"mean"``: the sum over the number of edges of the row.
        backend: ``"auto"``, or a name in ``dispatch.BACKENDS``.

    Returns:
        ``[B, D]``; rows without edges are zero.

    Raises:
        ValueError: a shape, dtype, reduction or backend is not one of those.
        RuntimeError: the backend asked for is not available.
    """
    if reduce not in ("sum", "mean"):
        raise ValueError(f"reduce is {reduce!r}, expected 'sum' or 'mean'")
    weights = {} if weight is None else {"weight": weight}
    shapes = {"x": (csr.num_src, None), "weight": (csr.num_edges,)}
    check_tensors({"x": x} | weights, shapes, csr)
    return load(backend, x.device).spmm(csr, x, weight, reduce == "mean")


def gat_aggregate(
    csr: CSR,
    z_src: Tensor,
    score_src: Tensor,
    score_dst: Tensor,
    negative_slope: float = 0.2,
    backend: str = "auto",
    score_edge: Tensor | None = None,
) -> Tensor:
    """Sum the sources of each destination, weighted by attention (Velickovic et al. 2018).

    The weights of a row are the softmax of ``leaky_relu(score_src[j] + score_dst[i]) +
    score_edge[e]`` over its edges, by head.

    Args:
        csr: B rows over S sources.
        z_src: transformed sources ``[S, H, C]``.
        score_src: the sources' part of the score ``[S, H]``.
        score_dst: the destinations' part of the score ``[B, H]``.
        negative_slope: of the leaky ReLU.
        backend: ``"auto"``, or a name in ``dispatch.BACKENDS``.
        score_edge: what each edge adds to its score ``[E, H]``; nothing without it.

    Returns:
        ``[B, H, C]``; rows without edges are zero.

    Raises:
        ValueError: a shape, dtype or backend is not one of those.
        RuntimeError: the backend asked for is not available.
    """
    _check_gat(csr, {"z_src": z_src}, score_src, score_dst, score_edge)
    return load(backend, z_src.device).gat_aggregate(
        csr, z_src, score_src, score_dst, score_edge, negative_slope
    )


def gatv2_aggregate(
    csr: CSR,
    z_src: Tensor,
    z_dst: Tensor,
    att: Tensor,
    negative_slope: float = 0.2,
    backend: str = "auto",
    score_edge: Tensor | None = None,
) -> Tensor:
    """Sum the sources of each destination, weighted by dynamic attention (Brody et al. 2022).

    The weights of a row are the softmax of ``att . leaky_relu(z_src[j] + z_dst[i]) +
    score_edge[e]`` over its edges, by head.

    Args:
        csr: B rows over S sources.
        z_src: transformed sources ``[S, H, C]``.
        z_dst: transformed destinations ``[B, H, C]``.
        att: attention vector of each head ``[H, C]``.
        negative_slope: of the leaky ReLU.
        backend: ``"auto"``, or a name in ``dispatch.BACKENDS``.
        score_edge: what each edge adds to its score ``[E, H]``; nothing without it.

    Returns:
        ``[B, H, C]``; rows without edges are zero.

    Raises:
        ValueError: a shape, dtype or backend is not one of those.
        RuntimeError: the backend asked for is not available.
    """
    _check_gatv2(csr, z_src, z_dst, att, score_edge)
    return load(backend, z_src.device).gatv2_aggregate(
        csr, z_src, z_dst, att, score_edge, negative_slope
    )


def gat_attention(
    csr: CSR,
    score_src: Tensor,
    score_dst: Tensor,
    negative_slope: float = 0.2,
    backend: str = "auto",
    score_edge: Tensor | None = None,
) -> Tensor:
    """Return the weights ``[E, H]`` of ``gat_aggregate``, in the order of the edges.

    They are for looking at: no gradient flows through them. Arguments and errors are as in
    ``gat_aggregate``.
    """
    _check_gat(csr, {}, score_src, score_dst, score_edge)
    with torch.no_grad():
        return load(backend, score_src.device).gat_attention(
            csr, score_src, score_dst, score_edge, negative_slope
        )


def gatv2_attention(
    csr: CSR,
    z_src: Tensor,
    z_dst: Tensor,
    att: Tensor,
    negative_slope: float = 0.2,
    backend: str = "auto",
    score_edge: Tensor | None = None,
) -> Tensor:
    """Return the weights ``[E, H]`` of ``gatv2_aggregate``, in the order of the edges.

    They are for looking at: no gradient flows through them. Arguments and errors are as in
    ``gatv2_aggregate``.
    """
    _check_gatv2(csr, z_src, z_dst, att, score_edge)
    with torch.no_grad():
        return load(backend, z_src.device).gatv2_attention(
            csr, z_src, z_dst, att, score_edge, negative_slope
        )


def _check_gat(
    csr: CSR,
    sources: Mapping[str, Tensor],
    score_src: Tensor,
    score_dst: Tensor,
    score_edge: Tensor | None,
) -> None:
    heads = score_src.shape[-1]
    shapes = {
        "z_src": (csr.num_src, heads, None),
        "score_src": (csr.num_src, heads),
        "score_dst": (csr.num_dst, heads),
        "score_edge": (csr.num_edges, heads),
    }
    tensors = {**sources, "score_src": score_src, "score_dst": score_dst}
    check_tensors(tensors | _if_given(score_edge), shapes, csr)


def _check_gatv2(
    csr: CSR, z_src: Tensor, z_dst: Tensor, att: Tensor, score_edge: Tensor | None
) -> None:
    heads, channels = att.shape if att.ndim == 2 else (None, None)
    shapes = {
        "att": (heads, channels),
        "z_src": (csr.num_src, heads, channels),
        "z_dst": (csr.num_dst, heads, channels),
        "score_edge": (csr.num_edges, heads),
    }
    tensors = {"att": att, "z_src": z_src, "z_dst": z_dst}
    check_tensors(tensors | _if_given(score_edge), shapes, csr)


def _if_given(score_edge: Tensor | None) -> dict[str, Tensor]:
    return {} if score_edge is None else {"score_edge": score_edge}
