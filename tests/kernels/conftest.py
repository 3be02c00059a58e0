"""Random graphs of awkward kinds, and the operators with inputs to run them on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from gnn_emotion.kernels import CSR, gat_aggregate, gatv2_aggregate, spmm


def make_csr(rows: list[int], num_src: int, seed: int = 0) -> CSR:
    """Make a graph with these many edges in each row, to random sources."""
    indptr = torch.tensor([0, *rows]).cumsum(0)
    generator = torch.Generator().manual_seed(seed)
    size = (int(indptr[-1]),)
    return CSR(indptr, torch.randint(max(num_src, 1), size, generator=generator), num_src)


#: How far a result of each dtype may be from that of float64, relatively and absolutely.
TOLERANCE = {
    torch.float16: (2e-3, 2e-3),
    torch.bfloat16: (1e-2, 1e-2),
    torch.float32: (1e-4, 1e-4),
    torch.float64: (1e-9, 1e-9),
}

GRAPHS = {
    "odd": make_csr([3, 0, 1, 7, 2, 0, 5], 11),
    "no edges": make_csr([0, 0, 0], 4),
    "no rows": make_csr([], 3),
    "nothing": make_csr([], 0),
    "no sources": make_csr([0, 0], 0),
    "hub": make_csr([2, 5003, 0, 1], 301),
    "one source": make_csr([4, 0, 9, 1], 1),
    "many rows": make_csr([i * 7 % 13 for i in range(997)], 503),
}


@dataclass(frozen=True)
class Operator:
    """An operator and the shapes of its inputs, by the letters S, B, E, H, C."""

    call: Callable[..., Tensor]
    shapes: tuple[str, ...]

    def inputs(self, csr: CSR, heads: int = 3, channels: int = 5, **options) -> list[Tensor]:
        sizes = {"S": csr.num_src, "B": csr.num_dst, "E": csr.num_edges, "H": heads, "C": channels}
        generator = torch.Generator().manual_seed(1)
        return [
            torch.randn([sizes[s] for s in shape], generator=generator, **options)
            for shape in self.shapes
        ]

    def grads(
        self, csr: CSR, inputs: list[Tensor], backend: str, dtype: torch.dtype | None = None
    ) -> list[Tensor]:
        """Return the output, then the gradient of every input; computed in ``dtype`` if given."""
        leaves = [t.to(dtype or t.dtype, copy=True).requires_grad_() for t in inputs]
        out = self.call(csr, *leaves, backend=backend)
        generator = torch.Generator().manual_seed(2)
        grad = torch.randn(out.shape, dtype=inputs[0].dtype, generator=generator)
        out.backward(grad.to(out))
        return [out.detach(), *(t.grad for t in leaves)]


def narrow(csr: CSR) -> CSR:
    """Return the same graph in int32."""
    return CSR(csr.indptr.int(), csr.indices.int(), csr.num_src)


def with_edges(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Give an operator the scores of edges as its last input."""
    return lambda *inputs, **options: function(*inputs[:-1], score_edge=inputs[-1], **options)


OPERATORS = {
    "spmm sum": Operator(spmm, ("SC",)),
    "spmm mean": Operator(lambda *a, **k: spmm(*a, reduce="mean", **k), ("SC",)),
    "spmm weighted": Operator(spmm, ("SC", "E")),
    "spmm weighted mean": Operator(lambda *a, **k: spmm(*a, reduce="mean", **k), ("SC", "E")),
    "gat": Operator(gat_aggregate, ("SHC", "SH", "BH")),
    "gat with edges": Operator(with_edges(gat_aggregate), ("SHC", "SH", "BH", "EH")),
    "gatv2": Operator(gatv2_aggregate, ("SHC", "BHC", "HC")),
    "gatv2 with edges": Operator(with_edges(gatv2_aggregate), ("SHC", "BHC", "HC", "EH")),
}


@pytest.fixture(scope="session", params=OPERATORS.values(), ids=OPERATORS)
def operator(request) -> Operator:
    return request.param


@pytest.fixture(scope="session", params=GRAPHS.values(), ids=GRAPHS)
def graph(request) -> CSR:
    return request.param


@pytest.fixture(scope="session")
def graphs() -> dict[str, CSR]:
    return GRAPHS


@pytest.fixture(scope="session", params=TOLERANCE, ids=str)
def dtype(request) -> torch.dtype:
    return request.param


@pytest.fixture(scope="session")
def close() -> Callable[[list[Tensor], list[Tensor]], None]:
    """Return what compares results of any dtype with those of float64."""

    def compare(got: list[Tensor], truth: list[Tensor]) -> None:
        for mine, true in zip(got, truth, strict=True):
            rtol, atol = TOLERANCE[mine.dtype]
            torch.testing.assert_close(mine.double(), true, rtol=rtol, atol=atol)

    return compare


@pytest.fixture(scope="session")
def in_int32() -> Callable[[CSR], CSR]:
    return narrow


@pytest.fixture(scope="session")
def random_csr() -> Callable[..., CSR]:
    return make_csr
