"""What a search holds for the same data: whatever decides a score is in the key."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from gnn_emotion.training_data import TrainingData

from .training.conftest import CONTRACT, toy_dump, toy_graph, toy_task

__all__ = ["toy_dump", "toy_graph", "toy_task"]


@pytest.fixture
def ready(toy_graph, toy_task) -> TrainingData:
    count = len(toy_graph["post"].x)
    texts, users = pa.nulls(count, pa.string()), np.zeros(count, dtype=np.int64)
    ids = pa.array([str(row) for row in range(count)])
    return TrainingData(toy_graph, toy_task, ("ekman7",), CONTRACT, [], texts, users, ids)


def test_the_same_data_have_the_same_key(ready):
    assert replace(ready, data=copy.deepcopy(ready.data)).key == ready.key


@pytest.mark.parametrize(
    "change",
    [
        lambda task: replace(task, allowed=np.roll(task.allowed, 1, axis=1)),
        lambda task: replace(task, split=np.roll(task.split, 1)),
        lambda task: replace(task, valence=task.valence / 2),
        lambda task: replace(task, polarity=task.polarity[:, ::-1].copy()),
        lambda task: replace(task, heard=~task.heard),
    ],
)
def test_other_labels_have_another(ready, change):
    assert replace(ready, task=change(ready.task)).key != ready.key


def test_other_features_edges_times_and_sources_have_another(ready):
    edge = ("post", "rev_replies_to", "post")
    found = {ready.key, replace(ready, sources=("smp2020",)).key}
    for change in range(3):
        data = copy.deepcopy(ready.data)
        if change == 0:
            data["post"].x = data["post"].x + 1
        elif change == 1:
            data[edge].edge_index = data[edge].edge_index[:, 1:]
        else:
            data["post"].time = data["post"].time + 1
        found.add(replace(ready, data=data).key)
    assert len(found) == 5
