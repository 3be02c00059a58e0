"""The words of posts as token numbers, read by a head that is trained with the rest of a model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.text_heads import PADDING, TEXT_HEADS

#: Posts that go through the head at a time; bounds memory where a graph is read whole.
_POSTS_PER_PASS = 512


class TokenInput(nn.Module):
    """Token numbers of posts to the features of a text head (``text_heads``).

    Posts of like length go through together, without the padding that all of them have: what it
    costs depends on the length of texts, not on the width of the rows. A row depends on the others
    by less than 1e-5.

    Args:
        config: names the head, its width and the number of tokens.

    Shapes:
        ``x [N, T]``, whole numbers -> ``[N, D_head]``.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.head = TEXT_HEADS[config.text_head](config.head_config)
        # The model has a classifier of its own.
        self.head.classifier = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Read."""
        ids = x.long()
        lengths = (ids != PADDING).sum(dim=1)
        order = lengths.argsort(stable=True)
        if not len(ids):
            return x.new_zeros(0, self.head.feature_channels)
        read = [
            self.head.features(ids[rows, : max(int(lengths[rows[-1]]), 1)])
            for rows in order.split(_POSTS_PER_PASS)
        ]
        return torch.cat(read)[order.argsort()]
