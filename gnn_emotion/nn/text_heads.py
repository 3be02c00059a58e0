"""Classifiers of token sequences: convolutional, recurrent and attentive.

All read token numbers ``[B, T]`` in which 0 is padding, after the end of a text. However much
padding there is, ``features`` and ``forward`` give the same (within 1e-5 in float32); a text
without tokens has features of zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from gnn_emotion.nn.text_head_config import TextHeadConfig
from gnn_emotion.schema.errors import ContractError

PADDING = 0
#: Dropout inside the layers of the transformer (Vaswani et al. 2017).
_LAYER_DROPOUT = 0.1


class TextHead(nn.Module):
    """What the heads share: an embedding in front, a linear classifier behind.

    Args:
        config: the shape.
        feature_channels: width of the features, D.

    Shapes:
        ``ids [B, T]`` int64 -> logits ``[B, K]``.
    """

    def __init__(self, config: TextHeadConfig, feature_channels: int) -> None:
        super().__init__()
        self.config, self.feature_channels = config, feature_channels
        self.embedding = nn.Embedding(config.num_tokens, config.embedding_channels)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier: nn.Module = nn.Linear(feature_channels, config.out_channels)

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        for module in self.modules():
            if isinstance(module, nn.MultiheadAttention):
                nn.init.xavier_uniform_(module.in_proj_weight)
                nn.init.zeros_(module.in_proj_bias)
            elif isinstance(module, nn.Linear | nn.LayerNorm | nn.Conv1d | nn.LSTM):
                module.reset_parameters()
        nn.init.normal_(self.embedding.weight, std=self.config.embedding_channels**-0.5)

    def load_embeddings(self, vectors: Tensor) -> None:
        """Begin with word vectors, such as ``Word2VecEncoder.lookup`` gives.

        Args:
            vectors: one a token ``[num_tokens, C]``; tokens whose vector is zero keep the drawn
                one.

        Raises:
            ContractError: the shape is another.
        """
        if vectors.shape != self.embedding.weight.shape:
            raise ContractError(
                f"word vectors have shape {tuple(vectors.shape)}, expected "
                f"{tuple(self.embedding.weight.shape)}: one row a token"
            )
        known = (vectors != 0).any(dim=1, keepdim=True)
        with torch.no_grad():
            self.embedding.weight.copy_(torch.where(known, vectors, self.embedding.weight))

    def features(self, ids: Tensor) -> Tensor:
        """Pool token numbers ``[B, T]`` into features ``[B, D]``."""
        raise NotImplementedError

    def forward(self, ids: Tensor) -> Tensor:
        """Classify token numbers ``[B, T]``: logits ``[B, K]``."""
        return self.classify(self.features(ids))

    def classify(self, features: Tensor) -> Tensor:
        """Classify features ``[B, D]``: logits ``[B, K]``."""
        logits: Tensor = self.classifier(self.dropout(features))
        return logits

    def _embed(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return embedded tokens ``[B, T, C]``, zero at padding, and which are any ``[B, T]``."""
        mask = ids != PADDING
        return self.dropout(self.embedding(ids)) * mask.unsqueeze(-1), mask


class TextCNN(TextHead):
    """Filters of several widths, the largest response of each over the text.

    Kim 2014, "Convolutional Neural Networks for Sentence Classification". A filter begins at every
    token and sees zeros past the end, so that a text may be shorter than a filter is wide.

    Shapes:
        ``ids [B, T]`` -> features ``[B, H * len(kernel_sizes)]``, logits ``[B, K]``.
    """

    def __init__(self, config: TextHeadConfig) -> None:
        super().__init__(config, config.feature_channels("cnn"))
        self.convs = nn.ModuleList(
            nn.Conv1d(config.embedding_channels, config.hidden_channels, size)
            for size in config.kernel_sizes
        )
        self.reset_parameters()

    def features(self, ids: Tensor) -> Tensor:
        """Pool token numbers ``[B, T]`` into features ``[B, D]``."""
        x, mask = self._embed(ids)
        pooled = []
        for size, conv in zip(self.config.kernel_sizes, self.convs, strict=True):
            response = torch.relu(conv(pad(x.mT, (0, size - 1))))
            # No response is below zero: padding that responds with zero is never the largest.
            pooled.append((response * mask.unsqueeze(1)).amax(dim=2))
        return torch.cat(pooled, dim=1)


