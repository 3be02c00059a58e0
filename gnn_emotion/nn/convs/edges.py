"""The edges that a convolution passes messages along, with a score each where time matters."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gnn_emotion.kernels import CSR, gat_aggregate, spmm
from gnn_emotion.schema.blocks import UNKNOWN_DELAY, Adjacency


@dataclass(frozen=True)
class ScoredEdges:
    """Edges of one relation into B posts.

    Attributes:
        csr: B rows over S sources.
        score: logarithm of what each edge counts beside what a convolution makes of its ends, for
            each head ``[E, H]`` (means have one); None for all the same.
    """

    csr: CSR
    score: Tensor | None = None


class EdgeTime(nn.Module):
    """A learned score for each bucket of the time from a source to its post; zero at first.

    Attention adds it to the score of an edge; a mean weighs each edge by its exponential.

    Shapes:
        ``delay [E]`` -> ``[E, H]``.
    """

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.score = nn.Parameter(torch.zeros(UNKNOWN_DELAY + 1, heads))

    def forward(self, delay: Tensor) -> Tensor:
        """Look the scores up."""
        return self.score[delay]


def scored(
    edges: Adjacency, num_src: int, device: torch.device, times: nn.ModuleDict, name: str
) -> ScoredEdges:
    """Bring the edges of a block to a device, and score them by their time.

    Args:
        edges: incoming edges of B posts.
        num_src: number of sources S.
        device: where to.
        times: an ``EdgeTime`` for each relation whose time matters.
        name: the relation.

    Raises:
        ValueError: the edges do not say how long they took.
    """
    indptr, indices = torch.from_numpy(edges.indptr), torch.from_numpy(edges.indices)
    csr = CSR(indptr.to(device), indices.to(device), num_src)
    if name not in times:
        return ScoredEdges(csr)
    if edges.delay is None:
        raise ValueError(
            f"the model hears edge times, but the edges of {name} have none; expected them of a "
            "loader made with edge_time"
        )
    return ScoredEdges(csr, times[name](torch.from_numpy(edges.delay).long().to(device)))


def neighbour_mean(edges: ScoredEdges, x: Tensor) -> Tensor:
    """Average the sources of each row, weighted by the exponential of the scores.

    Args:
        edges: B rows over S sources; scores of one head.
        x: of the sources ``[S, D]``.

    Returns:
        ``[B, D]``; rows without edges are zero.
    """
    csr = edges.csr
    if edges.score is None:
        return spmm(csr, x, reduce="mean")
    src, dst = x.new_zeros(csr.num_src, 1), x.new_zeros(csr.num_dst, 1)
    return gat_aggregate(csr, x[:, None], src, dst, score_edge=edges.score)[:, 0]
