"""Learned pooling over the frames of a clip."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gnn_emotion.schema.errors import ContractError, closest

POOLINGS = ("mean", "attention", "lstm")


class TemporalPooling(nn.Module):
    """Frames to one state.

    ``mean`` projects the mean of the frames; ``attention`` weighs them by a learned score (the
    self-attentive pooling of Lin et al. 2017, "A Structured Self-attentive Sentence Embedding",
    with one head); ``lstm`` reads them in order, both ways (Hochreiter & Schmidhuber 1997; as in
    Ng et al. 2015, "Beyond Short Snippets"), and takes the mean of its states. Frames that are not
    there change nothing; a clip without any gives zeros.

    Args:
        step_dim: width of a frame, D.
        out_channels: width of the state, an even number for ``lstm``.
        kind: one of ``POOLINGS``.

    Shapes:
        ``frames [B, T, D]``, ``there [B, T]`` bool, the frames that are there first ->
        ``[B, out_channels]``.

    Raises:
        ContractError: an unknown kind, or an odd width for ``lstm``.
    """

    def __init__(self, step_dim: int, out_channels: int, kind: str = "mean") -> None:
        super().__init__()
        if kind not in POOLINGS:
            raise ContractError(f"unknown pooling of frames {kind!r}; {closest(kind, POOLINGS)}")
        if kind == "lstm" and out_channels % 2:
            raise ContractError(f"out_channels is {out_channels}; expected an even number for lstm")
        self.kind = kind
        self.lstm = (
            nn.LSTM(step_dim, out_channels // 2, batch_first=True, bidirectional=True)
            if kind == "lstm"
            else None
        )
        self.lin = nn.Linear(step_dim, out_channels) if kind != "lstm" else None
        self.score = (
            nn.Sequential(nn.Linear(step_dim, out_channels), nn.Tanh(), nn.Linear(out_channels, 1))
            if kind == "attention"
            else None
        )

    def forward(self, frames: Tensor, there: Tensor) -> Tensor:
        """Pool."""
        frames = torch.where(there[..., None], frames, 0.0)
        states = self._read(frames, there) if self.lstm is not None else frames
        weight = there.to(states.dtype)
        if self.score is not None:
            score = self.score(frames).squeeze(-1).masked_fill(~there, -torch.inf)
            weight = torch.where(there.any(dim=1, keepdim=True), score, 0.0).softmax(dim=1) * weight
        pooled = (states * weight[..., None]).sum(dim=1)
        pooled = pooled / weight.sum(dim=1, keepdim=True).clamp(min=1e-6)
        out = pooled if self.lin is None else self.lin(pooled)
        return torch.where(there.any(dim=1, keepdim=True), out, 0.0)

    def _read(self, frames: Tensor, there: Tensor) -> Tensor:
        assert self.lstm is not None
        if not len(frames):
            return frames.new_zeros(*frames.shape[:2], 2 * self.lstm.hidden_size)
        # Packed, so that the backward pass starts at the last frame that is there.
        lengths = there.sum(dim=1).clamp(min=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            frames, lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = self.lstm(packed)
        out: Tensor = nn.utils.rnn.pad_packed_sequence(
            states, batch_first=True, total_length=frames.shape[1]
        )[0]
        return out
