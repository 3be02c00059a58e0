"""What describes a classifier of token sequences; see ``text_heads``."""

from __future__ import annotations

from dataclasses import dataclass

from gnn_emotion.schema.errors import ContractError, closest

POOLINGS = ("max", "mean", "attention")
HEADS = ("cnn", "lstm", "transformer")


@dataclass(frozen=True)
class TextHeadConfig:
    """Shape of a text head.

    Attributes:
        num_tokens: rows of the embedding, padding and unknown tokens among them.
        out_channels: classes, K.
        embedding_channels: width of the embedding, C.
        hidden_channels: filters of each width (CNN), states of each direction (LSTM), or states
            (transformer), H.
        kernel_sizes: widths of the filters of the CNN, in tokens.
        num_layers: of the LSTM and of the transformer.
        heads: attention heads of the transformer; divide ``hidden_channels``.
        pooling: of the states of the LSTM and of the transformer, one of ``POOLINGS``.
        dropout: share of embedded and of pooled values dropped in training.
    """

    num_tokens: int
    out_channels: int
    embedding_channels: int = 128
    hidden_channels: int = 128
    kernel_sizes: tuple[int, ...] = (1, 2, 3, 4)
    num_layers: int = 1
    heads: int = 4
    pooling: str = "max"
    dropout: float = 0.3

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise ContractError(
                f"unknown pooling {self.pooling!r}; {closest(self.pooling, POOLINGS)}"
            )
        widths = (self.embedding_channels, self.hidden_channels, *self.kernel_sizes)
        counts = (self.num_tokens, self.out_channels, self.num_layers, self.heads)
        if min(*widths, *counts) < 1 or not self.kernel_sizes:
            raise ContractError(f"expected sizes of 1 or more, and a kernel size: {self}")
        if self.hidden_channels % self.heads:
            raise ContractError(
                f"hidden_channels {self.hidden_channels} is not a multiple of heads {self.heads}"
            )
        if not 0 <= self.dropout < 1:
            raise ContractError(f"dropout is {self.dropout}; expected 0 <= dropout < 1")

    def feature_channels(self, head: str) -> int:
        """Return the width of the features of a head, one of ``HEADS``."""
        times = {"cnn": len(self.kernel_sizes), "lstm": 2, "transformer": 1}
        return self.hidden_channels * times[head]
