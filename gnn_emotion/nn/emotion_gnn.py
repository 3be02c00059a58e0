"""The classifier: features of a post, plus what its context says, to emotion logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gnn_emotion.kernels import CSR
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.relation_conv import CONV_CLASSES
from gnn_emotion.schema.blocks import Adjacency, Block

#: Added to the logits of labels that a source never names; exp of it is 0 in float32.
_NEVER = -1e4


class NodeProjection(nn.Module):
    """Project the features of a node type; absent nodes get a learned vector.

    Shapes:
        ``x [N, D_in]``, ``present [N]`` -> ``[N, D]``.
    """

    def __init__(self, in_channels: int, config: ModelConfig) -> None:
        super().__init__()
        self.lin = nn.Linear(in_channels, config.hidden_channels)
        self.absent = nn.Parameter(torch.zeros(config.hidden_channels))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Project."""
        h = nn.functional.gelu(self.lin(self.dropout(x)))
        return torch.where(present[:, None], h, self.absent)


class ContextLayer(nn.Module):
    """One layer of messages into posts: h + dropout(gelu(norm(sum over relations))).

    Shapes:
        ``h_dict`` of ``[S, D]`` by node type, a ``Block`` -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        conv = CONV_CLASSES[config.conv]
        self.convs = nn.ModuleDict({"__".join(r): conv(config) for r in config.relations})
        self.norm = nn.LayerNorm(config.hidden_channels)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, h_dict: Mapping[str, Tensor], block: Block) -> Tensor:
        """Pass messages; relations that the block lacks are silent."""
        h_dst = h_dict["post"][: block.num_dst]
        total = torch.zeros_like(h_dst)
        for edge_type, edges in block.relations.items():
            h_src = h_dict[edge_type[0]]
            conv = self.convs["__".join(edge_type)]
            total = total + conv(h_src, h_dst, _csr(edges, len(h_src), h_dst.device))
        return h_dst + self.dropout(nn.functional.gelu(self.norm(total)))


class EmotionGNN(nn.Module):
    """Typed GAT or GCN layers over past context, then a linear classifier.

    The features of a post reach the logits directly as well (a linear skip), so that a post
    without context is judged by its text as the text-only twin (``conv="none"``) would.

    Args:
        config: the shape.
    """

    vocabulary: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        classes = len(config.labels)
        self.project = nn.ModuleDict(
            {name: NodeProjection(width, config) for name, width in config.in_channels.items()}
        )
        self.layers = nn.ModuleList(ContextLayer(config) for _ in range(config.num_layers))
        self.skip = nn.Linear(config.in_channels["post"], classes)
        self.classifier = nn.Linear(config.hidden_channels, classes)
        self.prior = nn.Embedding(len(config.sources), classes)
        nn.init.zeros_(self.prior.weight)
        self.register_buffer("vocabulary", torch.zeros(len(config.sources), classes))

    def limit_sources(self, named: Tensor) -> None:
        """Say which labels each data source ever names; it is silent about the others.

        Emoticons are never neutral: that must not teach that posts with emoticons are not.

        Args:
            named: bool ``[S, K]``.
        """
        self.vocabulary.copy_(torch.where(named, 0.0, _NEVER))

    def source_prior(self, source: Tensor) -> Tensor:
        """Return what to add to logits to answer as data sources ``[B]`` would ``[B, K]``."""
        return self.prior(source) + self.vocabulary[source]

    def forward(
        self,
        x_dict: Mapping[str, Sequence[Tensor]],
        present_dict: Mapping[str, Sequence[Tensor]],
        blocks: Sequence[Block],
    ) -> Tensor:
        """Compute the logits of a batch of posts, without the label prior of any data source.

        Args:
            x_dict: by node type, the features ``[S, D_in]`` of the sources of each block; for
                posts only those of the first (with no blocks: of the seeds).
            present_dict: masks ``[S]``, as ``x_dict``.
            blocks: L blocks, the input layer first.

        Returns:
            Logits ``[B, K]``; add ``source_prior`` to answer as a data source would.
        """
        x_post = x_dict["post"][0]
        h = self.project["post"](x_post, present_dict["post"][0])
        for i, (layer, block) in enumerate(zip(self.layers, blocks, strict=True)):
            h_dict = {
                name: self.project[name](x_dict[name][i], present_dict[name][i])
                for name in block.sources
                if name != "post"
            }
            h = layer(h_dict | {"post": h}, block)
        # Destinations come first among the sources, so the seeds are the first rows throughout.
        seeds = blocks[-1].num_dst if blocks else len(x_post)
        return self.classify(x_post[:seeds], h[:seeds])

    def classify(self, x_post: Tensor, h: Tensor) -> Tensor:
        """Compute logits ``[B, K]`` from features ``[B, D_in]`` and last states ``[B, D]``."""
        return self.skip(x_post) + self.classifier(h)


def _csr(edges: Adjacency, num_src: int, device: torch.device) -> CSR:
    indptr, indices = torch.from_numpy(edges.indptr), torch.from_numpy(edges.indices)
    return CSR(indptr.to(device), indices.to(device), num_src)
