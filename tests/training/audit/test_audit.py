"""The audit as a whole: a clean set has nothing to say; what training has is looked at."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import torch

from gnn_emotion.schema.graph import PAST_ONLY
from gnn_emotion.training.audit.audit import audit, audit_task

from .made import LABELS, found, made


def _past_only(graph):
    """The edges that models listen to by default."""
    kept = graph.clone()
    for edge_type in set(graph.edge_types) - set(PAST_ONLY):
        del kept[edge_type]
    return kept


def _texts(graph) -> pa.Array:
    return pa.array([f"第{row}句" for row in range(len(graph["post"].x))])


def test_a_clean_set_has_nothing_to_say():
    report = audit(made(["一", "二", "三", "", None], [0, 1, 2, 2, 0]))
    assert report.lines() == ["nothing found in 5 labels"]
    assert report.as_json() == []
    assert not report.leaking().any()
    assert audit(made([], [])).lines() == ["nothing found in 0 labels"]


def test_every_kind_of_dirt_is_found_at_once():
    texts = ["早上好呀", "早上好呀[泪]", "今天[泪]", None, "", "早上好呀"]
    report = audit(made(texts, [0, 2, 1, 2, 2, 0], [1, 5, 5, 1, 1, 3], user=[4, 4, 5, 6, 7, 8]))
    assert found(report) == {
        "copies": [1],
        "readable_labels": [1, 2],
        "label_conflicts": [0, 1, 5],
        "shared_users": [0, 1],
    }
    assert np.flatnonzero(report.leaking()).tolist() == [1, 2]
    assert len(json.dumps(report.as_json())) > 0


def test_what_training_has_is_looked_at(toy_graph, toy_task):
    graph = _past_only(toy_graph)
    clean = audit_task(graph, toy_task, _texts(graph), LABELS)
    assert clean.lines() == [f"nothing found in {len(toy_task.rows)} labels"]
    # The first judged post says what a train post does, and its thread is torn in two.
    train, judged = toy_task.at(0)[0], toy_task.at(2)[0]
    said = _texts(graph).to_pylist()
    said[toy_task.rows[judged]] = said[toy_task.rows[train]]
    users = np.full(len(said), -1)
    users[toy_task.rows[[train, judged]]] = 9
    report = audit_task(graph, toy_task, pa.array(said), LABELS, users)
    assert found(report)["copies"] == [judged]
    assert found(report)["shared_users"] == sorted([train, judged])


def test_a_split_of_single_posts_tears_threads_and_edges(toy_graph, toy_task):
    split = np.arange(len(toy_task.rows), dtype=np.int8) % 3
    torn = replace(toy_task, split=split)
    names = found(audit_task(_past_only(toy_graph), torn, _texts(toy_graph), LABELS))
    assert {"shared_threads", "crossing_edges"} <= set(names)


def test_edges_from_the_future_are_counted(toy_graph, toy_task):
    late = _past_only(toy_graph)
    late["post"].time = torch.from_numpy(-toy_graph["post"].time.numpy())
    report = audit_task(late, toy_task, _texts(late), LABELS)
    assert any("edges rev_replies_to (100.0%) come from later posts" in m for m in report.lines())
