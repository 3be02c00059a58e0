"""Who carried an emotion: PageRank as networkx has it, and whose emotion others took up."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.influence import influence, page_rank


def test_page_rank_is_that_of_networkx_where_all_edges_are_followed():
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, 40, 150), rng.integers(0, 30, 150)
    graph = nx.DiGraph()
    for a, b in zip(source.tolist(), target.tolist(), strict=True):
        graph.add_edge(a, b, weight=graph.get_edge_data(a, b, {"weight": 0})["weight"] + 1)
    expected = nx.pagerank(graph, tol=1e-12)
    found = page_rank(source, target, np.ones(150), 60)
    assert found[list(expected)] == pytest.approx(list(expected.values()), abs=1e-7)
    assert found.sum() == pytest.approx(1) and found[50:].sum() == 0
    assert page_rank(source[:0], target[:0], np.ones(0), 3).tolist() == [0, 0, 0]


def test_those_whose_emotion_was_taken_up():
    """u's anger is answered with anger, v's with joy; w only answers herself."""
    rows = [("u0", None, "u", 1.0), ("v0", None, "v", 1.0), ("w0", None, "w", 1.0)]
    rows += [(f"a{n}", "u0", f"x{n}", 0.9) for n in range(5)]
    rows += [(f"b{n}", "v0", f"y{n}", 0.1) for n in range(8)]
    rows += [("w1", "w0", "w", 1.0), ("z", "w0", None, 1.0)]
    frame = pd.DataFrame(rows, columns=["post_id", "parent_id", "user_id", "prob_anger"])
    frame["prob_joy"] = 1 - frame.prob_anger
    table = influence(frame, ["anger"], count=3)
    assert table.user_id.tolist()[:2] == ["u", "v"] and table.emotion.unique().tolist() == ["anger"]
    assert table.taken_up.tolist()[:2] == pytest.approx([4.5, 0.8])
    assert table.answers.tolist()[:2] == [5, 8] and table.posts.tolist()[:2] == [1, 1]
    assert "w" not in influence(frame, ["anger"]).user_id.tolist()
    assert influence(frame).emotion.unique().tolist() == ["anger", "joy"]
    with pytest.raises(GnnEmotionError, match="no emotion 'angr'; did you mean 'anger'"):
        influence(frame, ["angr"])
