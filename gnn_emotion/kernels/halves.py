"""Let an operator that computes in float32 take halves.

The processor has no arithmetic in float16 and bfloat16, and a sum in them would lose what is small
beside it. Tensors are converted whole: the kernels read a source once for each of its edges, so
that converting as they read would convert it as often.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor

HALVES = (torch.float16, torch.bfloat16)


def in_float32(operator: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Wrap an operator so that halves are computed in float32 and rounded once, at the end.

    Args:
        operator: takes tensors of one floating dtype, returns one of it.
    """

    @wraps(operator)
    def widened(*args: Any) -> Tensor:
        dtype = next((a.dtype for a in args if _is_half(a)), None)
        if dtype is None:
            return operator(*args)
        return operator(*(a.float() if _is_half(a) else a for a in args)).to(dtype)

    return widened


def _is_half(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype in HALVES
