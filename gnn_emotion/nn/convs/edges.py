"""The edges that a convolution passes messages along, with a score each where time matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from gnn_emotion.kernels import CSR, gat_aggregate, spmm
from gnn_emotion.schema.blocks import UNKNOWN_DELAY, Adjacency
from gnn_emotion.schema.graph import EdgeType

#: A relation is given at least so many sources, some of them twice: a product of matrices is
#: rounded otherwise for a few rows alone, and a post would be judged a little otherwise by the
#: company that it is scored in.
_FEWEST = 64


@dataclass(frozen=True)
class ScoredEdges:
    """Edges of one relation into B posts.

    Attributes:
        sources: rows ``[S]``, among the nodes of their type, of the sources that are heard. Each
            relation has its own: what all relations together hear would be projected for each.
        csr: B rows over these S sources.
        score: logarithm of what each edge counts beside what a convolution makes of its ends, for
            each head ``[E, H]`` (means have one); None for all the same.
    """

    sources: Tensor
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


def scored(edges: Adjacency, device: torch.device, times: nn.ModuleDict, name: str) -> ScoredEdges:
    """Bring the edges of a block to a device, and score them by their time.

    Args:
        edges: incoming edges of B posts.
        device: where to.
        times: an ``EdgeTime`` for each relation whose time matters.
        name: the relation.

    Raises:
        ValueError: the edges do not say how long they took.
    """
    indices, heard = pd.factorize(edges.indices)
    if 0 < len(heard) < _FEWEST:
        heard = np.resize(heard, _FEWEST)
    sources, indptr, places = (
        torch.from_numpy(array).to(device) for array in (heard, edges.indptr, indices)
    )
    csr = CSR(indptr, places, len(heard))
    if name not in times:
        return ScoredEdges(sources, csr)
    if edges.delay is None:
        raise ValueError(
            f"the model hears edge times, but the edges of {name} have none; expected them of a "
            "loader made with edge_time"
        )
    return ScoredEdges(sources, csr, times[name](torch.from_numpy(edges.delay).long().to(device)))


def heard_states(
    h_dict: Mapping[str, Tensor], edges: Mapping[EdgeType, ScoredEdges]
) -> dict[EdgeType, Tensor]:
    """Take the states that each relation hears.

    Args:
        h_dict: states of the nodes of each type ``[N, D]``.
        edges: by edge type.

    Returns:
        States of the sources ``[S, D]`` by edge type.
    """
    found: dict[EdgeType, Tensor] = {}
    for node_type in dict.fromkeys(edge_type[0] for edge_type in edges):
        rows = {kind: along.sources for kind, along in edges.items() if kind[0] == node_type}
        # All at once: each selection has a gradient as long as the states.
        taken = h_dict[node_type].index_select(0, torch.cat(list(rows.values())))
        found.update(zip(rows, taken.split([len(at) for at in rows.values()]), strict=True))
    return found


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
