"""Are the intervals of trends right, are steps found, and how long does a million posts take?

Dumps are invented, with a share that is known: the emotions of a user's posts are alike, and in
half of them a tenth of the users write half of the posts. Beside the package's intervals stand, on
the same dumps, Wilson's that take every post for independent, and percentiles of a bootstrap that
draws users.

    python benchmarks/trends.py --output trends.json --runs 500
"""

from __future__ import annotations

import argparse
import itertools
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from record import write_record
from scipy.sparse import csr_array

from gnn_emotion.synthetic.crowd import START, Crowd
from gnn_emotion.trends.cells import UserSums, user_sums
from gnn_emotion.trends.changes import change_points
from gnn_emotion.trends.compare import compare
from gnn_emotion.trends.emotion_trends import emotion_trends
from gnn_emotion.trends.intervals import shares, wilson
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.report import write_report

Floats = npt.NDArray[np.float64]
Ends = tuple[Floats, Floats]
METHODS = ("trends", "naive", "bootstrap")
_DRAWS = 200
#: Posts of a bin -> bins and users of a dump.
_SIZES = {20: (6, 20), 200: (6, 100), 2000: (3, 500)}
_MILLION = 1_000_000


def main() -> None:
    """Run all parts, the million first, while memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("trends.json"))
    parser.add_argument("--runs", type=int, default=500, help="simulated dumps of each setting")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), help="which, by default all"
    )
    arguments = parser.parse_args()
    results = {}
    for part in arguments.parts:
        results[part] = PARTS[part](arguments.runs)
    write_record(arguments.output, results, seeds=range(arguments.runs))


def measure_million(runs: int) -> dict[str, Any]:
    """Time a million predictions of 300,000 users, 50 topics, 30 days of hours, 7 emotions."""
    frame = million()
    start = time.perf_counter()
    table = emotion_trends(frame)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"a million posts: {seconds:.1f} s, {len(table):,} rows, {peak:.2f} GB", flush=True)
    return {"seconds": seconds, "rows": len(table), "peak_memory_gb": peak}


def million() -> pd.DataFrame:
    """Invent a million predictions of users of whom a tenth write half."""
    rng, users = np.random.default_rng(0), 300_000
    activity = np.where(np.arange(users) < users // 10, 9.0, 1.0)
    probs = rng.dirichlet(np.full(7, 0.4), _MILLION).astype(np.float32)
    columns = {f"prob_{k}": probs[:, k] for k in range(7)}
    return pd.DataFrame(
        columns
        | {
            "user_id": rng.choice(users, _MILLION, p=activity / activity.sum()).astype(str),
            "created_at": START + pd.to_timedelta(rng.integers(0, 30 * 86_400, _MILLION), unit="s"),
            "topic": rng.integers(0, 50, _MILLION).astype(str),
            "valence": probs[:, 1] - probs[:, 2],
        }
    )


def measure_report(runs: int) -> dict[str, Any]:
    """Time the page of a report of the same million, with texts of 25 characters and answers."""
    rng, frame = np.random.default_rng(1), million()
    labels, probs = np.array([f"{k}" for k in range(7)]), frame.filter(like="prob_").to_numpy()
    words = np.array(["今天", "洪水", "救援", "开心", "生气", "演唱会", "志愿者", "晚高峰", "难过"])
    number = np.arange(_MILLION)
    frame = frame.assign(
        post_id=number.astype(str),
        parent_id=np.where(number % 2, (number // 2).astype(str), None),
        own_text=["".join(row) for row in rng.choice(words, (_MILLION, 12)).tolist()],
        emotion=labels[probs.argmax(axis=1)],
        confidence=probs.max(axis=1),
        abstained=rng.random(_MILLION) < 0.1,
    )
    with tempfile.TemporaryDirectory() as work:
        page = Path(work) / "report.html"
        start, spent = time.perf_counter(), time.process_time()
        write_report(frame, page, options=ReportOptions(freq="3h"))
        seconds, spent = time.perf_counter() - start, time.process_time() - spent
        size = page.stat().st_size / 2**20
    print(f"its report: {seconds:.1f} s, {spent:.1f} s of work, {size:.1f} MB", flush=True)
    return {"seconds": seconds, "processor_seconds": spent, "megabytes": size}


def measure_coverage(runs: int) -> list[dict[str, Any]]:
    """Count how often the bands of a bin hold the known share, in every setting."""
    rows = []
    for crowd in crowds():
        inside = {name: [] for name in METHODS}
        width = {name: [] for name in METHODS}
        for seed in range(runs):
            for name, (low, high) in bands(crowd, seed).items():
                inside[name].append(((low <= crowd.share) & (crowd.share <= high)).mean())
                width[name].append((high - low).mean())
        row = asdict(crowd)
        row |= {f"covered_{name}": float(np.mean(found)) for name, found in inside.items()}
        row |= {f"width_{name}": float(np.mean(found)) for name, found in width.items()}
        rows.append(row)
        shown = ", ".join(f"{name} {row[f'covered_{name}']:.3f}" for name in METHODS)
        print(f"{described(crowd)}: {shown}", flush=True)
    return rows


def described(crowd: Crowd) -> str:
    """Say in words what a dump is like."""
    users = "a tenth writes half" if crowd.heavy else "all write alike"
    kind = "labels" if crowd.sharp else "probabilities"
    bins = f"{crowd.bins} bins of {crowd.posts} posts by {crowd.users} users"
    return f"{bins}, share {crowd.share}, {users}, {kind}"


def crowds() -> Iterator[Crowd]:
    """Yield the settings; the last ones have one bin alone, which nothing can be learned from."""
    for posts, share, heavy, sharp in itertools.product(
        _SIZES, (0.02, 0.1, 0.5), (False, True), (False, True)
    ):
        bins, users = _SIZES[posts]
        yield Crowd(share, posts, bins, users, heavy, sharp=sharp)
    for posts, share in itertools.product(_SIZES, (0.02, 0.1, 0.5)):
        yield Crowd(share, posts, 1, _SIZES[posts][1])


def bands(crowd: Crowd, seed: int) -> dict[str, Ends]:
    """Return the low and high ends ``[bins]`` of each method on a dump."""
    user, place, anger = crowd.arrays(seed)
    sums = user_sums(user, place, anger[:, None], crowd.bins, None)
    found = shares(sums)
    share = found.share[:, 0]
    low, high = found.interval()
    return {
        "trends": (low[:, 0], high[:, 0]),
        "naive": wilson(share, np.full(len(share), float(crowd.posts)), 1.96),
        "bootstrap": bootstrap(sums, crowd.users, np.random.default_rng(seed)),
    }


def bootstrap(sums: UserSums, users: int, rng: np.random.Generator) -> Ends:
    """Draw users with all their posts in all bins; the percentiles of the shares."""
    shape = users, sums.num_cells
    pairs = sums.user, sums.cell
    hits, posts = (csr_array((x, pairs), shape) for x in (sums.value_sums[:, 0], sums.weight))
    times = rng.multinomial(users, np.full(users, 1 / users), size=_DRAWS).astype(np.float64)
    with np.errstate(invalid="ignore"):
        drawn = (times @ hits) / (times @ posts)
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    return low, high


def measure_tests(runs: int) -> list[dict[str, Any]]:
    """Count how often two periods, or two groups, that are alike are told to differ (p < 0.05)."""
    rows = []
    for posts, same_users in itertools.product((20, 200), (True, False)):
        crowd = Crowd(posts=posts, bins=2, users=_SIZES[posts][1])
        wrong, naive = [], []
        for seed in range(runs):
            frame = crowd.draw(seed)
            second = frame.index >= posts
            if not same_users:
                other = crowd.draw(seed + runs)[second].assign(post_id="")
                other["user_id"] += "'"
                frame = pd.concat([frame[~second], other])
            wrong.append(compare(frame, ~second, second).p[0] < 0.05)
            naive.append(compare(frame.assign(user_id=None), ~second, second).p[0] < 0.05)
        row = {"posts": posts, "same_users": same_users, "wrong": float(np.mean(wrong))}
        rows.append(row | {"wrong_naive": float(np.mean(naive))})
        print(f"two sides of {posts} posts, same users {same_users}: {row['wrong']:.3f} wrong, "
              f"{np.mean(naive):.3f} if posts were independent", flush=True)  # fmt: skip
    return rows


def measure_changes(runs: int) -> list[dict[str, Any]]:
    """Count flat series that are cut, and steps that are found within one bin."""
    settings = [
        (Crowd(posts=60, bins=24), 0.0),
        (Crowd(share=0.02, posts=20, users=40, bins=48, sharp=True), 0.0),
        (Crowd(posts=200, bins=48, users=300), 0.0),
        (Crowd(posts=60, bins=24), 0.3),
        (Crowd(posts=200, bins=24, users=300), 0.15),
        (Crowd(share=0.05, posts=200, bins=48, users=300), 0.1),
    ]
    rows = []
    for crowd, shift in settings:
        found, spurious = [], []
        for seed in range(runs):
            at = int(np.random.default_rng(seed).integers(4, crowd.bins - 4))
            trend = emotion_trends(crowd.draw(seed, shift, at), by=())
            steps = change_points(trend[trend.emotion == "anger"])
            away = abs((steps.time - START) / pd.Timedelta(1, "h") - at)
            found.append(bool((away <= 1).any()))
            spurious.append(bool((away > 1).any()) if shift else len(steps) > 0)
        row = asdict(crowd) | {"shift": shift, "spurious": float(np.mean(spurious))}
        rows.append(row | ({"found": float(np.mean(found))} if shift else {}))
        hits = f"{np.mean(found):.3f} found, " if shift else ""
        print(f"{crowd.bins} bins of {crowd.posts} posts, share {crowd.share}, step {shift}: {hits}"
              f"{np.mean(spurious):.3f} false", flush=True)  # fmt: skip
    return rows


PARTS: dict[str, Callable[[int], Any]] = {
    "million": measure_million,
    "report": measure_report,
    "coverage": measure_coverage,
    "tests": measure_tests,
    "changes": measure_changes,
}

if __name__ == "__main__":
    main()
