"""How fast is scoring from files to files, how much memory does it take, and does it scale?

Scores parts of CED (whole cascades, in order) of growing size end to end, each in a process of its
own, and in the same run measures SnowNLP's posts/s on the same texts.

    python benchmarks/throughput.py --data DIR --output throughput.json --figure throughput.png
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
import pyarrow.compute as pc
import pyarrow.parquet as pq
from record import write_record

SIZES = (10_000, 100_000, 1_100_000)
_SNOWNLP_POSTS = 2_000


def main() -> None:
    """Run every size, the largest last, and SnowNLP beside them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("throughput.json"))
    parser.add_argument("--figure", type=Path, help="draw cost over size into this file")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stages:
        print(json.dumps(time_stages(arguments.stages)))
        return
    snownlp = snownlp_rate(arguments.data)
    print(f"SnowNLP: {snownlp:,.0f} posts/s", flush=True)
    runs = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_part(arguments.data / "ced", Path(folder), size)
            runs.append(run_alone(Path(folder)))
        runs[-1]["times_snownlp"] = runs[-1]["posts_per_second"] / snownlp
        print(show(runs[-1]), flush=True)
    results = {"snownlp_posts_per_second": snownlp, "runs": runs}
    files = sorted((arguments.data / "ced").glob("*.parquet"))
    write_record(arguments.output, results, data=files)
    if arguments.figure:
        draw(runs, arguments.figure)


def write_part(ced: Path, folder: Path, size: int) -> None:
    """Write the first cascades of CED, ``size`` reposts or all there are, as CED is laid out."""
    reposts = pq.read_table(ced / "reposts.parquet").slice(0, size)
    roots = pq.read_table(ced / "roots.parquet")
    used = pc.is_in(roots["cascade"], value_set=pc.unique(reposts["cascade"]))
    pq.write_table(reposts, folder / "reposts.parquet")
    pq.write_table(roots.filter(used), folder / "roots.parquet")


def run_alone(folder: Path) -> dict[str, Any]:
    """Score a folder in a process of its own."""
    command = [sys.executable, __file__, "--stages", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def time_stages(folder: Path) -> dict[str, Any]:
    """Time every stage of scoring, from import to the file of predictions."""
    clock = [time.perf_counter()]
    names: list[str] = []

    def lap(name: str) -> None:
        names.append(name)
        clock.append(time.perf_counter())

    from gnn_emotion import read_dump
    from gnn_emotion.graph.build import build_graph
    from gnn_emotion.scoring.batch import ScoreOptions, encode_words, lay_out
    from gnn_emotion.scoring.bundled import bundled_model
    from gnn_emotion.scoring.predictor import Predictor
    from gnn_emotion.scoring.write import write_predictions

    with tempfile.TemporaryDirectory() as work:
        predictor = Predictor.load(bundled_model())
        lap("start")
        dump = read_dump(folder, Path(work) / "dump", progress=False)
        lap("ingest")
        posts = encode_words(dump, predictor.encoders, Path(work) / "features", progress=False)
        features = predictor.encode(dump, posts)
        lap("encode")
        graph = build_graph(dump, features, last=predictor.checkpoint.last)
        lap("graph")
        predicted = predictor.infer(graph)
        lap("gnn")
        table = lay_out(dump, predictor, features, predicted, ScoreOptions())
        write_predictions(table, Path(work) / "predictions.parquet", "parquet")
        lap("write")
    seconds = dict(zip(names, np.diff(clock).round(2).tolist(), strict=True))
    total = clock[-1] - clock[0]
    return {
        "posts": table.num_rows,
        "seconds": seconds,
        "posts_per_second": table.num_rows / total,
        "stage_posts_per_second": {n: table.num_rows / max(s, 1e-9) for n, s in seconds.items()},
        "peak_memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def snownlp_rate(data: Path) -> float:
    """Measure SnowNLP's posts/s on posts drawn from CED; the wordless ones cost it nothing."""
    from snownlp import SnowNLP

    texts = pq.read_table(data / "ced" / "reposts.parquet", columns=["text"])["text"]
    drawn = np.random.default_rng(0).choice(len(texts), _SNOWNLP_POSTS, replace=False)
    chosen = texts.take(drawn).to_pylist()
    SnowNLP("预热").sentiments  # noqa: B018 - loads its model, which is not part of the rate
    start = time.perf_counter()
    for text in chosen:
        if text and text.strip():
            SnowNLP(text).sentiments  # noqa: B018 - the property computes
    return len(chosen) / (time.perf_counter() - start)


def show(run: dict[str, Any]) -> str:
    """Write a run as one line."""
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in run["seconds"].items())
    return (
        f"{run['posts']:,} posts: {run['posts_per_second']:,.0f} posts/s, "
        f"{run['times_snownlp']:.1f} x SnowNLP, peak {run['peak_memory_gb']:.2f} GB; "
        f"seconds: {stages}"
    )


def draw(runs: list[dict[str, Any]], path: Path) -> None:
    """Draw seconds over posts, stage by stage."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    posts = [run["posts"] for run in runs]
    for stage in runs[0]["seconds"]:
        ax.plot(posts, [run["seconds"][stage] for run in runs], marker="o", label=stage)
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="posts",
        ylabel="seconds",
        title="Scoring CED end to end, by stage",
    )
    ax.legend()
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