class _PooledStates(TextHead):
    """Pools the states of the tokens of a text.

    Attention is that of Zhou et al. 2016, "Attention-Based Bidirectional LSTM Networks for Relation
    Classification": softmax over the tokens of w . tanh(state).
    """

    def __init__(self, config: TextHeadConfig, feature_channels: int) -> None:
        super().__init__(config, feature_channels)
        if config.pooling == "attention":
            self.attention = nn.Linear(feature_channels, 1, bias=False)

    def states(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states of tokens ``[B, T, D]``, and where tokens are ``[B, T]``."""
        raise NotImplementedError

    def features(self, ids: Tensor) -> Tensor:
        """Pool token numbers ``[B, T]`` into features ``[B, D]``."""
        states, mask = self.states(ids)
        lowest = torch.finfo(states.dtype).min
        if self.config.pooling == "max":
            pooled = states.masked_fill(~mask.unsqueeze(-1), lowest).amax(dim=1)
        else:
            score = mask.to(states.dtype).log()
            if self.config.pooling == "attention":
                score = score + self.attention(torch.tanh(states)).squeeze(-1)
            weight = torch.softmax(score.clamp(min=lowest), dim=1)
            pooled = (states * weight.unsqueeze(-1)).sum(dim=1)
        return torch.where(mask.any(dim=1, keepdim=True), pooled, 0.0)


class TextLSTM(_PooledStates):
    """Bidirectional LSTM, its states pooled (Hochreiter & Schmidhuber 1997; Graves et al. 2005).

    Texts are packed: the backward direction begins at the last token, not in the padding.

    Shapes:
        ``ids [B, T]`` -> features ``[B, 2 * H]``, logits ``[B, K]``.
    """

    def __init__(self, config: TextHeadConfig) -> None:
        super().__init__(config, config.feature_channels("lstm"))
        self.lstm = nn.LSTM(
            config.embedding_channels,
            config.hidden_channels,
            config.num_layers,
            batch_first=True,
            bidirectional=True,
        )
        self.reset_parameters()

    def states(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states of tokens ``[B, T, D]``, and where tokens are ``[B, T]``."""
        x, mask = self._embed(ids)
        # Packing has no empty texts; their state is taken out when states are pooled.
        lengths = mask.sum(dim=1).clamp(min=1).cpu()
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=ids.shape[1]
        )
        return states, mask


class TextTransformer(_PooledStates):
    """Self-attention over the tokens (Vaswani et al. 2017), normalised before each step.

    Positions are the paper's sines and cosines, so that there is no longest text.

    Shapes:
        ``ids [B, T]`` -> features ``[B, H]``, logits ``[B, K]``.
    """

    def __init__(self, config: TextHeadConfig) -> None:
        super().__init__(config, config.feature_channels("transformer"))
        width = config.hidden_channels
        self.project = nn.Linear(config.embedding_channels, width)
        layer = nn.TransformerEncoderLayer(
            width,
            config.heads,
            4 * width,
            _LAYER_DROPOUT,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(
            layer, config.num_layers, nn.LayerNorm(width), enable_nested_tensor=False
        )
        # Also because the layers above are copies of one.
        self.reset_parameters()

    def states(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states of tokens ``[B, T, D]``, and where tokens are ``[B, T]``."""
        x, mask = self._embed(ids)
        h = self.project(x) + _sinusoids(ids.shape[1], self.config.hidden_channels).to(x)
        # The first token is attended to in an empty text too: attention to nothing is not a number.
        ignored = ~mask & (torch.arange(ids.shape[1], device=ids.device) > 0)
        return self.encoder(h, src_key_padding_mask=ignored), mask


#: By the name of the head.
TEXT_HEADS: dict[str, Callable[[TextHeadConfig], TextHead]] = {
    "cnn": TextCNN,
    "lstm": TextLSTM,
    "transformer": TextTransformer,
}


def _sinusoids(length: int, width: int) -> Tensor:
    """Return sin(t / 10000^(2i/D)) in the first half of the columns, cosines in the second."""
    half = (width + 1) // 2
    rate = torch.exp(torch.arange(half) * (-math.log(10_000) / half))
    angle = torch.arange(length)[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], dim=1)[:, :width]
