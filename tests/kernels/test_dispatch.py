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
def no_numba(monkeypatch):
    """Make numba impossible to import."""
    monkeypatch.setitem(sys.modules, "numba", None)
    for function in (dispatch._auto, dispatch._numba_fault):
        function.cache_clear()
    yield
    for function in (dispatch._auto, dispatch._numba_fault):
        function.cache_clear()


@pytest.mark.parametrize("name", ["no edges", "odd", "many rows"])
def test_auto_takes_numba_at_every_size(operator, graphs, name):
    operators.spmm(graphs[name], torch.ones(graphs[name].num_src, 1), backend="reference")
    operator.call(graphs[name], *operator.inputs(graphs[name]))
    assert last_backend() == "numba"


def test_the_backward_pass_runs_on_the_same_path(operator, graphs, monkeypatch):
    from gnn_emotion.kernels import autograd

    names, run = [], autograd._run

    def spy(kernel, *args):
        names.append(kernel.__name__)
        return run(kernel, *args)

    monkeypatch.setattr(autograd, "_run", spy)
    operator.grads(graphs["odd"], operator.inputs(graphs["odd"]), "auto")
    assert len(names) >= 2


def test_without_numba_auto_takes_the_reference(operator, graphs, no_numba):
    csr = graphs["odd"]
    inputs = operator.inputs(csr)
    out = operator.call(csr, *inputs)
    assert last_backend() == "reference"
    assert torch.equal(out, operator.call(csr, *inputs, backend="reference"))
    assert available_backends() == ("reference",)


def test_numba_is_not_replaced_when_it_is_missing(operator, graphs, no_numba):
    with pytest.raises(RuntimeError, match="backend 'numba' cannot run: numba cannot be imported"):
        operator.call(graphs["odd"], *operator.inputs(graphs["odd"]), backend="numba")


def test_numba_is_not_replaced_on_another_device():
    with pytest.raises(RuntimeError, match="it needs tensors on the CPU, not on cuda"):
        choose_backend("numba", "cuda")
    assert choose_backend("auto", "cuda") == "reference"


def test_auto_logs_its_choice_once(caplog):
    dispatch._auto.cache_clear()
    with caplog.at_level(logging.DEBUG, "gnn_emotion"):
        choose_backend()
        choose_backend()
    assert [r.message for r in caplog.records] == ["kernels on cpu: numba"]


def test_an_unknown_backend_is_named_with_the_closest(operator, graphs):
    said = "unknown backend 'nunba': did you mean 'numba'.*Known: 'auto', 'reference', 'numba'"
    with pytest.raises(ValueError, match=said):
        operator.call(graphs["odd"], *operator.inputs(graphs["odd"]), backend="nunba")
