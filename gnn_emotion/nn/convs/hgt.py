"""The heterogeneous graph transformer: one attention over the neighbours of all relations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gnn_emotion.kernels import gat_aggregate, join_rows
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.convs.by_relation import glorot
from gnn_emotion.nn.convs.edges import ScoredEdges
from gnn_emotion.schema.graph import EdgeType


class HGT(nn.Module):
    """Heterogeneous mutual attention with H heads of C = D / H channels.

    Hu et al. 2020, "Heterogeneous Graph Transformer": keys and values by the type of the source,
    queries by that of the destination (always posts), a matrix for the attention and one for the
    message of each relation and head, and a prior mu for each. The score of an edge is
    ``(k_j W_att) . q_i mu / sqrt(C)``; one softmax runs over the edges of all relations of a post.
    The residual is that of ``ContextLayer``.

    Args:
        config: the shape.
        relations: the edge types.

    Shapes:
        ``h_src`` of ``[S, D]`` by edge type, ``h_dst [B, D]``, edges by type -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig, relations: Sequence[EdgeType]) -> None:
        super().__init__()
        self.heads, width = config.heads, config.hidden_channels
        channels = width // self.heads
        sources = sorted({relation[0] for relation in relations})
        names = ["__".join(relation) for relation in relations]
        self.key = nn.ModuleDict({name: nn.Linear(width, width) for name in sources})
        self.value = nn.ModuleDict({name: nn.Linear(width, width) for name in sources})
        self.query = nn.Linear(width, width)
        square = (self.heads, channels, channels)
        self.att = nn.ParameterDict({name: nn.Parameter(glorot(*square)) for name in names})
        self.message = nn.ParameterDict({name: nn.Parameter(glorot(*square)) for name in names})
        self.prior = nn.ParameterDict({n: nn.Parameter(torch.ones(self.heads)) for n in names})
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.bias)  # so that a post without neighbours begins as it is

    def forward(
        self,
        h_src: Mapping[EdgeType, Tensor],
        h_dst: Tensor,
        edges: Mapping[EdgeType, ScoredEdges],
    ) -> Tensor:
        """Pass messages; relations that are not given are silent."""
        if not edges:
            return self.out(torch.zeros_like(h_dst))
        query = self._by_head(self.query(h_dst))
        key = {r: self._by_head(self.key[r[0]](h_src[r])) for r in edges}
        value = {r: self._by_head(self.value[r[0]](h_src[r])) for r in edges}
        score = torch.cat([self._score(key[r], query, r, along) for r, along in edges.items()])
        message = torch.cat([self._message(value[r], r) for r in edges])
        csr, order = join_rows([along.csr for along in edges.values()])
        # Attention whose scores are all given with the edges.
        none = message.new_zeros(len(message), self.heads), query.new_zeros(query.shape[:2])
        heard = gat_aggregate(csr, message, *none, score_edge=score[order])
        return self.out(nn.functional.gelu(heard.flatten(1)))

    def _by_head(self, x: Tensor) -> Tensor:
        return x.unflatten(1, (self.heads, -1))

    def _score(self, key: Tensor, query: Tensor, relation: EdgeType, along: ScoredEdges) -> Tensor:
        """Score the edges of a relation ``[E, H]``."""
        name = "__".join(relation)
        # The matrix is applied to the queries, of which there are fewer than keys.
        asked = torch.einsum("bhd,hcd->bhc", query, self.att[name])
        product = (asked[along.csr.rows] * key[along.csr.indices]).sum(dim=2)
        score = product * self.prior[name] / math.sqrt(key.shape[2])
        return score if along.score is None else score + along.score

    def _message(self, value: Tensor, relation: EdgeType) -> Tensor:
        return torch.einsum("shc,hcd->shd", value, self.message["__".join(relation)])
