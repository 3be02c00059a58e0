"""Does the graph help, on which data, and is it real? Public data sets with their own splits.

On each set: models without a graph, and graph models with three controls (no graph, shuffled edges,
each post in place of its neighbours), five seeds, paired tests over threads; a PyG ``HeteroConv``
of the usual kind on the same graph in the same run; and what others published, beside it. Models
are chosen by validation scores alone.

    OMP_NUM_THREADS=1 python benchmarks/ablation.py --data DIR --output ablation

A run that is killed goes on where it was. CED is large: ask for it with ``--sets ced``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hetero_conv import HeteroConvOptions, train_hetero_conv
from public_sets import SETS, ced
from public_sets.public_set import SPLITS, Published
from record import write_record

from gnn_emotion import read_dump
from gnn_emotion.ablation import CELLS, train_cells, write_table
from gnn_emotion.schema.graph import EDGE_NAMES
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.ablation.compare import Answers, compare
from gnn_emotion.training.ablation.grid import Ablation
from gnn_emotion.training.ablation.table import markdown, verdicts
from gnn_emotion.training.metrics import macro_f1, mean_interval
from gnn_emotion.training.task import TEST
from gnn_emotion.training_data import training_data

#: Words of the train split, as scores of a linear model that never saw the post and as a reduced
#: bag of characters: the same for every model of a set.
WORDS = "tfidf+logistic"
#: Relations of sets without times, along which training labels may come from both sides.
UNDATED = ["rev_replies_to", "rev_in_thread", "replies_to", "sibling", "same_author"]
DIALOGUE = ["rev_replies_to", "earlier_in_thread", "earlier_by_user", "replies_to"]
FOLLOWERS = [
    "rev_reposts",
    "rev_replies_to",
    "earlier_by_user",
    "by_followed",
    "user__writes__post",
]
EDGES = {"fanchuan": UNDATED, "cped": DIALOGUE, "meld": DIALOGUE, "hcr": FOLLOWERS}
#: The public sets with a graph.
GRAPHS = [name for name in SETS if name.partition("-")[0] in EDGES]

BASE: dict[str, Any] = {
    "encoders": {"text": WORDS},
    "num_layers": 2,
    "dropout": 0.5,
    "fit": {"epochs": 40, "patience": 8, "batch_size": 512},
}
ALONE: dict[str, dict[str, Any]] = {
    "naive Bayes": {"encoders": {"text": "naive_bayes"}, "conv": "as_is"},
    "SVM": {"encoders": {"text": "svm"}, "conv": "as_is"},
    "logistic": {"encoders": {"text": "logistic"}, "conv": "as_is"},
    "MLP": {"conv": "none"},
}
GRAPH: dict[str, dict[str, Any]] = {
    "GCN": {"conv": "gcn"},
    "GraphSAGE": {"conv": "sage"},
    "R-GCN": {"conv": "rgcn"},
    "GAT": {"conv": "gat"},
    "HGT": {"conv": "hgt"},
    "SIGN": {"conv": "sign"},
}
#: Where labels of the train split stand beside posts of the test split.
LABELS: dict[str, dict[str, Any]] = {
    "R-GCN + labels": {"conv": "rgcn", "label_inputs": True},
    "GAT + labels": {"conv": "gat", "label_inputs": True},
    "R-GCN + C&S": {"conv": "rgcn", "correct_and_smooth": True},
}
MODELS = {
    "fanchuan": ALONE | GRAPH | LABELS,
    "hcr": ALONE | GRAPH | LABELS,
    # Dialogues are whole in a split: no label of the train split is near.
    "cped": ALONE | GRAPH,
    "meld": ALONE | {name: GRAPH[name] for name in ("GCN", "GraphSAGE", "R-GCN", "GAT")},
}
CED_BASE: dict[str, Any] = {"emoticons": True, "num_layers": 1}
CED_MODELS: dict[str, dict[str, Any]] = {
    "MLP": {"conv": "none"},
    "GCN": {"conv": "gcn"},
    "GCN + labels": {"conv": "gcn", "label_inputs": True},
    "GAT + time + labels": {"conv": "gat", "edge_time": True, "label_inputs": True},
}


def main() -> None:
    """Run everything and write the records."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("ablation"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", nargs="+", default=GRAPHS, choices=[*GRAPHS, "ced"])
    arguments = parser.parse_args()
    for name in arguments.sets:
        start = time.perf_counter()
        found = run_set(name, arguments.data, arguments.output / name, range(arguments.seeds))
        found["seconds"] = round(time.perf_counter() - start)
        write_record(
            arguments.output / f"{name}.json",
            found,
            data=files_of(name, arguments.data),
            seeds=range(arguments.seeds),
        )
        show(name, found)


def run_set(name: str, data: Path, output: Path, seeds: Iterable[int]) -> dict[str, Any]:
    """Run the ablation of one set."""
    with tempfile.TemporaryDirectory() as work:
        dump, table = prepare(name, data, Path(work))
        ablation = Ablation.from_table({**table, "seeds": list(seeds)})
        records = train_cells(dump, ablation, output / CELLS)
        frame = write_table(ablation, records, output)
        answers = {cell.name: [r.answers for r in records[cell.key]] for cell in ablation.cells}
        hears = {cell.name for cell in ablation.cells if cell.hears}
        found: dict[str, Any] = {
            "table": markdown(frame),
            "verdicts": verdicts(frame),
            "rows": frame.to_dict("records"),
            "best": best(frame, answers, hears),
            "published": [vars(one) for one in published(name)],
        }
        if name == "ced":
            found["subsets"] = subsets(dump, ablation, answers)
        else:
            found["hetero_conv"] = hetero_conv(dump, ablation, answers, found["best"]["graph"])
    return found


