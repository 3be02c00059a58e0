"""Each source has a head of its own, which no other's labels move."""

from __future__ import annotations

import torch

from gnn_emotion.nn.source_heads import SourceHeads


def test_a_row_is_read_by_the_head_of_its_source():
    heads, x = SourceHeads(3, 2, 4), torch.randn(5, 3)
    torch.nn.init.normal_(heads.weight)
    torch.nn.init.normal_(heads.bias)
    source = torch.tensor([0, 1, 1, 0, 1])
    logits = heads(x, source)
    for row, own in enumerate(source.tolist()):
        torch.testing.assert_close(logits[row], heads.weight[own] @ x[row] + heads.bias[own])


def test_the_head_of_another_source_gets_no_gradient():
    heads = SourceHeads(3, 2, 4)
    heads(torch.randn(5, 3), torch.zeros(5, dtype=torch.int64)).square().sum().backward()
    heads(torch.randn(5, 3), torch.zeros(5, dtype=torch.int64))[:, 0].sum().backward()
    assert heads.weight.grad[0].abs().sum() > 0
    assert not heads.weight.grad[1].any()
