"""The known labels around a post as an input of its classifier."""

from __future__ import annotations

from torch import Tensor, nn

from gnn_emotion.nn.config import ModelConfig

#: What label contexts are called among the inputs of a batch.
LABELS = "labels"


class LabelInput(nn.Module):
    """Known labels of neighbours, to direct logits and to the state.

    Training labels as inputs, as in "Masked Label Prediction" (Shi et al. 2021, UniMP), but one
    step far. The direct logits begin at zero.

    Shapes:
        ``context [B, R * (K + 1)]`` -> logits ``[B, K]`` and state ``[B, D]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        classes = len(config.labels)
        width = len(config.label_relations) * (classes + 1)
        self.skip = nn.Linear(width, classes, bias=False)
        self.lin = nn.Linear(width, config.hidden_channels)
        self.dropout = nn.Dropout(config.dropout)
        nn.init.zeros_(self.skip.weight)

    def forward(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """Read the labels around each post."""
        return self.skip(context), self.dropout(nn.functional.gelu(self.lin(context)))
