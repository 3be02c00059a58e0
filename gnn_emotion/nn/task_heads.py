"""What a model answers beside the emotion, from the same state: polarity and valence."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gnn_emotion.nn.config import TASKS, ModelConfig

POLARITY, VALENCE = "polarity", "valence"


class TaskHeads(nn.Module):
    """Linear heads over the shared state (Caruana 1997, "Multitask Learning").

    Shapes:
        ``state [B, D]`` -> by task, polarity logits ``[B, 3]`` and valence ``[B]`` in [-1, 1].
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = nn.ModuleDict(
            {name: nn.Linear(config.hidden_channels, TASKS[name]) for name in config.tasks}
        )

    def forward(self, state: Tensor) -> dict[str, Tensor]:
        """Answer every task."""
        found = {name: head(state) for name, head in self.heads.items()}
        if VALENCE in found:
            found[VALENCE] = torch.tanh(found[VALENCE]).squeeze(1)
        return found
