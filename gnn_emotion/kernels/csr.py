"""Incoming edges of B destinations over S sources, in compressed sparse rows.

Prepared once and handed to every operator: the checks run when it is made, and what the backward
passes need (the destination of each edge, the edges grouped by source) is computed on first use
and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Transpose:
    """The same edges grouped by source; within a source in the order of the rows.

    Attributes:
        indptr: where the edges of each source start ``[S + 1]``.
        dst: destination of each edge ``[E]``.
        edge: position of each edge in the rows ``[E]``.
    """

    indptr: Tensor
    dst: Tensor
    edge: Tensor


@dataclass(frozen=True, eq=False)
class CSR:
    """A sparse matrix without values: row i lists the sources that destination i hears from.

    Both arrays have one dtype: torch's own CSR and cuSPARSE take no other, and each further pair
    would be compiled anew. int32 takes half the memory where E is below 2^31.

    Attributes:
        indptr: where the edges of each destination start ``[B + 1]``, int32 or int64, from 0 to E.
        indices: source of each edge ``[E]``, of the same dtype, in ``[0, num_src)``.
        num_src: number of sources S.

    Raises:
        ValueError: the arrays are not of that kind.
    """

    indptr: Tensor
    indices: Tensor
    num_src: int

    def __post_init__(self) -> None:
        for name, values in (("indptr", self.indptr), ("indices", self.indices)):
            if values.dtype not in (torch.int32, torch.int64) or values.ndim != 1:
                raise ValueError(
                    f"{name} is {values.dtype} of shape {list(values.shape)}, "
                    "expected int32 or int64 [N]"
                )
        if self.indptr.dtype != self.indices.dtype:
            raise ValueError(
                f"indptr is {self.indptr.dtype}, indices are {self.indices.dtype}, "
                "expected one dtype; convert one of them with .to()"
            )
        if self.indptr.device != self.indices.device:
            raise ValueError(
                f"indptr is on {self.indptr.device}, indices on {self.indices.device}, "
                "expected one device"
            )
        _check_indptr(self.indptr, len(self.indices))
        _check_indices(self.indices, self.num_src)

    @property
    def num_dst(self) -> int:
        """Number of destinations B."""
        return len(self.indptr) - 1

    @property
    def num_edges(self) -> int:
        """Number of edges E."""
        return len(self.indices)

    @cached_property
    def degree(self) -> Tensor:
        """Number of edges of each destination ``[B]``."""
        return self.indptr.diff()

    @cached_property
    def rows(self) -> Tensor:
        """Destination of each edge ``[E]``."""
        every = torch.arange(self.num_dst, dtype=self.indptr.dtype, device=self.indptr.device)
        return every.repeat_interleave(self.degree, output_size=self.num_edges)

    @cached_property
    def transpose(self) -> Transpose:
        """The edges grouped by source, which is how gradients of sources are summed."""
        if self.indices.is_cuda:
            return transpose_by_sorting(self)
        # Counting, as scipy does, is ten times as fast as a stable sort by source.
        arrays = (t.cpu().numpy() for t in (self.indices, self.indptr))
        shape = (self.num_dst, self.num_src)
        edge = torch.arange(self.num_edges, dtype=self.indices.dtype).numpy()
        by_src = csr_array((edge, *arrays), shape=shape).tocsc()
        parts = (by_src.indptr, by_src.indices, by_src.data)
        return Transpose(*(torch.from_numpy(p).to(self.indices) for p in parts))


def transpose_by_sorting(csr: CSR) -> Transpose:
    """Compute ``csr.transpose`` where the edges are: on a GPU, sorting is cheaper than leaving."""
    src, edge = csr.indices.sort(stable=True)
    every = torch.arange(csr.num_src + 1, dtype=src.dtype, device=src.device)
    parts = (torch.searchsorted(src, every), csr.rows[edge], edge)
    return Transpose(*(part.to(src.dtype) for part in parts))


def join_rows(parts: Sequence[CSR]) -> tuple[CSR, Tensor]:
    """Set matrices with the same destinations side by side: each row gets the edges of all.

    Args:
        parts: P matrices of B rows, in the order in which a row gets their edges.

    Returns:
        B rows over the sources of all parts, one part after the other, in int64 unless all parts
        are of int32 and the numbers fit; and for each edge its place among the edges of the parts,
        one part after the other ``[E]``, int64.

    Raises:
        ValueError: there are no parts, or they have other numbers of rows.
    """
    if len({part.num_dst for part in parts}) != 1:
        raise ValueError(f"parts have {[p.num_dst for p in parts]} rows, expected one number")
    degree = torch.stack([part.degree.long() for part in parts])
    indptr = torch.cat([degree.new_zeros(1), degree.sum(0).cumsum(0)])
    # From the place of an edge in its part to its place among all.
    shift = indptr[:-1] + degree.cumsum(0) - degree - torch.stack([p.indptr[:-1] for p in parts])
    own = [torch.arange(part.num_edges).to(indptr) for part in parts]
    place = torch.cat([s[p.rows] + at for s, p, at in zip(shift, parts, own, strict=True)])
    order = torch.empty_like(place)
    order[place] = torch.arange(len(place)).to(place)
    starts = np.cumsum([0, *(p.num_src for p in parts)]).tolist()
    indices = [p.indices.long() + start for p, start in zip(parts, starts[:-1], strict=True)]
    dtype = _narrowest(parts, max(starts[-1], len(place)))
    return CSR(indptr.to(dtype), torch.cat(indices)[order].to(dtype), starts[-1]), order


def _narrowest(parts: Sequence[CSR], largest: int) -> torch.dtype:
    narrow = all(p.indices.dtype == torch.int32 for p in parts)
    return torch.int32 if narrow and largest <= torch.iinfo(torch.int32).max else torch.int64


def _check_indptr(indptr: Tensor, num_edges: int) -> None:
    if not len(indptr) or indptr[0] != 0 or indptr[-1] != num_edges:
        ends = indptr[[0, -1]].tolist() if len(indptr) else "empty"
        raise ValueError(f"indptr has the ends {ends}, expected 0 and the {num_edges} edges")
    falls = (indptr[1:] < indptr[:-1]).nonzero()
    if len(falls):
        at = int(falls[0])
        raise ValueError(
            f"indptr falls from {indptr[at]} to {indptr[at + 1]} at row {at}, expected no fall"
        )


def _check_indices(indices: Tensor, num_src: int) -> None:
    if not len(indices):
        return
    low, high = (int(v) for v in indices.aminmax())
    if low < 0 or high >= num_src:
        raise ValueError(f"indices run from {low} to {high}, expected 0 to {num_src - 1}")
