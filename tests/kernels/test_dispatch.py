import logging
import sys

import pytest
import torch

from gnn_emotion.kernels import (
    available_backends,
    choose_backend,
    dispatch,
    last_backend,
    operators,
)


@pytest.fixture
def fresh_choice():
    """Forget what was found out about this installation, before and after."""
    for function in (dispatch._auto, dispatch._fault):
        function.cache_clear()
    yield
    for function in (dispatch._auto, dispatch._fault):
        function.cache_clear()


@pytest.fixture
def no_numba(monkeypatch, fresh_choice):
    """Make numba impossible to import."""
    monkeypatch.setitem(sys.modules, "numba", None)


@pytest.mark.parametrize("name", ["no edges", "odd", "many rows"])
def test_auto_takes_the_fused_kernels_at_every_size(operator, graphs, name):
    operators.spmm(graphs[name], torch.ones(graphs[name].num_src, 1), backend="reference")
    operator.call(graphs[name], *operator.inputs(graphs[name]))
    assert last_backend() == "cpu"


def test_the_backward_pass_runs_on_the_same_path(operator, graphs, monkeypatch):
    from gnn_emotion.kernels import autograd

    names, run = [], autograd._run

    def spy(kernel, *args):
        names.append(kernel.__name__)
        return run(kernel, *args)

    monkeypatch.setattr(autograd, "_run", spy)
    operator.grads(graphs["odd"], operator.inputs(graphs["odd"]), "auto")
    assert len(names) >= 2


def test_a_fast_path_never_falls_back(operator, graphs, dtype, in_int32, monkeypatch):
    """The definition is taken away: whoever reaches for it fails."""
    from gnn_emotion.kernels import reference

    for name in ("spmm", "gat_aggregate", "gatv2_aggregate", "_row_sum", "_row_softmax"):
        monkeypatch.setattr(reference, name, None)
    for csr in (graphs["hub"], in_int32(graphs["hub"])):
        for backend in ("auto", "cpu"):
            operator.grads(csr, operator.inputs(csr, dtype=dtype), backend)
            assert last_backend() == "cpu"
    with pytest.raises(TypeError, match="not callable"):
        operator.call(csr, *operator.inputs(csr), backend="reference")


def test_without_numba_auto_takes_the_reference(operator, graphs, no_numba):
    csr = graphs["odd"]
    inputs = operator.inputs(csr)
    out = operator.call(csr, *inputs)
    assert last_backend() == "reference"
    assert torch.equal(out, operator.call(csr, *inputs, backend="reference"))
    assert "cpu" not in available_backends()


def test_the_fused_path_is_not_replaced_when_it_is_missing(operator, graphs, no_numba):
    with pytest.raises(RuntimeError, match="backend 'cpu' cannot run: numba cannot be imported"):
        operator.call(graphs["odd"], *operator.inputs(graphs["odd"]), backend="cpu")


def test_the_fused_path_is_not_replaced_on_another_device():
    with pytest.raises(RuntimeError, match="it needs tensors on the CPU, not on cuda"):
        choose_backend("cpu", "cuda")


def test_auto_takes_triton_on_a_gpu():
    pytest.importorskip("triton")
    assert choose_backend("auto", "cuda") == "triton"
    assert choose_backend("auto", "mps") == "reference"


def test_without_triton_auto_takes_the_reference_on_a_gpu(monkeypatch, fresh_choice):
    monkeypatch.setitem(sys.modules, "triton", None)
    assert choose_backend("auto", "cuda") == "reference"
    with pytest.raises(RuntimeError, match="backend 'triton' cannot run: triton cannot be imp"):
        choose_backend("triton", "cuda")


def test_triton_runs_on_the_cpu_in_its_interpreter_alone(monkeypatch, fresh_choice):
    pytest.importorskip("triton")
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    with pytest.raises(RuntimeError, match="set TRITON_INTERPRET=1 before Python starts"):
        choose_backend("triton", "cpu")
    with pytest.raises(RuntimeError, match=r"it needs tensors on a GPU \(cuda\), not on mps"):
        choose_backend("triton", "mps")
    dispatch._fault.cache_clear()
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert choose_backend("triton", "cpu") == "triton"
    assert choose_backend("auto", "cpu") == "cpu"
    assert available_backends() == ("reference", "cpu", "triton")


def test_auto_logs_its_choice_once(caplog):
    dispatch._auto.cache_clear()
    with caplog.at_level(logging.DEBUG, "gnn_emotion"):
        choose_backend()
        choose_backend()
    assert [r.message for r in caplog.records] == ["kernels on cpu: cpu"]


def test_an_unknown_backend_is_named_with_the_closest(operator, graphs):
    said = "unknown backend 'cpuu': did you mean 'cpu'.*Known: 'auto', 'reference', 'cpu'"
    with pytest.raises(ValueError, match=said):
        operator.call(graphs["odd"], *operator.inputs(graphs["odd"]), backend="cpuu")
