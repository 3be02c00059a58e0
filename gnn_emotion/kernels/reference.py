"""The operators in plain PyTorch: the definition that every fast path is compared with.

Each function keeps ``[E, H, C]`` intermediates; autograd gives the backward pass.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

from gnn_emotion.kernels.csr import CSR
from gnn_emotion.kernels.halves import in_float32


@in_float32
def spmm(csr: CSR, x: Tensor, weight: Tensor | None, mean: bool) -> Tensor:
    """Sum (or mean) of ``weight * x`` over the edges of each row ``[B, D]``."""
    messages = x[csr.indices]
    if weight is not None:
        messages = messages * weight[:, None]
    total = _row_sum(csr, messages)
    return total / csr.degree.clamp(min=1)[:, None] if mean else total


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
    alpha = gat_attention(csr, score_src, score_dst, score_edge, negative_slope)
    return _row_sum(csr, alpha[..., None] * z_src[csr.indices])


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
    alpha = gatv2_attention(csr, z_src, z_dst, att, score_edge, negative_slope)
    return _row_sum(csr, alpha[..., None] * z_src[csr.indices])


@in_float32
def gat_attention(
    csr: CSR,
    score_src: Tensor,
    score_dst: Tensor,
    score_edge: Tensor | None,
    negative_slope: float,
) -> Tensor:
    """Softmax over rows of ``leaky_relu(score_src[j] + score_dst[i]) + score_edge`` ``[E, H]``."""
    score = leaky_relu(score_src[csr.indices] + score_dst[csr.rows], negative_slope)
    return _row_softmax(csr, score if score_edge is None else score + score_edge)


@in_float32
def gatv2_attention(
    csr: CSR,
    z_src: Tensor,
    z_dst: Tensor,
    att: Tensor,
    score_edge: Tensor | None,
    negative_slope: float,
) -> Tensor:
    """Softmax over rows of ``att . leaky_relu(z_src[j] + z_dst[i]) + score_edge`` ``[E, H]``."""
    z = leaky_relu(z_src[csr.indices] + z_dst[csr.rows], negative_slope)
    score = (z * att).sum(-1)
    return _row_softmax(csr, score if score_edge is None else score + score_edge)


def _row_sum(csr: CSR, values: Tensor) -> Tensor:
    total = values.new_zeros(csr.num_dst, *values.shape[1:])
    return total.index_add(0, csr.rows, values)


def _row_softmax(csr: CSR, score: Tensor) -> Tensor:
    # The largest score is subtracted so that exp cannot overflow; its gradient cancels out.
    at = csr.rows.long()[:, None].expand_as(score)  # scatter takes no other
    top = score.new_full((csr.num_dst, score.shape[1]), -torch.inf)
    top = top.scatter_reduce(0, at, score.detach(), "amax")
    share = torch.exp(score - top[csr.rows])
    return share / _row_sum(csr, share)[csr.rows]
