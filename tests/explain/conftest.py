"""A small model with random weights, its dump, and what scoring says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from torch_geometric.data import HeteroData

from gnn_emotion.encoders.text.load_text import encode_posts
from gnn_emotion.explain.judge import Judge
from gnn_emotion.explain.surroundings import SurroundingsCutter
from gnn_emotion.graph.build import build_graph
from gnn_emotion.scoring.predictor import Predictor

from ..scoring.conftest import dump, frame, model_folder, posts_csv, save_model  # noqa: F401


@dataclass(frozen=True)
class Case:
    """A graph, a model, and its answers ``[N, K]``."""

    data: HeteroData
    predictor: Predictor
    probs: np.ndarray

    def judge(self, row: int) -> Judge:
        checkpoint = self.predictor.checkpoint
        around = SurroundingsCutter(self.data, checkpoint.model.config).cut(row)
        return Judge(checkpoint, around)


def case_of(folder, dump) -> Case:  # noqa: F811
    predictor = Predictor.load(folder)
    posts = encode_posts(dump, predictor.encoders.text)
    data = build_graph(dump, predictor.encode(dump, posts))
    return Case(data, predictor, predictor.infer(data).probs)


@pytest.fixture(scope="session", params=["gat", "gcn", "sign", "none"])
def case(request, tmp_path_factory, dump):  # noqa: F811
    folder = save_model(tmp_path_factory.mktemp(request.param), conv=request.param)
    return case_of(folder, dump)
