"""Compressed rows that do not add up are refused."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.schema.blocks import Adjacency
from gnn_emotion.schema.errors import GraphError


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_rows_that_add_up():
    edges = Adjacency(ints(0, 2, 2, 3), ints(5, 7, 5))
    assert edges.indices[edges.indptr[0] : edges.indptr[1]].tolist() == [5, 7]
    Adjacency(ints(0), ints())


@pytest.mark.parametrize("indptr", [ints(0, 2), ints(0, 4), ints(0), ints()])
def test_rows_that_do_not(indptr):
    with pytest.raises(GraphError, match="expected the 3 edges"):
        Adjacency(indptr, ints(1, 2, 3))


def test_delays_belong_to_edges():
    with pytest.raises(GraphError, match="1 delays of 3 edges"):
        Adjacency(ints(0, 3), ints(1, 2, 3), np.array([0], dtype=np.int8))


def test_edges_left_out_take_their_delays_with_them():
    edges = Adjacency(ints(0, 2, 2, 3), ints(5, 7, 6), np.array([1, 2, 3], dtype=np.int8))
    assert edges.rows.tolist() == [0, 0, 2]
    left = edges.only(np.array([False, True, True]))
    assert (left.indptr.tolist(), left.indices.tolist()) == ([0, 1, 1, 2], [7, 6])
    assert left.delay.tolist() == [2, 3]
    assert Adjacency(edges.indptr, edges.indices).only(np.ones(3, bool)).delay is None


def test_no_row_pointer_at_all():
    with pytest.raises(GraphError, match="expected the 0 edges"):
        Adjacency(ints(), ints())
