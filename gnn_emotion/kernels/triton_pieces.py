"""Work of about equal size for GPU programs, however uneven the rows are.

A post that a million others hear from would keep one program busy long after all others are done.
Rows with more than ``PIECE`` edges are therefore cut into pieces; each piece leaves a partial
result in a slot of its own, and a second, small kernel merges the slots of a row. The cut depends
on the rows alone and slots are merged in order, so that every run gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from gnn_emotion.kernels.csr import CSR, Transpose

#: Most edges that one program sums. A piece this long takes some tens of microseconds on a GPU.
PIECE = 512


@dataclass(frozen=True, eq=False)
class Pieces:
    """Rows cut into P pieces in order, L of the rows into more than one.

    Attributes:
        row: row of each piece ``[P]``; rows without edges have a piece too.
        start: where the edges of each piece start, and those of the last end ``[P + 1]``.
        slot: place of the partial result of each piece ``[P]``; -1 for a row in one piece.
        long_row: the rows cut into several pieces ``[L]``.
        long_slot: where the slots of each of these start, and those of the last end ``[L + 1]``.
        num_slots: number of partial results.
    """

    row: Tensor
    start: Tensor
    slot: Tensor
    long_row: Tensor
    long_slot: Tensor
    num_slots: int


@dataclass(frozen=True, eq=False)
class Side:
    """Edges grouped by the end into which a pass sums them.

    Attributes:
        pieces: the groups.
        other: node at the other end of each edge ``[E]``.
        edge: position of each edge in the rows ``[E]``; None where they lie in that order.
    """

    pieces: Pieces
    other: Tensor
    edge: Tensor | None

    @property
    def args(self) -> tuple[Tensor | None, ...]:
        """What every kernel takes first."""
        return self.pieces.row, self.pieces.start, self.pieces.slot, self.other, self.edge


def by_destination(csr: CSR) -> Side:
    """Group the edges by destination, as they lie."""
    return Side(_kept(csr, PIECE), csr.indices, None)


def by_source(csr: CSR) -> Side:
    """Group the edges by source."""
    return Side(_kept(csr.transpose, PIECE), csr.transpose.dst, csr.transpose.edge)


def cut(indptr: Tensor, size: int) -> Pieces:
    """Cut rows into pieces of at most ``size`` edges.

    Args:
        indptr: where the edges of each row start ``[B + 1]``.
        size: most edges of a piece, at least 1.
    """
    count = ((indptr.diff() + size - 1) // size).clamp(min=1)
    total = int(count.sum())
    every = torch.arange(len(count), device=indptr.device)
    row = every.repeat_interleave(count, output_size=total)
    nth = torch.arange(total, device=indptr.device) - (count.cumsum(0) - count)[row]
    start = torch.cat([indptr[:-1][row] + nth * size, indptr[-1:]])
    is_long = count > 1
    in_slot = is_long[row]
    slot = torch.where(in_slot, in_slot.cumsum(0) - 1, -1)
    (long_row,) = is_long.nonzero(as_tuple=True)
    long_slot = torch.cat([count.new_zeros(1), count[long_row].cumsum(0)])
    row, start, slot, long_row = (t.to(indptr) for t in (row, start, slot, long_row))
    return Pieces(row, start, slot, long_row, long_slot.to(indptr), int(long_slot[-1]))


# Kept as long as the rows are, by the size of a piece.
_plans: WeakKeyDictionary[CSR | Transpose, dict[int, Pieces]] = WeakKeyDictionary()


def _kept(rows: CSR | Transpose, size: int) -> Pieces:
    plans = _plans.setdefault(rows, {})
    if size not in plans:
        plans[size] = cut(rows.indptr, size)
    return plans[size]
