"""The Triton backend against the reference: in Triton's interpreter, or with TRITON_INTERPRET=0
on a GPU. Pieces are so short that rows are cut, and programs so few that each takes several.
"""

import os
from itertools import product

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gnn_emotion.kernels import CSR, gat_attention, gatv2_attention, last_backend, triton_pieces

from .conftest import OPERATORS

pytest.importorskip("triton")
DEVICE = "cpu" if os.environ["TRITON_INTERPRET"] == "1" else "cuda"
if DEVICE == "cuda" and not torch.cuda.is_available():
    pytest.skip("TRITON_INTERPRET is not 1, and there is no GPU", allow_module_level=True)
# Each has every input that its kernels may be given.
FULL = ["spmm weighted mean", "gat with edges", "gatv2 with edges"]
in_full = pytest.mark.parametrize("operator", [OPERATORS[n] for n in FULL], ids=FULL)
SMALL = ["odd", "no edges", "no rows", "nothing", "no sources", "one source"]


@pytest.fixture(autouse=True)
def many_pieces(monkeypatch):
    from gnn_emotion.kernels import triton_autograd

    monkeypatch.setattr(triton_pieces, "PIECE", 4)
    monkeypatch.setattr(triton_autograd, "RUNS", 3)


@pytest.fixture(scope="module")
def tiny(random_csr):
    """What is slow in the interpreter is the number of rows."""
    return random_csr([6, 0, 1], 3)


def _place(csr):
    return CSR(csr.indptr.to(DEVICE), csr.indices.to(DEVICE), csr.num_src)


def _run(operator, csr, inputs):
    got = operator.grads(_place(csr), [t.to(DEVICE) for t in inputs], "triton")
    assert last_backend() == "triton"
    return [t.cpu() for t in got]


def _compare(operator, csr, close, dtype=torch.float64, heads=3, channels=5):
    inputs = operator.inputs(csr, heads, channels, dtype=dtype)
    got = _run(operator, csr, inputs)
    assert {t.dtype for t in got} == {dtype}
    close(got, operator.grads(csr, inputs, "reference", torch.float64))


@pytest.mark.parametrize("name", SMALL)
def test_equals_the_reference(operator, graphs, close, name):
    _compare(operator, graphs[name], close)


def test_equals_the_reference_in_every_dtype(operator, graphs, dtype, in_int32, close):
    _compare(operator, in_int32(graphs["odd"]), close, dtype)


@in_full
@pytest.mark.parametrize(
    "heads, channels", [(1, 1), (4, 3), (3, 32), (1, 33), (4, 130), (1, 600), (3, 0)]
)
def test_equals_the_reference_at_any_width(operator, tiny, close, heads, channels):
    _compare(operator, tiny, close, heads=heads, channels=channels)


@in_full
@pytest.mark.parametrize("piece", [7, 16, 200])
def test_a_hub_equals_the_reference(operator, random_csr, close, piece, monkeypatch):
    monkeypatch.setattr(triton_pieces, "PIECE", piece)
    _compare(operator, random_csr([2, 150, 0, 1], 5), close)


@in_full
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 9), max_size=4), st.integers(1, 4), st.integers(0, 99))
def test_equals_the_reference_on_random_graphs(operator, random_csr, close, rows, num_src, seed):
    _compare(operator, random_csr(rows, num_src, seed), close, heads=2, channels=3)


@in_full
def test_the_same_bytes_again_and_in_int32(operator, tiny, in_int32):
    inputs = operator.inputs(tiny)
    first = _run(operator, tiny, inputs)
    for other in (tiny, in_int32(tiny)):
        assert all(map(torch.equal, _run(operator, other, inputs), first))


def test_large_scores_do_not_overflow(operator, tiny):
    inputs = [t * 1e3 for t in operator.inputs(tiny)]
    assert all(t.isfinite().all() for t in _run(operator, tiny, inputs))


@pytest.mark.parametrize("name", FULL[1:])
def test_edges_scored_minus_infinity_count_nothing(graphs, close, name):
    """Whole pieces of a row among them, if not whole rows."""
    csr, operator = graphs["odd"], OPERATORS[name]
    inputs = operator.inputs(csr, dtype=torch.float64)
    inputs[-1][csr.indptr[3] : csr.indptr[3] + 5] = -torch.inf
    close(_run(operator, csr, inputs)[:1], [operator.call(csr, *inputs, backend="reference")])


