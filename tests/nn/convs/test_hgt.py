"""The graph transformer against that of PyTorch Geometric, with posts as the only destinations."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from torch import nn
from torch_geometric.nn import HGTConv

from gnn_emotion.kernels import CSR, gat_aggregate
from gnn_emotion.nn.convs import hgt
from gnn_emotion.nn.convs.hgt import HGT

from ..conftest import make_config
from .conftest import HEADS, WIDTH, edge_index, hear, make_csr, make_states, shaken, unscored, whole
from .test_with_self import ANSWERS, RELATIONS, ROOTS, WRITES, graphs

pytestmark = pytest.mark.usefixtures("one_thread")


def make_conv() -> HGT:
    torch.manual_seed(1)
    conv = HGT(make_config(), RELATIONS)
    return shaken(conv)


def geometric(conv: HGT) -> HGTConv:
    """Give theirs our weights, and the gate of its residual no share for the residual."""
    other = HGTConv(WIDTH, WIDTH, (["post", "user"], list(RELATIONS)), HEADS).double()
    with torch.no_grad():
        for name in ("post", "user"):
            query = conv.query if name == "post" else nn.Linear(WIDTH, WIDTH)
            lins = (conv.key[name], query, conv.value[name])
            other.kqv_lin.lins[name].weight.copy_(torch.cat([lin.weight for lin in lins]))
            other.kqv_lin.lins[name].bias.copy_(torch.cat([lin.bias for lin in lins]))
            other.skip[name].fill_(1e9)
        other.out_lin.lins["post"].weight.copy_(conv.out.weight)
        other.out_lin.lins["post"].bias.copy_(conv.out.bias)
        for place, relation in enumerate(RELATIONS):
            name = "__".join(relation)
            for head in range(HEADS):  # kept head by head, the relations of each together
                at = head * len(RELATIONS) + place
                other.k_rel.weight[at].copy_(conv.att[name][head])
                other.v_rel.weight[at].copy_(conv.message[name][head])
            other.p_rel[name].copy_(conv.prior[name][None])
    return other


@settings(max_examples=20)
@given(graphs())
def test_equals_pytorch_geometric_forward_and_backward(csrs):
    conv = make_conv()
    other = geometric(conv)
    posts, users = make_states(7, 3)
    h_dict, count = {"post": posts, "user": users}, csrs[WRITES].num_dst
    for tensor in h_dict.values():
        tensor.requires_grad_()
    out = hear(conv, h_dict, posts[:count], unscored(csrs))
    expected = other(h_dict, {r: edge_index(csr) for r, csr in csrs.items()})["post"][:count]
    torch.testing.assert_close(out, expected)
    inputs = list(h_dict.values())
    ours = torch.autograd.grad(out.pow(2).sum(), inputs, allow_unused=True)
    theirs = torch.autograd.grad(expected.pow(2).sum(), inputs)
    for mine, its in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine if mine is not None else torch.zeros_like(its), its)


def test_one_softmax_over_all_relations(monkeypatch):
    """The edges of a post are in one row, whatever their relation."""
    seen = []

    def spy(csr, message, src, dst, score_edge):
        seen.append(csr)
        return gat_aggregate(csr, message, src, dst, score_edge=score_edge)

    monkeypatch.setattr(hgt, "gat_aggregate", spy)
    posts, users = make_states(7, 3)
    csrs = {ANSWERS: make_csr([2, 0], 7), WRITES: make_csr([1, 1], 3)}
    hear(make_conv(), {"post": posts, "user": users}, posts[:2], unscored(csrs))
    (csr,) = seen
    assert csr.degree.tolist() == [3, 1]
    assert csr.indices.tolist()[2:] == [7 + i for i in csrs[WRITES].indices.tolist()]


def test_scores_of_edges_count():
    conv, (posts,) = make_conv(), make_states(7)
    csr = make_csr([3], 7)
    edges = {ANSWERS: whole(csr), ROOTS: whole(csr)}
    cut = torch.tensor([[0.0], [-1e9], [0.0]]).double().expand(-1, HEADS)
    out = hear(conv, {"post": posts}, posts[:1], edges | {ROOTS: whole(csr, cut)})
    kept = CSR(torch.tensor([0, 2]), csr.indices[[0, 2]], 7)
    expected = hear(conv, {"post": posts}, posts[:1], edges | {ROOTS: whole(kept)})
    torch.testing.assert_close(out, expected)
    assert (out - hear(conv, {"post": posts}, posts[:1], edges)).abs().max() > 1e-4


def test_without_edges_a_new_one_is_silent():
    conv, (posts,) = HGT(make_config(), RELATIONS).double(), make_states(7)
    empty = {r: make_csr([0, 0], 7) for r in (ANSWERS, ROOTS)}
    assert not hear(conv, {"post": posts}, posts[:2], unscored(empty)).any()
    assert not hear(conv, {"post": posts}, posts[:2], {}).any()
