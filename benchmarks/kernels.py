"""How fast are the sparse operators? Ours against plain PyTorch, torch.sparse and PyG's scatter.

Every implementation gets the same inputs in the same run, in turns, after one run to warm up and
to check that it computes the same thing. The graph is prepared beforehand for all (sorted edges,
the transpose of ours, the matrix of torch.sparse). Memory is what the process takes at its peak
beyond what it holds before the call; Linux only.

    python benchmarks/kernels.py --data DIR --output kernels.json
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from record import write_record
from torch import Tensor
from torch_geometric.utils import scatter, softmax

from gnn_emotion.kernels import CSR, gat_aggregate, gatv2_aggregate, spmm

#: Beside which the others are put.
OURS = "cpu"
CED_FILE = Path("ced/reposts.parquet")


def main() -> None:
    """Run everything and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="adds the cascades of CED")
    parser.add_argument("--output", type=Path, default=Path("kernels.json"))
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--channels", type=int, default=32, help="of each head")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    graphs = {"power law": power_law_graph(arguments.nodes, arguments.edges, arguments.seed)}
    if arguments.data:
        graphs["ced"] = ced_graph(arguments.data / CED_FILE, arguments.edges)
    results: dict[str, Any] = {"threads": torch.get_num_threads(), "runs": []}
    for name, csr in graphs.items():
        results[name] = describe(csr)
        print(name, results[name])
        inputs = make_inputs(csr, arguments.heads, arguments.channels, arguments.seed)
        for operator, implementations in operators(csr).items():
            found = compare(implementations, inputs[operator], arguments.repeats)
            results["runs"] += [{"graph": name, "operator": operator} | run for run in found]
    files = [arguments.data / CED_FILE] if arguments.data else []
    write_record(arguments.output, results, data=files, seeds=[arguments.seed])


def power_law_graph(num_nodes: int, num_edges: int, seed: int) -> CSR:
    """Draw both ends of every edge with odds that fall with the 0.8th power of a node's rank."""
    rng = np.random.default_rng(seed)
    bounds = np.cumsum(np.arange(1, num_nodes + 1) ** -0.8)
    ranks = np.searchsorted(bounds, rng.random((2, num_edges)) * bounds[-1])
    src, dst = (rng.permutation(num_nodes)[ends] for ends in ranks)
    return sorted_csr(src, dst, num_nodes)


