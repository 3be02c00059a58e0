"""Sparse operators on incoming edges, each one function with several backends.

``reference`` is the definition in plain PyTorch, ``cpu`` the fused kernels that numba compiles,
``triton`` those for a GPU; see ``dispatch``.
"""

from __future__ import annotations

from gnn_emotion.kernels.csr import CSR, Transpose, join_rows
from gnn_emotion.kernels.dispatch import available_backends, choose_backend, last_backend
from gnn_emotion.kernels.gcn import gcn_weights
from gnn_emotion.kernels.operators import (
    gat_aggregate,
    gat_attention,
    gatv2_aggregate,
    gatv2_attention,
    spmm,
)

__all__ = [
    "CSR",
    "Transpose",
    "available_backends",
    "choose_backend",
    "gat_aggregate",
    "gat_attention",
    "gatv2_aggregate",
    "gatv2_attention",
    "gcn_weights",
    "join_rows",
    "last_backend",
    "spmm",
]
