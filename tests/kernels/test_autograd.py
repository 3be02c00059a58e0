"""The CPU backend against the reference, forward and backward."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.kernels import CSR, gat_attention, gatv2_attention, last_backend


def _compare(operator, csr, close, dtype=torch.float64, heads=3, channels=5):
    inputs = operator.inputs(csr, heads, channels, dtype=dtype)
    truth = operator.grads(csr, inputs, "reference", torch.float64)
    assert last_backend() == "reference"
    got = operator.grads(csr, inputs, "cpu")
    assert last_backend() == "cpu"
    assert {t.dtype for t in got} == {dtype}
    close(got, truth)


def test_equals_the_reference(operator, graph, dtype, close):
    _compare(operator, graph, close, dtype)


@pytest.mark.parametrize("heads, channels", [(1, 1), (4, 32), (2, 17), (3, 0)])
def test_equals_the_reference_at_any_width(operator, graphs, close, heads, channels):
    _compare(operator, graphs["odd"], close, heads=heads, channels=channels)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=9), st.integers(1, 6), st.integers(0, 99))
def test_equals_the_reference_on_random_graphs(operator, random_csr, close, rows, num_src, seed):
    _compare(operator, random_csr(rows, num_src, seed), close)


def test_int32_gives_the_bytes_of_int64(operator, graph, in_int32):
    inputs = operator.inputs(graph)
    wide = operator.grads(graph, inputs, "cpu")
    assert all(map(torch.equal, operator.grads(in_int32(graph), inputs, "cpu"), wide))


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_gradients_are_the_slopes(operator, graphs, backend):
    csr = graphs["odd"]
    inputs = [t.requires_grad_() for t in operator.inputs(csr, 2, 3, dtype=torch.float64)]
    assert torch.autograd.gradcheck(lambda *a: operator.call(csr, *a, backend=backend), inputs)


def test_large_scores_do_not_overflow(operator, graphs):
    inputs = [t * 1e3 for t in operator.inputs(graphs["odd"])]
    for backend in ("reference", "cpu"):
        assert operator.call(graphs["odd"], *inputs, backend=backend).isfinite().all()


def test_a_nan_stays_in_the_rows_that_hear_it(operator):
    csr = CSR(torch.tensor([0, 2, 4]), torch.tensor([0, 1, 1, 2]), 3)
    inputs = operator.inputs(csr)
    inputs[0][0] = torch.nan
    for backend in ("reference", "cpu"):
        out = operator.call(csr, *inputs, backend=backend)
        assert out[0].isnan().all()
        assert out[1].isfinite().all()


def test_attention_equals_the_reference_and_sums_to_one(graph):
    generator = torch.Generator().manual_seed(3)
    src, dst = (torch.randn(n, 2, generator=generator) for n in (graph.num_src, graph.num_dst))
    z_src, z_dst = (t[..., None].expand(-1, -1, 3) for t in (src, dst))
    att = torch.randn(2, 3, generator=generator)
    edge = torch.randn(graph.num_edges, 2, generator=generator)
    operators = ((gat_attention, (src, dst)), (gatv2_attention, (z_src, z_dst, att)))
    for (function, args), more in product(operators, (None, edge)):
        alpha = function(graph, *args, backend="cpu", score_edge=more)
        expected = function(graph, *args, backend="reference", score_edge=more)
        torch.testing.assert_close(alpha, expected)
        sums = torch.zeros(graph.num_dst, 2).index_add(0, graph.rows, alpha)
        torch.testing.assert_close(sums, (graph.degree > 0).float()[:, None].expand(-1, 2))


def test_only_gradients_asked_for_are_computed(operator, graphs):
    inputs = operator.inputs(graphs["odd"])
    expected = operator.grads(graphs["odd"], inputs, "cpu")[1:]
    for at, grad in enumerate(expected):
        leaf = inputs[at].clone().requires_grad_()
        args = [*inputs[:at], leaf, *inputs[at + 1 :]]
        out = operator.call(graphs["odd"], *args, backend="cpu")
        generator = torch.Generator().manual_seed(2)
        out.backward(torch.randn(out.shape, generator=generator))
        assert torch.equal(leaf.grad, grad)


def test_strided_inputs_and_gradients(operator, graphs):
    csr = graphs["odd"]
    inputs = [t.mT.contiguous().mT if t.ndim > 1 else t for t in operator.inputs(csr, 3, 5)]
    plain = operator.grads(csr, [t.contiguous() for t in inputs], "cpu")
    for mine, theirs in zip(operator.grads(csr, inputs, "cpu"), plain, strict=True):
        assert torch.equal(mine, theirs)


def test_nothing_of_edges_by_channels_is_kept_for_the_backward_pass(operator, graphs):
    csr, sizes = graphs["hub"], []
    inputs = [t.requires_grad_() for t in operator.inputs(csr, 2, 16)]

    def pack(tensor):
        sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        operator.call(csr, *inputs, backend="cpu")
    assert max(sizes) <= csr.num_edges * 2
    sizes.clear()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        operator.call(csr, *inputs, backend="reference")
    if len(operator.shapes) > 1:
        assert max(sizes) >= csr.num_edges * 16
