"""The analysis of trends on real dumps: CED (or its first cascades) and CHECKED.

Scores each dump with the bundled model, and writes, a folder a dump, the tables that an analyst
would ask for, and their figures. How emotions spread is measured twice: with these labels, which
have seen the parent, and with labels of each post's own words alone, over the posts that have any;
only the second says something of people. Clusters of words are set against the threads of CED and
the hashtags of CHECKED (``opinion_clusters.py``).

    python benchmarks/opinion.py --data DIR --output opinion.json --folder opinion/
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
from opinion_clusters import agreement
from opinion_figures import draw
from record import write_record
from throughput import write_part

from gnn_emotion import EmotionModel, pipeline, read_dump
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.batch import ScoreOptions
from gnn_emotion.topic_clusters import topic_clusters
from gnn_emotion.trends.breakdown import breakdown
from gnn_emotion.trends.bursts import bursts
from gnn_emotion.trends.changes import change_points, posts_around
from gnn_emotion.trends.coverage import coverage
from gnn_emotion.trends.emotion_trends import emotion_trends
from gnn_emotion.trends.influence import influence
from gnn_emotion.trends.keywords import keywords
from gnn_emotion.trends.spread import ShuffleOptions, reproduction, transitions
from gnn_emotion.trends.tables import write_table

#: What a post of each set is known to be about, and the numbers of clusters that are tried.
ABOUT, CLUSTERS = {"ced": "root_id", "checked_raw": "topics"}, (30, 100)
#: Data set -> width of the bins of all its posts, and of those of its topics.
SETS = {"ced": ("MS", "MS"), "checked_raw": ("1D", "W-MON")}


def main() -> None:
    """Analyse the sets that are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("opinion.json"))
    parser.add_argument("--folder", type=Path, default=Path("opinion"), help="tables, figures")
    parser.add_argument("--posts", type=int, default=100_000, help="how many reposts of CED")
    arguments = parser.parse_args()
    results, files = {}, []
    for name, (freq, wide) in SETS.items():
        if not (arguments.data / name).is_dir():
            print(f"{name} is not under {arguments.data}: skipped")
            continue
        with tempfile.TemporaryDirectory() as work:
            dump = read(arguments.data / name, Path(work), arguments.posts)
            folder = arguments.folder / name
            folder.mkdir(parents=True, exist_ok=True)
            results[name] = analyse(dump, Path(work) / "predictions.parquet", freq, wide, folder)
        files += sorted((arguments.data / name).glob("*.*"))
    write_record(arguments.output, results, data=files)


def read(source: Path, work: Path, posts: int) -> Dump:
    """Read a data set, of CED the first cascades."""
    if source.name == "ced":
        (work / "part").mkdir()
        write_part(source, work / "part", posts)
        source = work / "part"
    return read_dump(source, work / "dump", progress=False)


def analyse(dump: Dump, predictions: Path, freq: str, wide: str, folder: Path) -> dict[str, Any]:
    """Score a dump, write its tables, and return what is told of them."""
    pipeline.score(dump.folder, predictions, options=ScoreOptions(progress=False))
    posts = pipeline.attached(predictions, dump)
    start = time.perf_counter()
    largest = posts["root_id"].value_counts().index[0]
    thread = posts[posts["root_id"] == largest]
    tables = {
        "coverage": coverage(posts, dump),
        "trend": emotion_trends(posts, by=(), freq=freq),
        "keywords": keywords(posts.head(20_000), by=()),
        "thread": emotion_trends(thread, by=(), freq="1h"),
        "influence": influence(posts),
    }
    for name in ("trend", "thread"):
        tables[f"{name}_changes"] = change_points(tables[name])
        tables[f"{name}_bursts"] = bursts(tables[name])
    tables["thread_turn"] = turn(thread, tables["thread_changes"])
    worded = of_words(posts)
    for kind, frame in (("in_context", posts), ("of_words", worded)):
        for null in ("all", "thread"):
            options = ShuffleOptions(null)
            tables[f"transitions_{kind}_{null}"] = transitions(frame, options=options)
            tables[f"reproduction_{kind}_{null}"] = reproduction(frame, options)
    posts = topic_clusters(posts)
    tables["clusters"] = breakdown(posts, by=["cluster"])
    draw(posts, tables, wide, folder)
    seconds = time.perf_counter() - start
    for name, table in tables.items():
        write_table(table, folder / f"{name}.csv")
    told = {
        "seconds": seconds,
        "coverage": tables["coverage"].iloc[0].to_dict(),
        "largest_thread": len(thread),
        "posts_with_words": len(worded),
        "clusters": agreement(posts, about(posts, ABOUT[folder.name]), CLUSTERS),
        "changes": {name: len(tables[f"{name}_changes"]) for name in ("trend", "thread")},
    }
    told |= {n: t.to_dict("records") for n, t in tables.items() if n.startswith("reproduction")}
    print(f"{folder.name}: {told['coverage']}, {seconds:.1f} s")
    for name in ("in_context_all", "in_context_thread", "of_words_all", "of_words_thread"):
        rows = tables[f"reproduction_{name}"].itertuples()
        print(f"  {name}: " + ", ".join(f"{r.emotion} {r.lift:.2f} (p {r.p:.3f})" for r in rows))
    for row in told["clusters"]:
        print(
            "  "
            + ", ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{v}" for k, v in row.items())
        )
    return told


def about(posts: pd.DataFrame, column: str) -> pd.Series:
    """Return what posts are about: a column of theirs, of lists the first."""
    return posts[column].map(lambda told: told if isinstance(told, str) else next(iter(told), None))


def of_words(posts: pd.DataFrame) -> pd.DataFrame:
    """Label the posts that have words of their own by these alone; answers to others drop out."""
    worded = posts[posts["own_text"].fillna("").str.strip() != ""]
    alone = EmotionModel.from_pretrained().predict(worded[["own_text"]].set_axis(["text"], axis=1))
    names = [name for name in alone if name.startswith("prob_")]
    return worded.assign(**{name: alone[name] for name in names})


def turn(thread: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the posts around the largest step of a thread, none where there is no step."""
    if not len(changes):
        return thread.head(0)
    step = changes.loc[changes["size"].abs().idxmax()]
    return posts_around(thread, step["time"], step["emotion"])


if __name__ == "__main__":
    main()
