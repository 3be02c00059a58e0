"""Does the cost of a post stay the same from a hundred thousand posts to ten million?

Generates social networks (``social_graph``) of growing size and, each in a process of its own,
builds the graph, trains a small GAT for an epoch over a tenth of the posts by sampling neighbours,
and scores all posts exactly within a limit of memory.

    python benchmarks/scaling.py --output scaling.json --figure scaling.png
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from record import write_record
from social_graph import write_social_dump

SIZES = (100_000, 1_000_000, 10_000_000)
LABELS = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
WIDTHS = {"post": 64, "user": 8}
LABELLED = 0.1


def main() -> None:
    """Run every size, the smallest several times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("scaling.json"))
    parser.add_argument("--figure", type=Path, help="draw cost and memory over size into this file")
    parser.add_argument("--posts", type=int, nargs="+", default=SIZES)
    parser.add_argument("--repeats", type=int, default=3, help="runs of the smallest size")
    parser.add_argument("--memory", type=float, default=4.0, help="GB that inference may take")
    parser.add_argument("--work", type=Path, help="folder for the networks; on a real disk")
    parser.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stages:
        print(json.dumps(time_stages(arguments.stages, arguments.memory)))
        return
    runs = []
    for size in sorted(arguments.posts):
        with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
            write_network(Path(folder), size)
            repeats = arguments.repeats if size == min(arguments.posts) else 1
            found = [run_alone(Path(folder), arguments.memory) for _ in range(repeats)]
        found.sort(key=lambda run: sum(run["cpu_seconds"].values()))
        runs.append(found[len(found) // 2] | {"repeats": repeats})
        print(show(runs[-1], runs[0]), flush=True)
        # Written after each size: a run that is cut short keeps what it has.
        write_record(arguments.output, {"memory_gb": arguments.memory, "runs": runs}, seeds=[0])
    if arguments.figure:
        draw(runs, arguments.figure)


def write_network(folder: Path, count: int) -> None:
    """Write the tables and random features of posts, in half precision, of a network."""
    write_social_dump(folder, count)
    shape = (count, WIDTHS["post"])
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float16, shape)
    rng = np.random.default_rng(0)
    for start in range(0, count, 1_000_000):
        rows = x[start : start + 1_000_000]
        rows[:] = rng.standard_normal(rows.shape, dtype=np.float32)


def run_alone(folder: Path, memory: float) -> dict[str, Any]:
    """Run the stages of a network in a process of its own."""
    command = [sys.executable, __file__, "--stages", str(folder), "--memory", str(memory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr or f"the stages ended with {done.returncode}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def time_stages(folder: Path, memory: float) -> dict[str, Any]:
    """Build, train and score; seconds on the wall and of the processors, and memory so far."""
    from gnn_emotion.graph.build import build_graph
    from gnn_emotion.nn.config import ModelConfig
    from gnn_emotion.nn.emotion_gnn import EmotionGNN
    from gnn_emotion.schema.graph import STATED
    from gnn_emotion.schema.tables import Dump
    from gnn_emotion.scoring.inference import infer
    from gnn_emotion.scoring.memory import MemoryLimit
    from gnn_emotion.training.fit import fit, seed_everything
    from gnn_emotion.training.fit_options import FitOptions
    from gnn_emotion.training.loading import model_loader

    seed_everything(0)
    config = ModelConfig(LABELS, WIDTHS, hidden_channels=64, num_layers=2)
    model = EmotionGNN(config)
    laps = [_now()]
    dump = Dump(folder)
    features = read_features(dump, folder)
    graph = build_graph(dump, features, edge_types={*STATED, *config.edges_read})
    laps.append(_now())
    task = draw_task(len(graph["post"].x))
    fit(model, model_loader(graph, config), task, FitOptions(epochs=1, num_neighbors=8))
    laps.append(_now())
    infer(model, graph, memory=MemoryLimit(memory, folder))
    laps.append(_now())
    edges = {edge_type: graph[edge_type].edge_index.shape[1] for edge_type in graph.edge_types}
    return {
        "posts": len(graph["post"].x),
        "users": len(graph["user"].x),
        "labelled": len(task.rows),
        "stated_edges": sum(count for kind, count in edges.items() if kind in STATED),
        "edges": sum(edges.values()),
        **_stages(laps),
    }


def read_features(dump: Any, folder: Path) -> dict[str, Any]:
    """Map the features of posts from their file; users have zeros."""
    from gnn_emotion.graph.build import node_ids

    # Copy on write: torch wants memory that can be written, and nobody writes.
    x = {"post": np.load(folder / "x.npy", mmap_mode="c")}
    ids = {name: node_ids(dump, name).combine_chunks() for name in WIDTHS}
    x["user"] = np.zeros((len(ids["user"]), WIDTHS["user"]), dtype=np.float32)
    return {name: all_present(ids[name], x[name]) for name in WIDTHS}


def all_present(ids: pa.Array, x: np.ndarray) -> Any:
    """Call rows the features of nodes."""
    from gnn_emotion.schema.features import EncoderSpec, Features

    present, status = np.ones(len(ids), dtype=bool), np.zeros(len(ids), dtype=np.uint8)
    return Features(ids, x, present, status, EncoderSpec("random", "1", x.shape[1]))


def draw_task(count: int) -> Any:
    """Label a tenth of the posts at random, all of them to train on."""
    from gnn_emotion.training.task import TRAIN, Task

    rng = np.random.default_rng(1)
    rows = np.flatnonzero(rng.random(count) < LABELLED)
    allowed = np.eye(len(LABELS), dtype=bool)[rng.integers(0, len(LABELS), len(rows))]
    return Task(
        rows,
        allowed,
        source=np.zeros(len(rows), dtype=np.int64),
        weight=np.ones(len(rows), dtype=np.float32),
        split=np.full(len(rows), TRAIN, dtype=np.int8),
    )


def _now() -> tuple[float, float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def _stages(laps: list[tuple[float, float, float]]) -> dict[str, dict[str, float]]:
    names = ("build", "train", "score")
    wall, cpu, peak = (np.array(column) for column in zip(*laps, strict=True))
    return {
        "seconds": dict(zip(names, np.diff(wall).round(2).tolist(), strict=True)),
        "cpu_seconds": dict(zip(names, np.diff(cpu).round(2).tolist(), strict=True)),
        "peak_memory_gb": dict(zip(names, peak[1:].round(2).tolist(), strict=True)),
    }


def microseconds(run: dict[str, Any]) -> float:
    """Return the time of the processors a post, all stages together."""
    return 1e6 * sum(run["cpu_seconds"].values()) / run["posts"]


def show(run: dict[str, Any], smallest: dict[str, Any]) -> str:
    """Write a run as one line."""
    stages = ", ".join(f"{name} {s:.1f}" for name, s in run["cpu_seconds"].items())
    return (
        f"{run['posts']:,} posts, {run['stated_edges']:,} stated edges: {microseconds(run):.1f} us "
        f"a post ({microseconds(run) / microseconds(smallest):.2f} of the smallest), peak "
        f"{max(run['peak_memory_gb'].values()):.2f} GB; seconds of processors: {stages}; "
        f"on the wall {sum(run['seconds'].values()):.1f}"
    )


def draw(runs: list[dict[str, Any]], path: Path) -> None:
    """Draw the cost of a post and the peak of memory over posts."""
    import matplotlib.pyplot as plt

    figure, (cost, memory) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    posts = [run["posts"] for run in runs]
    for stage in runs[0]["cpu_seconds"]:
        spent = [1e6 * run["cpu_seconds"][stage] / run["posts"] for run in runs]
        cost.plot(posts, spent, marker="o", label=stage)
    cost.plot(posts, list(map(microseconds, runs)), marker="o", color="black", label="all")
    memory.plot(posts, [max(r["peak_memory_gb"].values()) for r in runs], marker="o")
    cost.set(ylabel="µs of processor a post")
    memory.set(ylabel="peak memory, GB")
    for axes in (cost, memory):
        axes.set(xscale="log", xlabel="posts")
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_formatter("{x:,.0f}")
    cost.legend()
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
