"""Cross-modal attention: what a modality says is read in the light of the others."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gnn_emotion.schema.errors import ContractError


class CrossModalLayer(nn.Module):
    """One modality attends to the others: pre-norm attention and a feed-forward layer, residual.

    Args:
        channels: D.
        heads: H, divides D.
        dropout: of attention weights and hidden values.

    Shapes:
        ``query [B, 1, D]``, ``others [B, M - 1, D]``, ``hidden [B, M - 1]`` -> ``[B, 1, D]``.
    """

    def __init__(self, channels: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        # The zero key is there to be attended to where all others are missing or of no use.
        self.attention = nn.MultiheadAttention(
            channels, heads, dropout=dropout, add_zero_attn=True, batch_first=True
        )
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(channels),
            nn.Linear(channels, 2 * channels),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * channels, channels),
        )

    def forward(self, query: Tensor, others: Tensor, hidden: Tensor) -> Tensor:
        """Attend to the others, those that ``hidden`` marks left out."""
        read, _ = self.attention(
            self.norm(query), others, others, key_padding_mask=hidden, need_weights=False
        )
        h = query + read
        return h + self.feed_forward(h)


class CrossModalAttention(nn.Module):
    """Each modality attends to all others, the text to the pictures and the pictures to the text.

    After MulT (Tsai et al. 2019). MulT has a layer for each ordered pair and attends over the time
    steps of a sequence; here a modality is one token, among whose single step there is nothing to
    choose, so a layer serves one target and chooses among all other modalities. A learned vector
    tells the keys of one modality from those of another.

    Args:
        count: modalities, M.
        channels: D.
        heads: H.
        dropout: see ``CrossModalLayer``.

    Shapes:
        ``tokens [B, M, D]``, ``present [B, M]`` -> ``[B, M, D]``.

    Raises:
        ContractError: the heads do not divide the channels.
    """

    def __init__(self, count: int, channels: int, heads: int, dropout: float) -> None:
        super().__init__()
        if channels % heads:
            raise ContractError(f"out_channels {channels} is not a multiple of heads {heads}")
        self.layers = nn.ModuleList(CrossModalLayer(channels, heads, dropout) for _ in range(count))
        self.kind = nn.Parameter(torch.empty(count, channels).normal_(std=0.02))

    def forward(self, tokens: Tensor, present: Tensor) -> Tensor:
        """Let each modality read the present others."""
        if not len(tokens):
            return tokens  # torch's attention cannot reshape an empty batch
        keys, count = tokens + self.kind, tokens.shape[1]
        out = []
        for m, layer in enumerate(self.layers):
            others = [n for n in range(count) if n != m]
            out.append(layer(tokens[:, m : m + 1], keys[:, others], ~present[:, others]))
        return torch.cat(out, dim=1)
