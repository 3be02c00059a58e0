"""Message passing along one relation, source nodes to posts."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gnn_emotion.kernels import CSR, gat_aggregate, gatv2_aggregate, spmm
from gnn_emotion.nn.config import ModelConfig


class RelationGCN(nn.Module):
    """Mean of the transformed neighbours.

    The relational graph convolution with the normalisation 1/|N_r(i)| (Schlichtkrull et al. 2018,
    "Modeling Relational Data with Graph Convolutional Networks"), which is what GCN's symmetric
    normalisation (Kipf & Welling 2017) becomes on a bipartite relation.

    Shapes:
        ``h_src [S, D]``, ``h_dst [B, D]``, ``csr`` of B rows over S sources -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.hidden_channels
        self.lin = nn.Linear(width, width, bias=False)

    def forward(self, h_src: Tensor, h_dst: Tensor, csr: CSR) -> Tensor:
        """Aggregate; rows without neighbours are zero."""
        return spmm(csr, self.lin(h_src), reduce="mean")


class RelationGAT(nn.Module):
    """Attention over the neighbours (Velickovic et al. 2018), with H heads of C = D / H channels.

    Shapes:
        ``h_src [S, D]``, ``h_dst [B, D]``, ``csr`` of B rows over S sources -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, width = config.heads, config.hidden_channels
        self.lin_src = nn.Linear(width, width, bias=False)
        self.lin_dst = nn.Linear(width, width, bias=False)
        self.att_src = nn.Parameter(_glorot(self.heads, width // self.heads))
        self.att_dst = nn.Parameter(_glorot(self.heads, width // self.heads))

    def forward(self, h_src: Tensor, h_dst: Tensor, csr: CSR) -> Tensor:
        """Aggregate; rows without neighbours are zero."""
        z_src = self.lin_src(h_src).unflatten(1, (self.heads, -1))
        score_src = h_src @ _score_weight(self.lin_src, self.att_src)
        score_dst = h_dst @ _score_weight(self.lin_dst, self.att_dst)
        return gat_aggregate(csr, z_src, score_src, score_dst).flatten(1)


class RelationGATv2(nn.Module):
    """Dynamic attention (Brody et al. 2022, "How Attentive are Graph Attention Networks?").

    Shapes:
        ``h_src [S, D]``, ``h_dst [B, D]``, ``csr`` of B rows over S sources -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, width = config.heads, config.hidden_channels
        self.lin_src = nn.Linear(width, width)
        self.lin_dst = nn.Linear(width, width)
        self.att = nn.Parameter(_glorot(self.heads, width // self.heads))

    def forward(self, h_src: Tensor, h_dst: Tensor, csr: CSR) -> Tensor:
        """Aggregate; rows without neighbours are zero."""
        z_src = self.lin_src(h_src).unflatten(1, (self.heads, -1))
        z_dst = self.lin_dst(h_dst).unflatten(1, (self.heads, -1))
        return gatv2_aggregate(csr, z_src, z_dst, self.att).flatten(1)


CONV_CLASSES: dict[str, type[nn.Module]] = {
    "gcn": RelationGCN,
    "gat": RelationGAT,
    "gatv2": RelationGATv2,
}


def _score_weight(lin: nn.Linear, att: Tensor) -> Tensor:
    """Merge a projection and its attention vectors ``[H, C]``, both linear, into one ``[D, H]``."""
    weight = lin.weight.unflatten(0, att.shape)
    return torch.einsum("hcd,hc->dh", weight, att)


def _glorot(*shape: int) -> Tensor:
    bound = math.sqrt(6 / sum(shape))
    return torch.empty(*shape).uniform_(-bound, bound)
