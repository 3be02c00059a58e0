"""Graphs with the edges changed on purpose: what is lost, and what stays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph.blocks import incoming
from gnn_emotion.graph.controls import controlled_graph
from gnn_emotion.graph.validate import validate_graph
from gnn_emotion.schema.errors import GraphError

from .test_blocks import ANSWERS, POSTS, ROOTS, WRITES, U, edge_sets, make_graph

RELATIONS = (ANSWERS, ROOTS, WRITES)
times = st.lists(st.sampled_from([U, 1, 2, 3]), min_size=POSTS, max_size=POSTS)


def whole_graph(edges, time):
    graph = make_graph(edges, time)
    graph["post"].y = torch.full((POSTS,), -1)
    graph["post"].thread = torch.arange(POSTS)
    return graph


@pytest.mark.parametrize("control", ["shuffled", "self"])
@given(edges=edge_sets, time=times, seed=st.integers(0, 9))
def test_degrees_stay(control, edges, time, seed):
    graph = whole_graph(edges, time)
    before = incoming(graph, RELATIONS)
    out = controlled_graph(graph, RELATIONS, control, seed)
    validate_graph(out)
    after = incoming(out, RELATIONS)
    assert set(after) == {r for r, edges_in in before.items() if len(edges_in.indices)}
    for relation, edges_in in after.items():
        np.testing.assert_array_equal(edges_in.indptr, before[relation].indptr)
        if control == "shuffled":
            np.testing.assert_array_equal(
                np.sort(edges_in.indices), np.sort(before[relation].indices)
            )
        elif relation[0] == "post":
            np.testing.assert_array_equal(edges_in.indices, edges_in.rows)
        else:
            np.testing.assert_array_equal(edges_in.indices, before[relation].indices)


EDGES = {
    ANSWERS: {(i, i + 1) for i in range(POSTS - 1)},
    ROOTS: {(0, i) for i in range(1, POSTS)},
    WRITES: {(i % 3, i) for i in range(POSTS)},
}


def test_shuffling_moves_sources_by_the_seed_and_leaves_the_graph_alone():
    graph = whole_graph(EDGES, list(range(POSTS)))
    kept = graph[ANSWERS].edge_index.clone()
    first, again, other = (
        controlled_graph(graph, [ANSWERS, WRITES], "shuffled", seed) for seed in (0, 0, 1)
    )
    assert torch.equal(graph[ANSWERS].edge_index, kept)
    for relation in (ANSWERS, WRITES):
        assert not torch.equal(first[relation].edge_index, graph[relation].edge_index)
        assert not torch.equal(first[relation].edge_index, other[relation].edge_index)
        assert torch.equal(first[relation].edge_index, again[relation].edge_index)
    assert torch.equal(first[ROOTS].edge_index, graph[ROOTS].edge_index)
    # Some shuffled sources are later than their posts, and are heard all the same.
    src, dst = first[ANSWERS].edge_index
    assert (graph["post"].time[src] > graph["post"].time[dst]).any()
    assert len(incoming(first, [ANSWERS])[ANSWERS].indices) == len(EDGES[ANSWERS])


def test_none_is_the_graph_itself():
    graph = whole_graph(EDGES, [0] * POSTS)
    assert controlled_graph(graph, RELATIONS, "none", 0) is graph


def test_an_unknown_control_is_refused():
    with pytest.raises(GraphError, match="unknown control 'shuffle'; did you mean 'shuffled'"):
        controlled_graph(whole_graph(EDGES, [0] * POSTS), RELATIONS, "shuffle", 0)
