"""What nodes bring before they hear from others, and what posts bring that only they hear.

The words of a post are passed on to those who answer it. Everything else that it carries speaks
for the post alone: a picture that is taken away changes no other post.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.fusion import Fused, make_fusion
from gnn_emotion.nn.modalities import ModalityDropout

#: What the words of a post are called among its modalities.
TEXT = "post"


class NodeInput(nn.Module):
    """The first state of a node: its features, projected; absent nodes get a learned state.

    Shapes:
        ``x [N, D_in]``, ``present [N]`` -> ``[N, D]``.
    """

    def __init__(self, name: str, config: ModelConfig) -> None:
        super().__init__()
        self.lin = nn.Linear(config.width(name), config.hidden_channels)
        self.absent = nn.Parameter(torch.zeros(config.hidden_channels))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Project."""
        h = nn.functional.gelu(self.lin(self.dropout(x)))
        return torch.where(present[:, None], h, self.absent)


@dataclass(frozen=True)
class Content:
    """What posts say by themselves.

    Attributes:
        logits: ``[B, K]``.
        fused: the fusion of their modalities; None where words are all there is.
        present: which modalities each post was seen with ``[B]``, by modality.
    """

    logits: Tensor
    fused: Fused | None
    present: Mapping[str, Tensor]


class PostContent(nn.Module):
    """All modalities of a post to direct logits, and to a fused state where there are several.

    The logits are linear in the features of each modality, so that a post without context is
    judged by its own content as a linear model would.

    Shapes:
        ``x`` and ``present`` by modality, ``[B, D_m]`` and ``[B]`` -> ``Content``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        names = (TEXT, *config.modalities)
        widths = {name: config.width(name) for name in names}
        classes = len(config.labels)
        self.skip = nn.ModuleDict({name: nn.Linear(widths[name], classes) for name in names})
        self.hide = ModalityDropout(config.modality_dropout)
        shape = (config.hidden_channels, classes, config.dropout, config.heads)
        several = bool(config.modalities)
        self.fusion = make_fusion(config.fusion, widths, *shape) if several else None

    def forward(self, x: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Content:
        """Fuse what there is of each post."""
        if self.fusion is None:
            return Content(self._direct(x, present), None, present)
        seen = self.hide(present)
        fused = self.fusion(x, seen)
        direct = self._direct(x, seen)
        logits = direct if fused.logits is None else direct + fused.logits
        return Content(logits, fused, seen)

    def _direct(self, x: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        # An absent modality is a row of zeros: it says what the bias says.
        votes = [
            lin(torch.where(present[name][:, None], x[name], 0.0))
            for name, lin in self.skip.items()
        ]
        return torch.stack(votes).sum(dim=0)
