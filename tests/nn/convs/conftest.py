"""Small graphs and states in double precision, for comparisons with PyTorch Geometric."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from hypothesis import strategies as st
from torch import nn

from gnn_emotion.kernels import CSR
from gnn_emotion.nn.convs.edges import ScoredEdges, heard_states
from gnn_emotion.schema.graph import EdgeType

WIDTH, HEADS, CHANNELS = 8, 2, 4
#: Edges of each post along a relation; now and then a hub.
degrees_of = st.lists(st.integers(0, 5) | st.just(40), min_size=1, max_size=6)


def make_csr(degrees: list[int], num_src: int, seed: int = 0) -> CSR:
    """Draw a graph; a hub hears some of its sources more than once."""
    indptr = torch.tensor([0, *degrees]).cumsum(0)
    generator = torch.Generator().manual_seed(seed)
    return CSR(indptr, torch.randint(num_src, (int(indptr[-1]),), generator=generator), num_src)


def make_states(*counts: int, seed: int = 1) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(count, WIDTH, generator=generator, dtype=torch.float64) for count in counts]


def shaken(conv: nn.Module) -> nn.Module:
    """Move the weights of a new convolution, so that none is zero or one by chance."""
    torch.manual_seed(2)
    conv = conv.double()
    with torch.no_grad():
        for weights in conv.parameters():
            weights.add_(torch.randn_like(weights) / 4)
    return conv


def edge_index(csr: CSR) -> torch.Tensor:
    return torch.stack([csr.indices, csr.rows])


def unscored(csrs: Mapping[EdgeType, CSR]) -> dict[EdgeType, ScoredEdges]:
    return {relation: whole(csr) for relation, csr in csrs.items()}


def whole(csr: CSR, score: torch.Tensor | None = None) -> ScoredEdges:
    """Let all nodes be sources, in order."""
    return ScoredEdges(torch.arange(csr.num_src), csr, score)


def hear(
    conv: nn.Module,
    h_dict: Mapping[str, torch.Tensor],
    h_dst: torch.Tensor,
    edges: Mapping[EdgeType, ScoredEdges],
) -> torch.Tensor:
    """Run a convolution on the states of nodes by type, as a layer does."""
    return conv(heard_states(h_dict, edges), h_dst, edges)
