"""Start Triton kernels: on which device, with how large a tile, and where parts of rows go."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from gnn_emotion.kernels.triton_blocks import MERGED_COLUMNS, merge_averages, merge_sums
from gnn_emotion.kernels.triton_pieces import Side

# Elements of a tile that one warp holds: 32 registers a thread, and up to three tiles at a time.
_PER_WARP = 1024
# Channels, of all heads of a program, that one warp sums: 8 registers a thread for each sum.
_SUMS_PER_WARP = 256


def run(
    kernel: Any,
    side: Side,
    like: Tensor,
    *args: Tensor | int | None,
    programs: int | None = None,
    **constants: float,
) -> None:
    """Run a kernel on the pieces of rows and the blocks of heads.

    Args:
        kernel: takes ``side``, ``args``, numbers of heads and channels, and the sizes of a tile.
        side: the pieces and their edges.
        like: has the dtype, heads and channels of the features ``[..., H, C]``.
        args: further arguments of the kernel.
        programs: how many share the pieces; one for each without it.
        constants: what else the kernel is compiled for.
    """
    heads, channels = like.shape[-2:]
    sizes = _tile(heads, channels)
    count = len(side.pieces.row) if programs is None else programs
    grid = (count, triton.cdiv(heads, sizes["BLOCK_H"]))
    acc = tl.float64 if like.dtype == torch.float64 else tl.float32
    _launch(kernel, grid, *side.args, *args, heads, channels, ACC=acc, **constants, **sizes)


def accumulator(dtype: torch.dtype) -> torch.dtype:
    """Return what sums of a dtype are kept in."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def parts_of(side: Side, like: Tensor) -> Tensor:
    """Make room for the parts of rows that are cut: ``like [B, ...]`` -> ``[slots, ...]``."""
    shape = (side.pieces.num_slots, *like.shape[1:])
    return torch.empty(shape, dtype=accumulator(like.dtype), device=like.device)


def add_parts(side: Side, part: Tensor, out: Tensor) -> None:
    """Write the sums of parts ``[slots, ...]`` to their rows of ``out [B, ...]``."""
    pieces, width = side.pieces, part.shape[1:].numel()
    grid = (len(pieces.long_row), triton.cdiv(width, MERGED_COLUMNS))
    sizes = {"BLOCK_E": _PER_WARP // MERGED_COLUMNS, "BLOCK_W": MERGED_COLUMNS, "num_warps": 1}
    _launch(merge_sums, grid, pieces.long_row, pieces.long_slot, part, out, width, **sizes)


def average_parts(side: Side, part: Tensor, part_lse: Tensor, out: Tensor, lse: Tensor) -> None:
    """Write the averages of parts to their rows of ``out [B, H, C]`` and ``lse [B, H]``."""
    heads, channels = out.shape[1:]
    pieces, sizes = side.pieces, _tile(heads, channels)
    grid = (len(pieces.long_row), triton.cdiv(heads, sizes["BLOCK_H"]))
    tensors = (pieces.long_row, pieces.long_slot, part, part_lse, out, lse)
    acc = tl.float64 if out.dtype == torch.float64 else tl.float32
    _launch(merge_averages, grid, *tensors, heads, channels, ACC=acc, **sizes)


def _tile(heads: int, channels: int) -> dict[str, int]:
    """Return the sizes of a tile, all powers of two, and the number of warps that hold it.

    They are fixed, not tuned at run time: a tuned size would change the order of sums, and with it
    the bytes of a result, from run to run.
    """
    block_c = triton.next_power_of_2(max(channels, 1))
    block_h = max(1, min(triton.next_power_of_2(max(heads, 1)), _SUMS_PER_WARP // block_c))
    warps = min(8, max(1, block_c // _SUMS_PER_WARP))
    block_e = min(32, max(1, warps * _PER_WARP // (block_c * block_h)))
    return {"BLOCK_E": block_e, "BLOCK_H": block_h, "BLOCK_C": block_c, "num_warps": warps}


def _launch(kernel: Any, grid: tuple[int, int], *args: Any, **constants: Any) -> None:
    if all(grid):
        with torch.cuda.device_of(args[0]):  # Triton takes the current one
            kernel[grid](*args, **constants)
