"""The same bytes whatever the number of threads, and whatever else is in the batch."""

from itertools import pairwise

import numba
import pytest
import torch

from gnn_emotion.kernels import CSR, cpu


@pytest.fixture
def threads():
    """Return torch.set_num_threads; undone afterwards."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def _alone(csr, shapes, inputs, start, end):
    """Cut rows out of a graph, with only the sources that they hear from, renumbered."""
    low, high = csr.indptr[start], csr.indptr[end]
    kept, indices = csr.indices[low:high].unique(return_inverse=True)
    cut = {"S": kept, "B": torch.arange(start, end), "E": torch.arange(low, high)}
    part = CSR(csr.indptr[start : end + 1] - low, indices, len(kept))
    return part, [t[cut[s[0]]] if s[0] in cut else t for s, t in zip(shapes, inputs, strict=True)]


@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize("name", ["odd", "hub", "many rows"])
def test_a_row_is_the_same_alone_and_in_a_batch(operator, graphs, name, size):
    csr = graphs[name]
    inputs = operator.inputs(csr, 2, 19)
    whole = operator.call(csr, *inputs, backend="cpu")
    for start in range(0, min(csr.num_dst, 60), size):
        end = min(start + size, csr.num_dst)
        part, cut = _alone(csr, operator.shapes, inputs, start, end)
        assert torch.equal(operator.call(part, *cut, backend="cpu"), whole[start:end])


@pytest.mark.parametrize("name", ["odd", "hub", "many rows"])
def test_threads_do_not_change_a_bit(operator, graphs, name, threads):
    inputs = operator.inputs(graphs[name], 2, 19)
    runs = []
    for count in (1, 2, 2):
        threads(count)
        runs.append(operator.grads(graphs[name], inputs, "cpu"))
        assert numba.get_num_threads() == min(count, numba.config.NUMBA_NUM_THREADS)
    for run in runs[1:]:
        assert all(map(torch.equal, run, runs[0]))


def test_runs_cover_every_row_once_and_share_the_work():
    degrees = torch.tensor([0, 9, 1, 0, 4000, 2] * 300)
    indptr = torch.tensor([0, *degrees]).cumsum(0).numpy()
    starts = [cpu._run_start(indptr, run) for run in range(cpu.RUNS + 1)]
    assert starts[0] == 0
    assert starts[-1] == len(degrees)
    work = torch.tensor([indptr[b] - indptr[a] for a, b in pairwise(starts)])
    assert (work >= 0).all()
    assert work.max() - work.min() <= 2 * 4000 + 20


def test_kernels_compile_where_nothing_can_be_cached(monkeypatch):
    def no_folder(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(cpu, "njit", no_folder)
    assert cpu._jit(abs) is abs