def test_a_nan_stays_in_the_rows_that_hear_it(operator):
    csr = CSR(torch.tensor([0, 2, 4]), torch.tensor([0, 1, 1, 2]), 3)
    inputs = operator.inputs(csr)
    inputs[0][0] = torch.nan
    out = _run(operator, csr, inputs)[0]
    assert out[0].isnan().all()
    assert out[1].isfinite().all()


@pytest.mark.parametrize("name", ["odd", "no edges", "nothing"])
def test_attention_equals_the_reference(graphs, name):
    csr = graphs[name]
    generator = torch.Generator().manual_seed(3)
    src, dst = (torch.randn(n, 2, generator=generator) for n in (csr.num_src, csr.num_dst))
    z_src, z_dst = (t[..., None].expand(-1, -1, 3) for t in (src, dst))
    att = torch.randn(2, 3, generator=generator)
    edge = torch.randn(csr.num_edges, 2, generator=generator)
    operators = ((gat_attention, (src, dst)), (gatv2_attention, (z_src, z_dst, att)))
    for (function, args), more in product(operators, (None, edge)):
        placed = [t if t is None else t.to(DEVICE) for t in (*args, more)]
        alpha = function(_place(csr), *placed[:-1], backend="triton", score_edge=placed[-1])
        expected = function(csr, *args, backend="reference", score_edge=more)
        torch.testing.assert_close(alpha.cpu(), expected)


@in_full
def test_only_gradients_asked_for_are_computed(operator, tiny):
    inputs = operator.inputs(tiny)
    placed = [t.to(DEVICE) for t in inputs]
    for at, expected in enumerate(_run(operator, tiny, inputs)[1:]):
        leaf = placed[at].clone().requires_grad_()
        args = [*placed[:at], leaf, *placed[at + 1 :]]
        out = operator.call(_place(tiny), *args, backend="triton")
        generator = torch.Generator().manual_seed(2)
        out.backward(torch.randn(out.shape, generator=generator).to(out))
        assert torch.equal(leaf.grad.cpu(), expected)


@in_full
def test_strided_inputs_and_gradients(operator, tiny):
    inputs = operator.inputs(tiny, 3, 5)
    strided = [t.mT.contiguous().mT if t.ndim > 1 else t for t in inputs]
    plain = _run(operator, tiny, inputs)
    assert all(map(torch.equal, _run(operator, tiny, strided), plain))
    leaf = inputs[0].to(DEVICE).requires_grad_()
    args = [leaf, *(t.to(DEVICE) for t in inputs[1:])]
    ways = [operator.call(_place(tiny), *args, backend="triton").sum()]  # its gradient has stride 0
    ways.append((operator.call(_place(tiny), *args, backend="triton") * 1).sum())
    grads = [torch.autograd.grad(way, leaf)[0] for way in ways]
    assert torch.equal(*grads)


def test_nothing_of_the_size_of_the_edges_is_kept(operator, random_csr):
    csr = random_csr([150, 2], 3)
    inputs = [t.to(DEVICE).requires_grad_() for t in operator.inputs(csr, 2, 4)]
    given, kept = {t.data_ptr() for t in inputs}, []

    def pack(tensor):
        kept.extend([tensor.numel()] if tensor.data_ptr() not in given else [])
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        operator.call(_place(csr), *inputs, backend="triton")
    assert all(size <= csr.num_dst * 2 * 4 for size in kept)


def test_it_never_falls_back(operator, graphs, monkeypatch):
    """The other backends are taken away, and the kernels of each pass are seen."""
    from gnn_emotion.kernels import autograd, reference, triton_launch

    names, launch = [], triton_launch._launch

    def spy(kernel, *args, **options):
        names.append(kernel.__name__)
        launch(kernel, *args, **options)

    monkeypatch.setattr(triton_launch, "_launch", spy)
    for module, name in product((autograd, reference), ("spmm", "gat_aggregate")):
        monkeypatch.setattr(module, name, None)
    _run(operator, graphs["odd"], operator.inputs(graphs["odd"]))
    spmm = {"weighted_sum", "merge_sums"}
    attention = {"forward", "merge_averages", "backward_rows", "backward_sources", "merge_sums"}
    assert set(names) - {"edge_dot"} in (spmm, attention)
