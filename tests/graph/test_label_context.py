"""Known labels around posts: one step far, masked, never a post's own, never from the future."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph.label_context import LabelContext
from gnn_emotion.schema.blocks import Adjacency
from gnn_emotion.schema.errors import GraphError
from gnn_emotion.schema.graph import SIBLING

PARENT = ("post", "rev_replies_to", "post")
CHILD = ("post", "replies_to", "post")
K = 3


def incoming_of(pairs: list[tuple[int, int]], count: int) -> Adjacency:
    pairs = sorted(pairs, key=lambda pair: (pair[1], pair[0]))
    degree = np.bincount([dst for _, dst in pairs], minlength=count)
    indptr = np.r_[0, np.cumsum(degree)].astype(np.int64)
    return Adjacency(indptr, np.array([src for src, _ in pairs], dtype=np.int64))


def known_of(labels: list[int]) -> np.ndarray:
    known = np.zeros((len(labels), K), dtype=np.float32)
    for row, label in enumerate(labels):
        if label >= 0:
            known[row, label] = 1
    return known


def test_the_mean_of_the_labels_that_are_seen():
    edges = {PARENT: incoming_of([(0, 3), (1, 3), (2, 3)], 4)}
    context = LabelContext(edges, [PARENT, SIBLING], known_of([0, 1, -1, 2]))
    assert context.width == 2 * (K + 1)
    found = context.take(np.array([3, 0]))
    np.testing.assert_allclose(found[0], [0.5, 0.5, 0, np.log(3), 0, 0, 0, 0], rtol=1e-6)
    assert not found[1].any()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30), st.integers(0, 5))
def test_a_post_never_hears_its_own_label(pairs, post):
    """On any edges: back and forth, in circles, from a post to itself."""
    edges = {PARENT: incoming_of(pairs, 6), CHILD: incoming_of([p[::-1] for p in pairs], 6)}
    labels = [0, 1, 2, 0, 1, 2]
    rows = np.arange(6)
    before = LabelContext(edges, [PARENT, CHILD], known_of(labels)).take(rows)
    for other in (-1, (labels[post] + 1) % K):
        changed = [*labels[:post], other, *labels[post + 1 :]]
        after = LabelContext(edges, [PARENT, CHILD], known_of(changed)).take(rows)
        np.testing.assert_array_equal(after[post], before[post])


def test_masking_really_hides():
    edges = {PARENT: incoming_of([(0, i) for i in range(1, 1001)], 1001)}
    context = LabelContext(edges, [PARENT], known_of([1] + [-1] * 1000))
    rows = np.arange(1, 1001)
    seen = context.take(rows, 0.3, np.random.default_rng(0))[:, 1]
    assert 0.65 < seen.mean() < 0.75
    assert context.take(rows)[:, 1].mean() == 1
    assert not context.take(rows, 0.9999999, np.random.default_rng(0)).any()
    again = context.take(rows, 0.3, np.random.default_rng(0))[:, 1]
    np.testing.assert_array_equal(seen, again)


def test_labels_are_not_heard_from_the_future(toy_like):
    data, relation = toy_like
    known = known_of([0, 1])
    assert LabelContext.of(data, [relation], known).take(np.array([0, 1]))[:, :K].tolist() == [
        [0, 0, 0],
        [1, 0, 0],
    ]


@pytest.fixture
def toy_like():
    """Two posts that are linked both ways, the second an hour later."""
    import torch
    from torch_geometric.data import HeteroData

    data = HeteroData()
    data["post"].x = torch.zeros(2, 1)
    data["post"].time = torch.tensor([0, 3600])
    data[SIBLING].edge_index = torch.tensor([[1, 0], [0, 1]])
    return data, SIBLING


def test_only_relations_between_posts():
    with pytest.raises(GraphError, match="heard between posts"):
        LabelContext({}, [("user", "writes", "post")], known_of([0]))
    assert LabelContext.of(None, [], known_of([0])) is None
