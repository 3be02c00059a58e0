"""Check the tensors that are handed to an operator."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gnn_emotion.kernels.csr import CSR

#: What operators take. Sums of the first two are accumulated in float32.
DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def check_tensors(
    tensors: Mapping[str, Tensor], shapes: Mapping[str, tuple[int | None, ...]], csr: CSR
) -> None:
    """Check that tensors fit the rows, and each other.

    Args:
        tensors: by name of the argument.
        shapes: expected shapes by the same names, ``None`` for any size.
        csr: the rows, on whose device the tensors must be.

    Raises:
        ValueError: a shape, dtype or device is another.
    """
    dtype = next(iter(tensors.values())).dtype
    for name, tensor in tensors.items():
        if not _fits(tensor, shapes[name]):
            want = ", ".join("any" if size is None else str(size) for size in shapes[name])
            raise ValueError(f"{name} has the shape {list(tensor.shape)}, expected [{want}]")
        if tensor.dtype not in DTYPES or tensor.dtype != dtype:
            raise ValueError(
                f"{name} is {tensor.dtype}, expected float16, bfloat16, float32 or float64, "
                "the same for all tensors"
            )
        if tensor.device != csr.indices.device:
            raise ValueError(f"{name} is on {tensor.device}, expected {csr.indices.device}")


def _fits(tensor: Tensor, shape: tuple[int | None, ...]) -> bool:
    return tensor.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, tensor.shape, strict=True)
    )
