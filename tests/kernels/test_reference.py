"""The definition itself, against the mathematics written out by hand."""

import pytest
import torch

from gnn_emotion.kernels import (
    CSR,
    gat_aggregate,
    gat_attention,
    gatv2_aggregate,
    gatv2_attention,
    spmm,
)

CSR_2X3 = CSR(torch.tensor([0, 2, 2]), torch.tensor([2, 0]), 3)


def test_spmm_of_two_edges():
    x = torch.tensor([[1.0], [10.0], [100.0]])
    weight = torch.tensor([2.0, 3.0])
    run = {"csr": CSR_2X3, "x": x, "backend": "reference"}
    assert spmm(**run).tolist() == [[101.0], [0.0]]
    assert spmm(**run, reduce="mean").tolist() == [[50.5], [0.0]]
    assert spmm(**run, weight=weight).tolist() == [[203.0], [0.0]]
    assert spmm(**run, weight=weight, reduce="mean").tolist() == [[101.5], [0.0]]


def test_gat_of_two_edges():
    z = torch.tensor([[[1.0]], [[10.0]], [[100.0]]])
    score_src, score_dst = torch.tensor([[1.0], [5.0], [-3.0]]), torch.tensor([[1.0], [0.0]])
    # Edges from 2 and 0: leaky_relu(-3 + 1) = -0.2 at slope 0.1, leaky_relu(1 + 1) = 2.
    share = torch.softmax(torch.tensor([-0.2, 2.0]), 0)
    out = gat_aggregate(CSR_2X3, z, score_src, score_dst, 0.1, "reference")
    torch.testing.assert_close(out.flatten(), torch.stack([share @ z[[2, 0], 0, 0], share[0] * 0]))
    alpha = gat_attention(CSR_2X3, score_src, score_dst, 0.1, "reference")
    torch.testing.assert_close(alpha[:, 0], share)


def test_gatv2_of_two_edges():
    z_src = torch.tensor([[[1.0, -2.0]], [[9.0, 9.0]], [[-4.0, 3.0]]])
    z_dst, att = torch.tensor([[[1.0, 1.0]], [[0.0, 0.0]]]), torch.tensor([[1.0, 2.0]])
    # From 2: leaky(-3, 4) = (-0.6, 4), score 7.4; from 0: leaky(2, -1) = (2, -0.2), score 1.6.
    share = torch.softmax(torch.tensor([7.4, 1.6]), 0)
    out = gatv2_aggregate(CSR_2X3, z_src, z_dst, att, backend="reference")
    torch.testing.assert_close(out[0, 0], share @ z_src[[2, 0], 0])
    assert not out[1].any()


def test_scores_of_edges_are_added_last():
    """After the leaky ReLU, so that each multiplies the weight of its edge by its exponential."""
    score_src, score_dst = torch.tensor([[1.0], [5.0], [-3.0]]), torch.tensor([[1.0], [0.0]])
    edge = torch.tensor([[0.7], [-1.1]])
    alpha = gat_attention(CSR_2X3, score_src, score_dst, 0.1, "reference", edge)
    share = torch.softmax(torch.tensor([-0.2 + 0.7, 2.0 - 1.1]), 0)
    torch.testing.assert_close(alpha[:, 0], share)
    z_src = torch.tensor([[[1.0, -2.0]], [[9.0, 9.0]], [[-4.0, 3.0]]])
    z_dst, att = torch.tensor([[[1.0, 1.0]], [[0.0, 0.0]]]), torch.tensor([[1.0, 2.0]])
    alpha = gatv2_attention(CSR_2X3, z_src, z_dst, att, 0.2, "reference", edge)
    share = torch.softmax(torch.tensor([7.4 + 0.7, 1.6 - 1.1]), 0)
    torch.testing.assert_close(alpha[:, 0], share)


def test_every_dtype_is_close_to_float64(operator, graph, dtype, close):
    inputs = operator.inputs(graph, dtype=dtype)
    got = operator.grads(graph, inputs, "reference")
    assert {t.dtype for t in got} == {dtype}
    close(got, operator.grads(graph, inputs, "reference", torch.float64))


@pytest.mark.usefixtures("one_thread")  # several add in any order
def test_int32_is_the_same_graph(operator, graph, in_int32):
    inputs = operator.inputs(graph)
    wide = operator.grads(graph, inputs, "reference")
    assert all(map(torch.equal, operator.grads(in_int32(graph), inputs, "reference"), wide))


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_halves_are_summed_in_float32(backend, half):
    """In a half, 5000 ones would stop at 2048 or 256, where one more is rounded away."""
    csr = CSR(torch.tensor([0, 5000]), torch.zeros(5000, dtype=torch.int64), 1)
    out = spmm(csr, torch.ones(1, 1, dtype=half), backend=backend)
    assert out.item() == torch.tensor(5000).to(half).item()