def prepare(name: str, data: Path, work: Path) -> tuple[Dump, dict[str, Any]]:
    """Read a set, and lay out what is compared on it."""
    if name == "ced":
        table = {"base": CED_BASE, "grid": {"model": CED_MODELS}}
        return read_dump(data / ced.FOLDER), table
    public = SETS[name]
    dump = read_dump(public.write(data, work))
    kind = name.partition("-")[0]
    base = {
        **BASE,
        "label_set": public.label_set,
        "split": str(work / SPLITS),
        "edge_types": EDGES[kind],
    }
    return dump, {"base": base, "grid": {"model": MODELS[kind]}}


def best(
    frame: pd.DataFrame, answers: Mapping[str, Sequence[Answers]], hears: set[str]
) -> dict[str, Any]:
    """Compare the best graph model with the best without, each chosen by validation scores."""
    real = frame[frame.control == "real"].set_index("cell")
    graph = real.loc[sorted(hears)].val_macro_f1.idxmax()
    alone = real.drop(index=sorted(hears)).val_macro_f1.idxmax()
    gain = compare(answers[graph], answers[alone])
    row = real.loc[graph]
    return {
        "graph": graph,
        "alone": alone,
        "macro_f1": [row.macro_f1, real.loc[alone].macro_f1],
        "gain": vars(gain),
        "over_shuffled": {n: row[f"over_shuffled{n}"] for n in ("", "_low", "_high", "_p")},
    }


def hetero_conv(
    dump: Dump, ablation: Ablation, answers: Mapping[str, Sequence[Answers]], ours: str
) -> dict[str, Any]:
    """Train PyG's ``HeteroConv`` on the same graph, and compare our best graph model with it."""
    cell = next(cell for cell in ablation.cells if cell.name == ours)
    found: dict[str, Any] = {}
    with training_data(dump, cell.options) as ready:
        edge_types = [EDGE_NAMES[name] for name in cell.options.edge_types]
        edge_types = [kind for kind in edge_types if kind in ready.data.edge_types]
        at = ready.task.at(TEST)
        label = ready.task.allowed[at].argmax(axis=1)
        thread = ready.data["post"].thread.numpy()[ready.task.rows[at]]
        runs = [
            train_hetero_conv(ready.data, ready.task, edge_types, HeteroConvOptions(), seed)
            for seed in ablation.seeds
        ]
        theirs = [Answers(label, run["pred"], thread, ready.task.allowed.shape[1]) for run in runs]
        found["macro_f1"] = interval([score(one) for one in theirs])
        found["ours_over_it"] = vars(compare(answers[ours], theirs))
        for key in ("seconds", "epochs", "peak_memory_mb"):
            found[key] = float(np.mean([run[key] for run in runs]))
    return found


def subsets(
    dump: Dump, ablation: Ablation, answers: Mapping[str, Sequence[Answers]]
) -> dict[str, Any]:
    """Score each model on the parts of CED's test labels; see ``ced.test_subsets``."""
    task = ced.emoticon_task(dump)
    found: dict[str, Any] = {}
    for part, mask in ced.test_subsets(dump, task).items():
        cut = {name: [part_of(one, mask) for one in runs] for name, runs in answers.items()}
        found[part] = {
            "labels": int(mask.sum()),
            **{name: interval([score(one) for one in runs]) for name, runs in cut.items()},
        }
    return found


def part_of(answers: Answers, mask: np.ndarray) -> Answers:
    """Keep some of the test labels."""
    return replace(
        answers,
        label=answers.label[mask],
        pred=answers.pred[mask],
        thread=answers.thread[mask],
    )


def score(answers: Answers) -> float:
    """Return the macro-F1 of answers."""
    return macro_f1(answers.label, answers.pred, answers.num_classes)


def interval(values: Sequence[float]) -> list[float]:
    """Average over seeds, with half the width of the 95 % interval."""
    return list(mean_interval(values)) if len(values) > 1 else [values[0], float("nan")]


def published(name: str) -> Sequence[Published]:
    """Return what others report."""
    return ced.PUBLISHED if name == "ced" else SETS[name].published


def files_of(name: str, data: Path) -> list[Path]:
    """Return the files of a set."""
    folder = data / name.partition("-")[0]
    return sorted(file for file in folder.rglob("*") if file.suffix in (".csv", ".parquet", ".txt"))


def show(name: str, found: Mapping[str, Any]) -> None:
    """Print what a set says."""
    chosen = found["best"]
    print(f"\n## {name}\n\n{found['table']}\n")
    print("\n".join(found["verdicts"]))
    print(
        f"chosen by validation: {chosen['graph']} {chosen['macro_f1'][0]:.3f} against "
        f"{chosen['alone']} {chosen['macro_f1'][1]:.3f}: {chosen['gain']['mean']:+.3f} "
        f"[{chosen['gain']['low']:+.3f}, {chosen['gain']['high']:+.3f}]"
    )
    for part in ("hetero_conv", "subsets"):
        if part in found:
            print(part, found[part])
    for one in found["published"]:
        print("published:", one, flush=True)


if __name__ == "__main__":
    main()
