"""Of several neighbours only the most recent one counts: what edge times are there to learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.schema.graph import EARLIER_IN_THREAD
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.task import TEST, TRAIN, VAL, Task
from gnn_emotion.training.train import train_model

pytestmark = pytest.mark.usefixtures("one_thread")
LABELS = ("joy", "anger", "fear")
THREADS, BEFORE = 240, 3
LAST = BEFORE  # place of the labelled post in its thread


def make_threads() -> tuple[HeteroData, Task]:
    """Three posts that show a class each, then one that has the class of the most recent of them.

    Which of the three that is, only the times tell: it is a minute old, the others a day.
    """
    rng = np.random.default_rng(0)
    shown = rng.integers(0, len(LABELS), (THREADS, BEFORE))
    recent = rng.integers(0, BEFORE, THREADS)
    x = np.zeros((THREADS, BEFORE + 1, len(LABELS)), dtype=np.float32)
    x[:, :BEFORE] = np.eye(len(LABELS))[shown]
    time = np.full((THREADS, BEFORE + 1), 1_000_000)
    time[:, :BEFORE] -= rng.integers(80_000, 90_000, (THREADS, BEFORE))
    time[np.arange(THREADS), recent] = time[:, LAST] - rng.integers(50, 70, THREADS)
    rows = np.arange(THREADS * (BEFORE + 1)).reshape(THREADS, -1)
    data = HeteroData()
    data["post"].x = torch.from_numpy(x.reshape(-1, len(LABELS)))
    data["post"].present = torch.ones(rows.size, dtype=torch.bool)
    data["post"].time = torch.from_numpy(time.ravel())
    pairs = np.stack([rows[:, :BEFORE].ravel(), np.repeat(rows[:, LAST], BEFORE)])
    data[EARLIER_IN_THREAD].edge_index = torch.from_numpy(pairs)
    task = Task(
        rows=rows[:, LAST],
        allowed=np.eye(len(LABELS), dtype=bool)[shown[np.arange(THREADS), recent]],
        source=np.zeros(THREADS, dtype=np.int64),
        weight=np.ones(THREADS, dtype=np.float32),
        split=np.array([TRAIN, TRAIN, VAL, TEST], dtype=np.int8)[np.arange(THREADS) % 4],
    )
    return data, task


def macro_f1(conv: str, edge_time: bool) -> float:
    data, task = make_threads()
    config = ModelConfig(
        LABELS,
        {"post": len(LABELS)},
        edge_types=("__".join(EARLIER_IN_THREAD),),
        conv=conv,
        hidden_channels=16,
        num_layers=1,
        heads=2,
        dropout=0.0,
        edge_time=edge_time,
    )
    options = replace(
        FitOptions(), epochs=60, patience=60, batch_size=64, learning_rate=0.02, balance=0.0
    )
    fitted = train_model(data, task, config, options)
    return float(str(fitted.scores["test"]["default"]["macro_f1"]))


@pytest.mark.parametrize("conv", ["gat", "gatv2", "gcn", "hgt", "rgcn", "sage"])
def test_only_a_model_that_hears_times_learns_which_neighbour_counts(conv):
    assert macro_f1(conv, edge_time=True) > 0.95
    assert macro_f1(conv, edge_time=False) < 0.75
