"""The weights of a graph convolution, prepared once for a graph."""

from __future__ import annotations

import torch
from torch import Tensor

from gnn_emotion.kernels.csr import CSR


def gcn_weights(csr: CSR, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return the values of D^-1/2 A D^-1/2 (Kipf & Welling 2017), to hand to ``spmm``.

    Args:
        csr: B rows over as many sources, with the self-loops that are wanted.
        dtype: of the weights.

    Returns:
        ``[E]``; zero where the source has no edges of its own.

    Raises:
        ValueError: there are not as many sources as rows.
    """
    if csr.num_src != csr.num_dst:
        raise ValueError(
            f"the graph has {csr.num_dst} rows over {csr.num_src} sources, expected as many"
        )
    scale = csr.degree.double().rsqrt().masked_fill(csr.degree == 0, 0)
    return (scale[csr.rows] * scale[csr.indices]).to(dtype)
