"""Train the cells of an ablation on one graph, and keep what each leaves behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch_geometric.data import HeteroData

from gnn_emotion.graph.controls import controlled_graph
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.schema.graph import EDGE_NAMES
from gnn_emotion.training.ablation.compare import Answers
from gnn_emotion.training.ablation.grid import SELF, SHUFFLED, Cell
from gnn_emotion.training.ablation.memory import PeakMemory
from gnn_emotion.training.ablation.records import Record
from gnn_emotion.training.checkpoint import num_parameters
from gnn_emotion.training.checksums import fingerprint
from gnn_emotion.training.fitted import Fitted
from gnn_emotion.training.metrics import evaluate
from gnn_emotion.training.task import TEST, Task, single_label
from gnn_emotion.training.train import train_as

#: What a run tells: how many of how many are done, and which is next.
Advance = Callable[[Cell, int], object]


def run_cells(
    data: HeteroData,
    task: Task,
    sources: tuple[str, ...],
    contract: Mapping[str, EncoderSpec],
    cells: Iterable[Cell],
    seeds: Iterable[int],
    folder: Path,
    data_key: str,
    advance: Advance = lambda cell, seed: None,
) -> dict[str, list[Record]]:
    """Train every cell with every seed; those that were trained before are read.

    Args:
        data: the graph, with all edge types that a cell listens to.
        task: its labels, split.
        sources: names of its data sources.
        contract: what made the features.
        cells: of the same features, labels and split.
        seeds: of the trainings.
        folder: where records lie.
        data_key: hash of features and labels, part of the names of records.
        advance: told before each training.

    Returns:
        The records of each cell, a seed each, by its key.

    Raises:
        LabelError: no label is in the test split.
    """
    if not len(task.judged(TEST)):
        raise LabelError(
            f"none of the {int(task.telling.sum())} labels is in the test split, by which cells "
            "are compared; expected more labelled threads, or another split"
        )
    found: dict[str, list[Record]] = {}
    for cell in cells:
        key = f"{data_key}-{_edges_key(data, cell)}-{cell.key}"
        for seed in seeds:
            record = Record.load(folder, f"{key}-{seed}")
            if record is None:
                advance(cell, seed)
                graph = _graph(data, cell, seed)
                record = run_cell(graph, task, sources, contract, cell, seed, key)
                record.save(folder)
            found.setdefault(cell.key, []).append(record)
    return found


def run_cell(
    graph: HeteroData,
    task: Task,
    sources: tuple[str, ...],
    contract: Mapping[str, EncoderSpec],
    cell: Cell,
    seed: int,
    key: str,
) -> Record:
    """Train one cell with one seed; arguments as in ``run_cells``, ``graph`` controlled already."""
    # Members have the seeds that follow: those of two trainings must not be the same.
    first = seed * cell.options.members
    options = replace(cell.options, fit=replace(cell.options.fit, seed=first))
    start = time.perf_counter()
    with PeakMemory() as memory:
        fitted = train_as(options, graph, task, sources, contract)
    answers = test_answers(graph, task, fitted)
    probs = _judged(task, fitted)
    return Record(
        key=key,
        name=cell.name,
        seed=seed,
        val_macro_f1=fitted.val_macro_f1,
        scores=evaluate(probs, answers.label, fitted.model.config.labels),
        seconds=round(time.perf_counter() - start, 2),
        epochs=sum(len(history) for history in fitted.histories),
        peak_mb=round(memory.peak_mb, 1),
        parameters=num_parameters(fitted.members),
        answers=answers,
    )


def test_answers(graph: HeteroData, task: Task, fitted: Fitted) -> Answers:
    """Return what a model said of the labels of the test split."""
    at = task.judged(TEST)
    pred = _judged(task, fitted).argmax(axis=1)
    return Answers(
        label=single_label(task.allowed[at], pred),
        pred=pred,
        thread=graph["post"].thread.numpy()[task.rows[at]],
        num_classes=task.allowed.shape[1],
    )


def _judged(task: Task, fitted: Fitted) -> npt.NDArray[np.float64]:
    """Return the answers to the labels of the test split that say anything of the emotion."""
    return fitted.probs[TEST][task.telling[task.at(TEST)]]


def _edges_key(data: HeteroData, cell: Cell) -> str:
    heard = [EDGE_NAMES[name] for name in sorted(cell.options.edge_types)]
    heard = [edge_type for edge_type in heard if edge_type in data.edge_types]
    return fingerprint(heard, *(data[edge_type].edge_index.numpy() for edge_type in heard))


def _graph(data: HeteroData, cell: Cell, seed: int) -> HeteroData:
    """Return the graph that a cell is trained on; edges are shuffled anew for each seed."""
    if cell.control not in (SHUFFLED, SELF):
        return data
    edge_types = [EDGE_NAMES[name] for name in cell.options.edge_types]
    return controlled_graph(data, edge_types, cell.control, seed=seed)
