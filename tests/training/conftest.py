"""A toy dump in which a reply's words say nothing and the post it answers says all. Synthetic."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from torch_geometric.data import HeteroData

from gnn_emotion.graph.build import build_graph, node_ids, post_threads
from gnn_emotion.graph.splits import split_by_cascade
from gnn_emotion.schema.features import OK, EncoderSpec, Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.labels import make_task, stated_labels
from gnn_emotion.training.task import Task

MOODS = ("joy", "anger", "sadness")
THREADS, REPLIES = 120, 3
WIDTH = 4
CONTRACT = {"post": EncoderSpec("toy", "1", WIDTH), "user": EncoderSpec("toy", "1", 2)}


def _posts() -> list[dict]:
    rows = []
    for thread in range(THREADS):
        root = f"t{thread:03d}"
        rows.append({"post_id": f"{root}-0", "root_id": f"{root}-0", "created_at": 0})
        for reply in range(1, REPLIES + 1):
            more = {"kind": "reply", "parent_id": f"{root}-0", "root_id": f"{root}-0"}
            rows.append({"post_id": f"{root}-{reply}", "created_at": reply, **more})
    return rows


@pytest.fixture(scope="session")
def toy_dump(make_dump) -> Dump:
    """Threads whose replies all have the mood of the root; only replies are labelled."""
    posts = _posts()
    labels = [
        {
            "post_id": post["post_id"],
            "label_set": "ekman7",
            "label": MOODS[row // (REPLIES + 1) % 3],
        }
        for row, post in enumerate(posts)
        if "kind" in post
    ]
    return make_dump(posts=posts, labels=labels)


@pytest.fixture(scope="session")
def toy_graph(toy_dump) -> HeteroData:
    """The mood of a root is in its features; those of replies are noise."""
    ids = node_ids(toy_dump, "post").combine_chunks()
    x = np.random.default_rng(0).standard_normal((len(ids), WIDTH)).astype(np.float32)
    mood = np.arange(THREADS) % len(MOODS)
    x[:: REPLIES + 1] = 2 * np.eye(WIDTH, dtype=np.float32)[mood]
    features = {
        "post": _features(ids, x, CONTRACT["post"]),
        "user": _features(pa.array([], pa.string()), np.empty((0, 2), "f4"), CONTRACT["user"]),
    }
    return build_graph(toy_dump, features)


def _features(ids: pa.Array, x: np.ndarray, spec: EncoderSpec) -> Features:
    here = np.ones(len(ids), dtype=bool)
    return Features(ids, x, here, np.full(len(ids), OK, dtype=np.uint8), spec)


@pytest.fixture(scope="session")
def toy_task(toy_dump) -> Task:
    split = split_by_cascade(
        post_threads(toy_dump), node_ids(toy_dump, "post").to_pylist(), (0.6, 0.2, 0.2)
    )
    return make_task(stated_labels(toy_dump), split)
