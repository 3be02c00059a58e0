"""What neighbouring characters say together: a convolution over their vectors, and its maximum.

Kim 2014, "Convolutional Neural Networks for Sentence Classification", with windows of three, over
characters that stand for the n-grams that begin with them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, pad, relu

_WINDOW = 3
#: Rows of one product. It is always the same number, so that a row gets the same bits alone and
#: among others: how a product is computed depends on its shape.
_ROWS = 4096
#: Of the maxima, so many are hidden in training.
_DROPOUT = 0.2


class MaxOverWindows(nn.Module):
    """max over t of relu(W [x_{t-1}, x_t, x_{t+1}] + b), beyond the ends of a text zeros.

    Args:
        in_channels: D.
        out_channels: H.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Linear(_WINDOW * in_channels, out_channels)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Read texts.

        Args:
            x: vectors of all characters, text after text ``[T, D]``.
            lengths: how many of them each text has ``[B]``; they sum to T.

        Returns:
            ``[B, H]``, not negative; zero for a text without characters.
        """
        starts = lengths.cumsum(0) - lengths
        first, last = (torch.ones(len(x), 1) for _ in range(2))
        some = lengths > 0
        first[starts[some]] = 0
        last[(starts + lengths - 1)[some]] = 0
        before = pad(x[:-1], (0, 0, 1, 0))[: len(x)] * first
        after = pad(x[1:], (0, 0, 0, 1))[: len(x)] * last
        heard = relu(self._product(torch.cat([before, x, after], dim=1)))
        top = torch.segment_reduce(heard, "max", lengths=lengths, initial=0)
        return dropout(top, _DROPOUT, self.training)

    def _product(self, windows: Tensor) -> Tensor:
        if self.training:
            out: Tensor = self.conv(windows)
            return out
        filled = pad(windows, (0, 0, 0, -len(windows) % _ROWS))
        return torch.cat([self.conv(rows) for rows in filled.split(_ROWS)])[: len(windows)]
