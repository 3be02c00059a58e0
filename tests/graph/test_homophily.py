"""Equal labels along edges, and what shuffled labels would give."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.graph.homophily import edge_homophily

from .test_blocks import ANSWERS, ROOTS, make_graph

#: Posts 0 to 3 answer each other in pairs of the same label; 4 has none.
EDGES = {ANSWERS: {(0, 1), (2, 3), (0, 4)}, ROOTS: {(0, 2), (0, 1)}}
LABEL = np.array([0, 0, 1, 1, -1, -1, -1])


def test_shares_are_of_the_edges_with_labels_at_both_ends():
    table = edge_homophily(make_graph(EDGES), LABEL, [ANSWERS, ROOTS]).set_index("relation")
    assert table.edges.to_dict() == {"rev_replies_to": 2, "rev_in_thread": 2}
    assert table.same.to_dict() == {"rev_replies_to": 1.0, "rev_in_thread": 0.5}
    # Of four labels, two of each kind, two drawn ones are equal in a third of cases.
    np.testing.assert_allclose(table.by_chance, 1 / 3, atol=0.08)
    np.testing.assert_allclose(table.lift, table.same / table.by_chance)
    assert (table.deviation > 0).all()


def test_edges_from_the_future_do_not_count():
    graph = make_graph({ANSWERS: {(0, 1), (3, 2)}}, [1, 2, 3, 4, 5, 6, 7])
    assert edge_homophily(graph, LABEL, [ANSWERS]).edges.tolist() == [1]


def test_it_is_the_same_again_and_changes_with_the_seed():
    graph = make_graph(EDGES)
    first, again, other = (
        edge_homophily(graph, LABEL, [ANSWERS], shuffles=5, seed=seed) for seed in (0, 0, 1)
    )
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize("label", [np.full(7, -1), np.array([0, -1, 1, -1, 0, 1, 0])])
def test_no_labelled_edges_are_nan(label):
    table = edge_homophily(make_graph({ANSWERS: {(0, 1), (2, 3)}}), label, [ANSWERS, ROOTS])
    assert table.edges.tolist() == [0]
    assert table[["same", "by_chance", "lift"]].isna().all(axis=None)
