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


def test_no_row_pointer_at_all():
    with pytest.raises(GraphError, match="expected the 0 edges"):
        Adjacency(ints(), ints())