def ced_graph(file: Path, num_edges: int) -> CSR:
    """Read whole posts of CED, in its order; each hears from its parent and from its replies."""
    rows = pd.read_parquet(file, columns=["cascade", "mid", "parent"]).head(num_edges // 2)
    cascade = rows["cascade"].astype(str) + "/"
    ends = pd.concat([cascade + rows["mid"], cascade + rows["parent"]])
    codes, names = pd.factorize(ends)
    child, parent = np.split(codes, 2)
    src, dst = np.concatenate([parent, child]), np.concatenate([child, parent])
    return sorted_csr(src, dst, len(names))


def sorted_csr(src: npt.NDArray[np.int64], dst: npt.NDArray[np.int64], num_nodes: int) -> CSR:
    """Sort edges by destination; prepare all that our operators keep."""
    order = np.argsort(dst, kind="stable")
    indptr = np.searchsorted(dst[order], np.arange(num_nodes + 1))
    csr = CSR(torch.from_numpy(indptr), torch.from_numpy(src[order]), num_nodes)
    assert csr.transpose.indptr[-1] == csr.rows.numel()
    return csr


def describe(csr: CSR) -> dict[str, int]:
    """Count nodes, edges, and the edges of the greatest hub."""
    return {"nodes": csr.num_dst, "edges": csr.num_edges, "hub": int(csr.degree.max())}


def make_inputs(csr: CSR, heads: int, channels: int, seed: int) -> dict[str, list[Tensor]]:
    """Draw the inputs of every operator."""
    generator = torch.Generator().manual_seed(seed)
    draw = partial(torch.randn, generator=generator)
    z, z_dst = (draw(csr.num_src, heads, channels) for _ in range(2))
    scores = [draw(csr.num_src, heads) for _ in range(2)]
    return {
        "spmm sum": [z.flatten(1)],
        "spmm mean": [z.flatten(1)],
        "gat": [z, *scores],
        "gatv2": [z, z_dst, draw(heads, channels)],
    }


def operators(csr: CSR) -> dict[str, dict[str, Callable[..., Tensor]]]:
    """Bind every implementation of every operator to a graph."""
    functions: dict[str, Callable[..., Tensor]] = {
        "spmm sum": spmm,
        "spmm mean": partial(spmm, reduce="mean"),
        "gat": gat_aggregate,
        "gatv2": gatv2_aggregate,
    }
    found: dict[str, dict[str, Callable[..., Tensor]]] = {
        name: {backend: partial(function, csr, backend=backend) for backend in (OURS, "reference")}
        for name, function in functions.items()
    }
    ones = torch.ones(csr.num_edges)
    shares = csr.degree.float().reciprocal()[csr.rows]
    for name, values in (("spmm sum", ones), ("spmm mean", shares)):
        size = (csr.num_dst, csr.num_src)
        matrix = torch.sparse_csr_tensor(csr.indptr, csr.indices, values, size)
        found[name]["torch.sparse"] = partial(torch.matmul, matrix)
    found["gat"]["pyg"] = partial(pyg_gat, csr)
    found["gatv2"]["pyg"] = partial(pyg_gatv2, csr)
    return found


def pyg_gat(csr: CSR, z: Tensor, score_src: Tensor, score_dst: Tensor) -> Tensor:
    """Aggregate as ``torch_geometric.nn.GATConv`` does."""
    score = torch.nn.functional.leaky_relu(score_src[csr.indices] + score_dst[csr.rows], 0.2)
    alpha = softmax(score, csr.rows, num_nodes=csr.num_dst)
    return scatter(z[csr.indices] * alpha[..., None], csr.rows, 0, csr.num_dst)


def pyg_gatv2(csr: CSR, z_src: Tensor, z_dst: Tensor, att: Tensor) -> Tensor:
    """Aggregate as ``torch_geometric.nn.GATv2Conv`` does."""
    sources = z_src[csr.indices]
    hidden = torch.nn.functional.leaky_relu(sources + z_dst[csr.rows], 0.2)
    alpha = softmax((hidden * att).sum(-1), csr.rows, num_nodes=csr.num_dst)
    return scatter(sources * alpha[..., None], csr.rows, 0, csr.num_dst)


def compare(
    implementations: dict[str, Callable[..., Tensor]], inputs: list[Tensor], repeats: int
) -> list[dict[str, Any]]:
    """Time the implementations in turns, and put each beside ours."""
    grad = torch.randn_like(implementations[OURS](*inputs))
    steps = {name: partial(step, call, inputs, grad) for name, call in implementations.items()}
    expected = steps["reference"](True)
    for name in steps:
        for got, want in zip(steps[name](True), expected, strict=True):
            torch.testing.assert_close(got, want, rtol=1e-3, atol=1e-2, msg=f"{name} is wrong")
    seconds: dict[tuple[str, bool], list[float]] = {
        (n, b): [] for n in steps for b in (True, False)
    }
    for _ in range(repeats):
        for (name, backward), times in seconds.items():
            gc.collect()
            start = time.perf_counter()
            steps[name](backward)
            times.append(time.perf_counter() - start)
    memory = {name: peak_extra_mb(partial(one, True)) for name, one in steps.items()}
    found = [summary(name, seconds, memory) for name in steps]
    for run in found:
        print(run, flush=True)
    return found


def step(
    call: Callable[..., Tensor], inputs: list[Tensor], grad: Tensor, backward: bool
) -> list[Tensor]:
    """Run forward, and backward if asked; return the output and the gradients."""
    leaves = [t.detach().requires_grad_(backward) for t in inputs]
    out = call(*leaves)
    return [out.detach(), *torch.autograd.grad(out, leaves, grad)] if backward else [out]


def summary(
    name: str, seconds: dict[tuple[str, bool], list[float]], memory: dict[str, float | None]
) -> dict[str, Any]:
    """Put the median, the spread and the ratio to ours in one row."""
    row: dict[str, Any] = {"implementation": name}
    for label, backward in (("forward", False), ("forward_backward", True)):
        times = seconds[name, backward]
        row[f"{label}_seconds"] = round(median(times), 4)
        row[f"{label}_spread"] = [round(min(times), 4), round(max(times), 4)]
        row[f"{label}_over_ours"] = round(median(times) / median(seconds[OURS, backward]), 2)
    peak, ours = memory[name], memory[OURS]
    row["peak_extra_mb"] = None if peak is None else round(peak)
    # Below a megabyte it is what the allocator had at hand.
    row["peak_over_ours"] = round(peak / ours, 2) if peak and ours and ours > 1 else None
    return row


def peak_extra_mb(call: Callable[[], object]) -> float | None:
    """Measure the peak of resident memory during a call, over that before it; None if unknown."""
    gc.collect()
    try:
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    except OSError:
        return None
    before = _status_mb("VmRSS")
    call()
    return max(_status_mb("VmHWM") - before, 0.0)


def _status_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


if __name__ == "__main__":
    main()
