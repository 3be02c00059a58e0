"""One relation: against PyTorch Geometric where the definition is the same, else dense sums."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch_geometric.nn import GATConv, GATv2Conv

from gnn_emotion.kernels import CSR
from gnn_emotion.nn.relation_conv import CONV_CLASSES, RelationGAT, RelationGATv2, RelationGCN

from .conftest import CONVS, make_config

pytestmark = pytest.mark.usefixtures("one_thread")
WIDTH, HEADS, CHANNELS = 8, 2, 4
degrees_of = st.lists(st.integers(0, 5), min_size=1, max_size=6)


def make_csr(degrees: list[int], num_src: int, seed: int = 0) -> CSR:
    """Draw a graph without repeated edges, for a dense matrix could not hold them."""
    generator = torch.Generator().manual_seed(seed)
    rows = [torch.randperm(num_src, generator=generator)[:degree] for degree in degrees]
    indptr = torch.tensor([0, *(len(row) for row in rows)]).cumsum(0)
    return CSR(indptr, torch.cat(rows), num_src)


def make_states(csr: CSR, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(count, WIDTH, generator=generator, dtype=torch.float64)
        for count in (csr.num_src, csr.num_dst)
    )


def make_conv(name: str) -> nn.Module:
    torch.manual_seed(2)
    conv = CONV_CLASSES[name](make_config(name)).double()
    with torch.no_grad():
        for weights in conv.parameters():
            weights.add_(torch.randn_like(weights) / 4)
    return conv


def edge_index(csr: CSR) -> torch.Tensor:
    return torch.stack([csr.indices, csr.rows])


def geometric_gat(conv: RelationGAT) -> tuple[nn.Module, dict[str, nn.Parameter]]:
    options = {"heads": HEADS, "add_self_loops": False, "bias": False}
    other = GATConv((WIDTH, WIDTH), CHANNELS, **options).double()
    return other, {
        "lin_src.weight": other.lin_src.weight,
        "lin_dst.weight": other.lin_dst.weight,
        "att_src": other.att_src,
        "att_dst": other.att_dst,
    }


def geometric_gatv2(conv: RelationGATv2) -> tuple[nn.Module, dict[str, nn.Parameter]]:
    other = GATv2Conv((WIDTH, WIDTH), CHANNELS, heads=HEADS, add_self_loops=False).double()
    nn.init.zeros_(other.bias)  # what it adds to the sum of messages; ours has none
    return other, {
        "lin_src.weight": other.lin_l.weight,
        "lin_src.bias": other.lin_l.bias,
        "lin_dst.weight": other.lin_r.weight,
        "lin_dst.bias": other.lin_r.bias,
        "att": other.att,
    }


@pytest.mark.parametrize(("name", "twin"), [("gat", geometric_gat), ("gatv2", geometric_gatv2)])
@settings(max_examples=20)
@given(degrees=degrees_of, num_src=st.integers(1, 6))
def test_equals_pytorch_geometric_forward_and_backward(name, twin, degrees, num_src):
    csr, conv = make_csr(degrees, num_src), make_conv(name)
    other, weights = twin(conv)
    ours = dict(conv.named_parameters())
    assert set(ours) == set(weights)
    with torch.no_grad():
        for key, weight in weights.items():
            weight.copy_(ours[key].reshape(weight.shape))
    h_src, h_dst = make_states(csr)
    out = conv(h_src, h_dst, csr)
    expected = other((h_src, h_dst), edge_index(csr))
    torch.testing.assert_close(out, expected)
    torch.manual_seed(5)
    grad = torch.randn_like(out)
    out.backward(grad)
    expected.backward(grad)
    for key, weight in weights.items():
        torch.testing.assert_close(ours[key].grad, weight.grad.reshape(ours[key].shape))


@given(degrees=degrees_of, num_src=st.integers(1, 6))
def test_gcn_is_the_mean_of_the_transformed_neighbours(degrees, num_src):
    csr, conv = make_csr(degrees, num_src), make_conv("gcn")
    h_src, h_dst = make_states(csr)
    dense = torch.zeros(csr.num_dst, csr.num_src, dtype=torch.float64)
    dense[csr.rows, csr.indices] = 1
    expected = dense @ (h_src @ conv.lin.weight.T) / dense.sum(1, keepdim=True).clamp(min=1)
    torch.testing.assert_close(conv(h_src, h_dst, csr), expected)


@pytest.mark.parametrize("name", CONVS)
def test_no_neighbours_no_message(name):
    csr = make_csr([0, 3, 0], 4)
    out = make_conv(name)(*make_states(csr), csr)
    assert out.shape == (3, WIDTH)
    assert not out[[0, 2]].any()
    assert out[1].any()


@pytest.mark.parametrize("name", CONVS)
@pytest.mark.parametrize(("degrees", "num_src"), [([], 3), ([0, 0], 0), ([0, 0], 3)])
def test_no_edges_at_all(name, degrees, num_src):
    csr = CSR(torch.tensor([0, *degrees]).cumsum(0), torch.empty(0, dtype=torch.int64), num_src)
    out = make_conv(name)(*make_states(csr), csr)
    assert out.shape == (len(degrees), WIDTH)
    assert not out.any()


@pytest.mark.parametrize("name", CONVS)
def test_the_order_of_the_neighbours_does_not_matter(name):
    csr, conv = make_csr([4, 1], 5), make_conv(name)
    turned = CSR(csr.indptr, csr.indices[[3, 1, 0, 2, 4]], 5)
    torch.testing.assert_close(conv(*make_states(csr), turned), conv(*make_states(csr), csr))


def test_every_conv_has_its_class():
    assert {"gcn": RelationGCN, "gat": RelationGAT, "gatv2": RelationGATv2} == CONV_CLASSES
