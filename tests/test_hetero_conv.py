"""The baseline of the ablation: it learns from neighbours, and only from the past."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from benchmarks.hetero_conv import HeteroConvOptions, past_edges, train_hetero_conv
from gnn_emotion.schema.graph import UNLABELLED
from gnn_emotion.training.metrics import macro_f1
from gnn_emotion.training.task import TEST, Task

PARENT = ("post", "rev_replies_to", "post")
WRITES = ("user", "writes", "post")
COUNT = 900
pytestmark = pytest.mark.usefixtures("one_thread")


def pairs_of_posts() -> HeteroData:
    """Posts 2i and 2i + 1; the second has the label that the features of the first say."""
    rng, data = np.random.default_rng(0), HeteroData()
    x = rng.standard_normal((COUNT, 3)).astype(np.float32)
    data["post"].x = torch.from_numpy(x)
    data["post"].present = torch.ones(COUNT, dtype=torch.bool)
    data["post"].time = torch.arange(COUNT)
    data["post"].y = torch.full((COUNT,), UNLABELLED)
    data["user"].x = torch.zeros(1, 2)
    data["user"].present = torch.zeros(1, dtype=torch.bool)
    first = torch.arange(0, COUNT, 2)
    data[PARENT].edge_index = torch.stack([first, first + 1])
    data[WRITES].edge_index = torch.stack(
        [torch.zeros(COUNT, dtype=torch.int64), data["post"].time]
    )
    return data


def task_of(data: HeteroData) -> Task:
    rows = np.arange(1, COUNT, 2)
    label = (data["post"].x.numpy()[rows - 1, 0] > 0).astype(np.int64)
    split = np.repeat([0, 1, 2], len(rows) // 3).astype(np.int8)
    zero = np.zeros(len(rows), dtype=np.int64)
    return Task(rows, np.eye(2, dtype=bool)[label], zero, np.ones(len(rows), np.float32), split)


def score(found: dict, task: Task) -> float:
    label = task.allowed[task.at(TEST)].argmax(axis=1)
    return macro_f1(label, found["pred"], 2)


@pytest.mark.parametrize("conv", ["sage", "gat"])
def test_it_hears_the_neighbour(conv):
    data, options = pairs_of_posts(), HeteroConvOptions(conv=conv, hidden_channels=16, epochs=80)
    task = task_of(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        found = train_hetero_conv(data, task, (PARENT, WRITES), options)
    assert score(found, task) > 0.85
    assert score(train_hetero_conv(data, task, (WRITES,), options), task) < 0.75
    assert found["probs"].shape == (len(task.at(TEST)), 2)
    np.testing.assert_allclose(found["probs"].sum(axis=1), 1, atol=1e-5)
    assert found["seconds_per_epoch"] > 0 and found["peak_memory_mb"] > 0


def test_the_same_seed_gives_the_same_answers():
    data, options = pairs_of_posts(), HeteroConvOptions(hidden_channels=8, epochs=5)
    task = task_of(data)
    one, two, other = (
        train_hetero_conv(data, task, (PARENT, WRITES), options, seed)["probs"]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_edges_from_the_future_are_not_heard():
    data = pairs_of_posts()
    later = data[PARENT].edge_index.flip(0)
    assert PARENT in past_edges(data, (PARENT,))
    data[PARENT].edge_index = later[:, later[1].argsort()]
    assert not past_edges(data, (PARENT,))


def test_it_stops_by_the_validation_split():
    """Validation labels that nothing says: the first epochs are as good as any."""
    data = pairs_of_posts()
    task = task_of(data)
    options = HeteroConvOptions(hidden_channels=8, epochs=60, patience=2)
    rng = np.random.default_rng(1)
    allowed = task.allowed.copy()
    allowed[task.split == 1] = np.eye(2, dtype=bool)[rng.integers(0, 2, (task.split == 1).sum())]
    found = train_hetero_conv(data, replace(task, allowed=allowed), (PARENT,), options)
    assert found["epochs"] < 60


def test_test_labels_change_nothing():
    data, options = pairs_of_posts(), HeteroConvOptions(hidden_channels=8, epochs=5)
    task = task_of(data)
    allowed = task.allowed.copy()
    allowed[task.at(TEST)] = ~allowed[task.at(TEST)]
    one, two = (
        train_hetero_conv(data, given, (PARENT,), options)["probs"]
        for given in (task, replace(task, allowed=allowed))
    )
    np.testing.assert_array_equal(one, two)


def test_labels_of_several_classes_are_refused():
    data = pairs_of_posts()
    task = task_of(data)
    coarse = replace(task, allowed=np.ones_like(task.allowed))
    with pytest.raises(ValueError, match="several classes"):
        train_hetero_conv(data, coarse, (PARENT,))
    with pytest.raises(ValueError, match="no edges lead into posts"):
        train_hetero_conv(data, task, (("post", "reposts", "post"),))
    with pytest.raises(ValueError, match="conv is 'gcn'"):
        HeteroConvOptions(conv="gcn")
