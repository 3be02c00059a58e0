"""How fast are the sparse operators? Ours against plain PyTorch, torch.sparse and PyG's layers.

Every implementation gets the same inputs and weights in the same run, in turns, after one run to
warm up and to check that it computes the same thing. The graph is prepared beforehand for all.
Memory is what is taken at the peak beyond what was held before the call: of the process on the CPU
(Linux only), of the allocator on a GPU. Bytes that must move are put beside the bandwidth of a copy
in the same run.

    python benchmarks/kernels.py --data DIR --output kernels.json --figure kernels.png
    python benchmarks/kernels.py --data DIR --device cuda --nodes 1000000 --edges 10000000
"""

from __future__ import annotations

import argparse
import datetime
import gc
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import torch
from kernel_cases import Call, Case, cases
from kernel_graphs import (
    CED_FILE,
    ced_graph,
    describe,
    power_law_graph,
    prepared,
    uniform_graph,
)
from record import write_record
from torch import Tensor

from gnn_emotion.kernels import choose_backend

#: Numbers that are copied to tell the bandwidth; far more than a cache holds.
_COPIED = 1 << 26
#: Forward and backward of one implementation: results, gradients.
Step = Callable[[bool], list[Tensor]]


def main() -> None:
    """Run everything and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="adds the cascades of CED")
    parser.add_argument("--output", type=Path, default=Path("kernels.json"))
    parser.add_argument("--figure", type=Path, help="draw times and memory into this file")
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--channels", type=int, default=32, help="of each head")
    parser.add_argument("--dtype", default="float32", choices=["float32", "float16", "bfloat16"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    ours = choose_backend("auto", arguments.device)
    bandwidth = copy_bandwidth(arguments.device)
    results = setting(arguments.device) | {"copy_gb_per_second": round(bandwidth / 1e9, 1)}
    runs: list[dict[str, Any]] = []
    for name, csr in graphs(arguments).items():
        csr = prepared(csr, arguments.device)
        results[name] = describe(csr)
        print(name, results[name])
        dtype = getattr(torch, arguments.dtype)
        shape = (arguments.heads, arguments.channels, arguments.seed, ours, dtype)
        for title, case in cases(csr, *shape).items():
            for run in compare(case, ours, arguments.repeats, bandwidth):
                runs.append({"graph": name, "case": title} | run)
                print(runs[-1], flush=True)
    files = [arguments.data / CED_FILE] if arguments.data else []
    write_record(arguments.output, results | {"runs": runs}, data=files, seeds=[arguments.seed])
    if arguments.figure:
        draw(runs, ours, arguments.figure)


def graphs(arguments: argparse.Namespace) -> dict[str, Any]:
    """Make the graphs, all of about as many edges."""
    shape = (arguments.nodes, arguments.edges, arguments.seed)
    found = {"uniform": uniform_graph(*shape), "power law": power_law_graph(*shape)}
    if arguments.data:
        found["ced"] = ced_graph(arguments.data / CED_FILE, arguments.edges)
    return found


def setting(device: str) -> dict[str, Any]:
    """Say where and with what it ran."""
    packages = ("torch_geometric", "triton" if device == "cuda" else "numba")
    told = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), "device": device}
    if device == "cuda":
        told["device"] = torch.cuda.get_device_name()
    return told | {"threads": torch.get_num_threads()} | {name: version(name) for name in packages}


def copy_bandwidth(device: str) -> float:
    """Measure bytes read and written a second by a copy."""
    source = torch.zeros(_COPIED, device=device)
    target = torch.empty_like(source)
    times = [timed(lambda: target.copy_(source), device) for _ in range(5)]
    return 2 * source.numel() * source.element_size() / min(times)


def timed(call: Callable[[], object], device: str) -> float:
    """Measure the seconds of a call, to the end of what it started on the device."""
    finish(device)
    start = time.perf_counter()
    call()
    finish(device)
    return time.perf_counter() - start


def finish(device: str) -> None:
    """Wait for a GPU."""
    if device == "cuda":
        torch.cuda.synchronize()


def compare(case: Case, ours: str, repeats: int, bandwidth: float) -> list[dict[str, Any]]:
    """Time the implementations in turns, and put each beside ours."""
    device = case.inputs[0].device.type
    grad = torch.randn_like(case.calls[ours](*case.inputs))
    steps: dict[str, Step] = {
        name: partial(step, call, case, grad) for name, call in case.calls.items()
    }
    check(steps)
    seconds: dict[tuple[str, bool], list[float]] = {
        (name, backward): [] for name in steps for backward in (False, True)
    }
    for _ in range(repeats):
        for (name, backward), times in seconds.items():
            gc.collect()
            times.append(timed(partial(steps[name], backward), device))
    memory = {name: peak_extra_mb(partial(one, True), device) for name, one in steps.items()}
    found = [summary(name, seconds, memory, ours) for name in steps]
    for row in found if case.moved is not None else []:
        share = case.moved / row["forward_backward_seconds"] / bandwidth
        row["share_of_copy_bandwidth"] = round(share, 3)
    return found


def check(steps: dict[str, Step]) -> None:
    """Stop where an implementation computes something else."""
    expected = steps["reference"](True)
    for name, one in steps.items():
        for got, want in zip(one(True), expected, strict=True):
            loose = want.dtype in (torch.float16, torch.bfloat16)
            # Gradients of weights are sums over all nodes.
            bound = (0.1 if loose else 1e-3) * float(want.abs().max())
            torch.testing.assert_close(got, want, rtol=1e-3, atol=bound, msg=f"{name} is wrong")


def step(call: Call, case: Case, grad: Tensor, backward: bool) -> list[Tensor]:
    """Run forward, and backward if asked; return the output and the gradients."""
    leaves = [t.detach().requires_grad_(backward) for t in case.inputs]
    with torch.set_grad_enabled(backward):
        out = call(*leaves)
    if not backward:
        return [out]
    return [out.detach(), *torch.autograd.grad(out, [*leaves, *case.weights], grad)]


def summary(
    name: str,
    seconds: dict[tuple[str, bool], list[float]],
    memory: dict[str, float | None],
    ours: str,
) -> dict[str, Any]:
    """Put the median, the spread and the ratio to ours in one row."""
    row: dict[str, Any] = {"implementation": name}
    for label, backward in (("forward", False), ("forward_backward", True)):
        times = seconds[name, backward]
        row[f"{label}_seconds"] = round(median(times), 5)
        row[f"{label}_spread"] = [round(min(times), 5), round(max(times), 5)]
        row[f"{label}_over_ours"] = round(median(times) / median(seconds[ours, backward]), 2)
    peak, own = memory[name], memory[ours]
    row["peak_extra_mb"] = None if peak is None else round(peak)
    # Below a megabyte it is what the allocator had at hand.
    row["peak_over_ours"] = round(peak / own, 2) if peak and own and own > 1 else None
    return row


def peak_extra_mb(call: Callable[[], object], device: str) -> float | None:
    """Measure the peak of memory during a call, over that before it; None if unknown."""
    gc.collect()
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    try:
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    except OSError:
        return None
    held = _status_mb("VmRSS")
    call()
    return max(_status_mb("VmHWM") - held, 0.0)


def _status_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def draw(runs: list[dict[str, Any]], ours: str, file: Path) -> None:
    """Draw how many times our time and memory the others take, a panel a graph."""
    import pandas as pd
    from matplotlib import pyplot as plt

    table = pd.DataFrame([run for run in runs if run["implementation"] != ours])
    names = list(dict.fromkeys(table["graph"]))
    figure, axes = plt.subplots(2, len(names), figsize=(4 * len(names), 7), squeeze=False)
    titles = {
        "forward_backward_over_ours": "time of forward and backward, times ours",
        "peak_over_ours": "extra memory, times ours",
    }
    for row, (column, title) in enumerate(titles.items()):
        for ax, name in zip(axes[row], names, strict=True):
            part = table[table["graph"] == name]
            bars = pd.DataFrame(
                {
                    kind: rows.set_index("case")[column]
                    for kind, rows in part.groupby("implementation")
                },
                index=list(dict.fromkeys(part["case"]))[::-1],
                dtype=float,
            )
            bars.plot.barh(ax=ax, legend=ax is axes[0][0], width=0.8)
            ax.axvline(1, color="black", linewidth=0.8)
            ax.set(title=name, xlabel=title, ylabel="")
    figure.tight_layout()
    figure.savefig(file, dpi=150)


if __name__ == "__main__":
    main()
