"""Features spread along edges against dense products."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph import spread
from gnn_emotion.graph.spread import Spread
from gnn_emotion.schema.graph import UNKNOWN_TIME

from .test_blocks import ANSWERS, POSTS, ROOTS, USERS, WRITES, edge_sets, make_graph

NAMES = {"__".join(relation): relation for relation in (ANSWERS, ROOTS, WRITES)}


def dense(pairs: set, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrix of means over the sources that have features, and who has any."""
    matrix = np.zeros((POSTS, len(present)))
    for src, dst in pairs:
        matrix[dst, src] = present[src]
    count = matrix.sum(axis=1)
    return matrix / np.maximum(count, 1)[:, None], count > 0


def make(edges: dict, absent: set[int], time: list[int] | None = None):
    graph = make_graph(edges, time)
    rng = np.random.default_rng(0)
    for name, count, width in (("post", POSTS, 3), ("user", USERS, 2)):
        graph[name].x = graph[name].x.new_tensor(rng.standard_normal((count, width)))
    for row in absent:
        graph["post"].present[row] = False
        graph["post"].x[row] = 0
    return graph


@given(edge_sets, st.sets(st.integers(0, POSTS - 1), max_size=3), st.integers(1, 3))
def test_equals_dense_products(edges, absent, hops):
    graph = make(edges, absent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spread, "PART", 3)
        found = Spread(graph, NAMES.values(), hops).take(np.arange(POSTS))
    expected = {}
    for name, relation in NAMES.items():
        source = graph[relation[0]]
        matrix, there = dense(edges[relation], source.present.numpy())
        if edges[relation]:
            expected[name] = (matrix @ source.x.numpy(), there)
    x, present = graph["post"].x.numpy(), graph["post"].present.numpy()
    for hop in range(1, hops + 1):
        matrix, there = dense(edges[ANSWERS] | edges[ROOTS], present)
        x, present = matrix @ x, there
        if hop > 1 and edges[ANSWERS] | edges[ROOTS]:
            expected[f"hop_{hop}"] = (x, there)
    assert set(found) == set(expected)
    for name, (values, there) in expected.items():
        np.testing.assert_allclose(found[name][0], values, atol=1e-5)
        np.testing.assert_array_equal(found[name][1], there)


EDGES = {ANSWERS: {(0, 1), (1, 2), (2, 3)}, ROOTS: {(0, 2), (0, 3)}, WRITES: {(0, 0), (1, 2)}}


def test_a_few_rows_in_any_order():
    whole = Spread(make(EDGES, set()), list(NAMES.values()), 2)
    rows = np.array([3, 0, 2])
    for name, (x, present) in whole.take(rows).items():
        np.testing.assert_array_equal(x, whole.take(np.arange(POSTS))[name][0][rows])
        np.testing.assert_array_equal(present, whole.take(np.arange(POSTS))[name][1][rows])


def test_large_matrices_are_kept_in_half_precision_if_their_numbers_fit(monkeypatch):
    graph = make(EDGES, {1})
    exact = Spread(graph, list(NAMES.values()), 2).take(np.arange(POSTS))
    monkeypatch.setattr(spread, "LARGE", 0)
    half = Spread(graph, list(NAMES.values()), 2)
    assert {x.dtype for x, _ in half._spread.values()} == {np.dtype(np.float16)}
    for name, (x, present) in half.take(np.arange(POSTS)).items():
        np.testing.assert_allclose(x, exact[name][0], rtol=2e-3, atol=1e-6)
        np.testing.assert_array_equal(present, exact[name][1])
    graph["user"].x[0] = 1e5
    kept = {n: x.dtype for n, (x, _) in Spread(graph, list(NAMES.values()), 1)._spread.items()}
    assert kept["user__writes__post"] == np.float32
    assert kept["post__rev_in_thread__post"] == np.float16


def test_nothing_is_spread_from_the_future():
    """p1, undated, answers p0; p2 does, and says its clock came before p0."""
    edges = {ANSWERS: {(0, 1), (0, 2)}, ROOTS: set(), WRITES: set()}
    graph = make(edges, set(), [5, UNKNOWN_TIME, 3, 9, 9, 9, 9])
    _, present = Spread(graph, [ANSWERS], 1).take(np.arange(3))["post__rev_replies_to__post"]
    assert present.tolist() == [False, True, False]
