"""A model without messages over features that were spread along the edges once, before training."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.post_input import NodeInput
from gnn_emotion.schema.blocks import spread_names
from gnn_emotion.schema.graph import EDGE_NAMES, OWN_MEDIA


class SpreadMLP(nn.Module):
    """h + MLP(h || W_1 x_1 || W_2 x_2 || ...) of what each operator spread to a post.

    SIGN (Frasca et al. 2020, "SIGN: Scalable Inception Graph Neural Networks"), after SGC (Wu et
    al. 2019, "Simplifying Graph Convolutional Networks"): each operator has a linear layer of its
    own. A post to which an operator spread nothing has a learned state in its place.

    Args:
        config: the shape; see ``spread_names`` for its operators.

    Shapes:
        ``h [B, D]``; by operator, ``x [B, D_in]`` and ``present [B]`` -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        names = spread_names(config.relations, config.hops)
        self.inputs = nn.ModuleDict({name: NodeInput(kind, config) for name, kind in names.items()})
        width = config.hidden_channels
        self.join = nn.Sequential(
            nn.Linear(width * (1 + len(names)), width),
            nn.LayerNorm(width),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(width, width),
        )
        self.modality_dropout = config.modality_dropout

    def forward(self, h: Tensor, x: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Join what there is; operators that are not given spread nothing."""
        states = [h]
        for name, project in self.inputs.items():
            if name in x:
                states.append(project(x[name], self._seen(name, present[name])))
            else:
                assert isinstance(project, NodeInput)
                states.append(project.absent.expand_as(h))
        joined: Tensor = self.join(torch.cat(states, dim=1))
        return h + joined

    def _seen(self, name: str, present: Tensor) -> Tensor:
        # Having pictures must not itself stand for a label; see `ContextLayer`.
        if self.training and EDGE_NAMES.get(name) in OWN_MEDIA:
            return present & (torch.rand(len(present)) >= self.modality_dropout).to(present.device)
        return present
