"""One relation: against PyTorch Geometric where the definition is the same, else dense sums."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch_geometric.nn import GATConv, GATv2Conv

from gnn_emotion.kernels import CSR
from gnn_emotion.nn.convs.by_relation import (
    RelationGAT,
    RelationGATv2,
    RelationGCN,
    SumOverRelations,
)

from ..conftest import make_config
from .conftest import (
    CHANNELS,
    HEADS,
    WIDTH,
    degrees_of,
    edge_index,
    hear,
    make_csr,
    make_states,
    shaken,
    unscored,
    whole,
)

pytestmark = pytest.mark.usefixtures("one_thread")
KINDS = (RelationGAT, RelationGATv2, RelationGCN)


def make_conv(kind: type[nn.Module]) -> nn.Module:
    torch.manual_seed(1)
    return shaken(kind(make_config()))


def run(conv: nn.Module, csr: CSR, score: torch.Tensor | None = None) -> torch.Tensor:
    return conv(*make_states(csr.num_src, csr.num_dst), whole(csr, score))


def geometric_gat() -> tuple[nn.Module, dict[str, nn.Parameter]]:
    options = {"heads": HEADS, "add_self_loops": False, "bias": False}
    other = GATConv((WIDTH, WIDTH), CHANNELS, **options).double()
    return other, {
        "lin_src.weight": other.lin_src.weight,
        "lin_dst.weight": other.lin_dst.weight,
        "att_src": other.att_src,
        "att_dst": other.att_dst,
    }


def geometric_gatv2() -> tuple[nn.Module, dict[str, nn.Parameter]]:
    other = GATv2Conv((WIDTH, WIDTH), CHANNELS, heads=HEADS, add_self_loops=False).double()
    nn.init.zeros_(other.bias)  # what it adds to the sum of messages; ours has none
    return other, {
        "lin_src.weight": other.lin_l.weight,
        "lin_src.bias": other.lin_l.bias,
        "lin_dst.weight": other.lin_r.weight,
        "lin_dst.bias": other.lin_r.bias,
        "att": other.att,
    }


@pytest.mark.parametrize(
    ("kind", "twin"), [(RelationGAT, geometric_gat), (RelationGATv2, geometric_gatv2)]
)
@settings(max_examples=20)
@given(degrees=degrees_of, num_src=st.integers(1, 6))
def test_equals_pytorch_geometric_forward_and_backward(kind, twin, degrees, num_src):
    csr, conv = make_csr(degrees, num_src), make_conv(kind)
    other, weights = twin()
    ours = dict(conv.named_parameters())
    assert set(ours) == set(weights)
    with torch.no_grad():
        for key, weight in weights.items():
            weight.copy_(ours[key].reshape(weight.shape))
    out = run(conv, csr)
    expected = other(tuple(make_states(csr.num_src, csr.num_dst)), edge_index(csr))
    torch.testing.assert_close(out, expected)
    torch.manual_seed(5)
    grad = torch.randn_like(out)
    out.backward(grad)
    expected.backward(grad)
    for key, weight in weights.items():
        torch.testing.assert_close(ours[key].grad, weight.grad.reshape(ours[key].shape))


@given(degrees=degrees_of, num_src=st.integers(1, 6))
def test_gcn_is_the_mean_of_the_transformed_neighbours(degrees, num_src):
    csr, conv = make_csr(degrees, num_src), make_conv(RelationGCN)
    dense = torch.zeros(csr.num_dst, csr.num_src, dtype=torch.float64)
    dense.index_put_((csr.rows, csr.indices), torch.tensor(1.0).double(), accumulate=True)
    mean = dense / dense.sum(1, keepdim=True).clamp(min=1)
    h_src, _ = make_states(csr.num_src, csr.num_dst)
    torch.testing.assert_close(run(conv, csr), mean @ (h_src @ conv.lin.weight.T))


@pytest.mark.parametrize("kind", KINDS)
def test_no_neighbours_no_message(kind):
    out = run(make_conv(kind), make_csr([0, 3, 0], 4))
    assert out.shape == (3, WIDTH)
    assert not out[[0, 2]].any()
    assert out[1].any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("degrees", "num_src"), [([], 3), ([0, 0], 0), ([0, 0], 3)])
def test_no_edges_at_all(kind, degrees, num_src):
    csr = CSR(torch.tensor([0, *degrees]).cumsum(0), torch.empty(0, dtype=torch.int64), num_src)
    out = run(make_conv(kind), csr)
    assert out.shape == (len(degrees), WIDTH)
    assert not out.any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_neighbours_does_not_matter(kind):
    csr, conv = make_csr([4, 1], 5), make_conv(kind)
    turned = CSR(csr.indptr, csr.indices[[3, 1, 0, 2, 4]], 5)
    torch.testing.assert_close(run(conv, turned), run(conv, csr))


@pytest.mark.parametrize("kind", KINDS)
def test_an_edge_of_low_score_counts_for_nothing(kind):
    """As if it were not there; and equal scores are as good as none."""
    csr, conv = make_csr([3, 2], 5), make_conv(kind)
    heads = 1 if kind is RelationGCN else HEADS
    score = torch.full((5, heads), 0.7, dtype=torch.float64)
    torch.testing.assert_close(run(conv, csr, score), run(conv, csr))
    score[1] = -1e9
    without = CSR(torch.tensor([0, 2, 4]), csr.indices[[0, 2, 3, 4]], 5)
    torch.testing.assert_close(run(conv, csr, score), run(conv, without))


def test_relations_are_summed_and_those_not_given_are_silent():
    relations = [("post", "rev_replies_to", "post"), ("user", "writes", "post")]
    conv = shaken(SumOverRelations(RelationGCN, make_config(), relations))
    csrs = {relations[0]: make_csr([2, 0], 3), relations[1]: make_csr([1, 1], 4)}
    posts, users, h_dst = make_states(3, 4, 2)
    h_dict = {"post": posts, "user": users}
    edges = unscored(csrs)
    alone = [hear(conv, h_dict, h_dst, {relation: edges[relation]}) for relation in relations]
    torch.testing.assert_close(hear(conv, h_dict, h_dst, edges), alone[0] + alone[1])
    assert alone[0].any()
    assert not hear(conv, h_dict, h_dst, {}).any()
