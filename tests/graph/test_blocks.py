"""Blocks against a slow reference, and no edge from the future."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import (
    cut_blocks,
    delays,
    edge_counts,
    edge_matrix,
    incoming,
    pick,
    pick_run,
)
from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.schema.blocks import DELAY_BUCKETS, UNKNOWN_DELAY
from gnn_emotion.schema.graph import UNKNOWN_TIME

ANSWERS = ("post", "rev_replies_to", "post")
ROOTS = ("post", "rev_in_thread", "post")
WRITES = ("user", "writes", "post")
POSTS, USERS = 7, 3
U = UNKNOWN_TIME

pairs_of = {
    ANSWERS: st.sets(st.tuples(st.integers(0, POSTS - 1), st.integers(0, POSTS - 1)), max_size=12),
    ROOTS: st.sets(st.tuples(st.integers(0, POSTS - 1), st.integers(0, POSTS - 1)), max_size=6),
    WRITES: st.sets(st.tuples(st.integers(0, USERS - 1), st.integers(0, POSTS - 1)), max_size=7),
}
edge_sets = st.fixed_dictionaries(pairs_of)
seeds_of = st.lists(st.integers(0, POSTS - 1), max_size=POSTS, unique=True)


def make_graph(edges: dict, time: list[int] | None = None) -> HeteroData:
    """Make a graph of the types that have edges; a post's only feature is its row."""
    data = HeteroData()
    for name, count in (("post", POSTS), ("user", USERS)):
        data[name].x = torch.arange(count, dtype=torch.float32)[:, None]
        data[name].present = torch.ones(count, dtype=torch.bool)
    data["post"].time = torch.tensor(time or [0] * POSTS)
    for edge_type, pairs in edges.items():
        ordered = sorted(pairs, key=lambda pair: pair[::-1])
        if ordered:
            data[edge_type].edge_index = torch.tensor(ordered, dtype=torch.int64).T.contiguous()
    return data


def heard(adjacency: dict, edge_type) -> set[tuple[int, int]]:
    edges = adjacency[edge_type]
    rows = np.repeat(np.arange(len(edges.indptr) - 1), np.diff(edges.indptr))
    return set(zip(edges.indices.tolist(), rows.tolist(), strict=True))


@given(edge_sets, seeds_of, st.integers(0, 3))
def test_blocks_hold_the_whole_neighbourhood_and_nothing_else(edges, seeds, layers):
    adjacency = incoming(make_graph(edges), edges)
    blocks = cut_blocks(adjacency, np.array(seeds, dtype=np.int64), layers)
    assert len(blocks) == layers
    wanted = seeds
    for block in reversed(blocks):
        posts = block.sources["post"].tolist()
        assert posts[: block.num_dst] == wanted
        assert len(set(posts)) == len(posts)
        needed = {"post": set(wanted), "user": set()}
        for edge_type, found in block.relations.items():
            rows = np.repeat(np.arange(block.num_dst), np.diff(found.indptr))
            src = block.sources[edge_type[0]][found.indices]
            got = sorted(zip(src.tolist(), np.array(wanted, int)[rows].tolist(), strict=True))
            assert got == sorted(pair for pair in edges[edge_type] if pair[1] in wanted)
            needed[edge_type[0]] |= set(src.tolist())
        assert {edge_type for edge_type in edges if edges[edge_type]} == set(block.relations)
        assert {name: set(rows.tolist()) for name, rows in block.sources.items()} == {
            name: rows for name, rows in needed.items() if name in block.sources
        }
        wanted = posts


@given(edge_sets, st.lists(st.sampled_from([U, 1, 2, 3]), min_size=POSTS, max_size=POSTS))
def test_no_edge_comes_from_the_future(edges, time):
    found = incoming(make_graph(edges, time), edges)
    for edge_type in (ANSWERS, ROOTS):
        kept = heard(found, edge_type) if edge_type in found else set()
        assert kept <= edges[edge_type]
        for src, dst in edges[edge_type] - kept:
            assert time[dst] != U  # its own past is all that an undated post can have
            assert time[src] == U or time[src] > time[dst]
        assert all(time[dst] == U or time[src] <= time[dst] for src, dst in kept)
    if edges[WRITES]:
        assert heard(found, WRITES) == edges[WRITES]


def test_an_undated_post_passes_nothing_on_to_the_past():
    """p1 answers p0; p2 answers p1; p3 answers p2 and, says its clock, came before p0."""
    edges = {ANSWERS: {(0, 1), (1, 2), (2, 3), (2, 4)}, ROOTS: set(), WRITES: set()}
    found = incoming(make_graph(edges, [5, U, U, 3, 6, U, U]), [ANSWERS])
    assert heard(found, ANSWERS) == {(0, 1), (1, 2), (2, 4)}


def test_undated_posts_alone_keep_all_their_edges():
    edges = {ANSWERS: {(0, 1), (1, 2), (2, 0), (6, 3)}, ROOTS: set(), WRITES: set()}
    found = incoming(make_graph(edges, [U, U, U, 9, U, U, U]), [ANSWERS])
    assert heard(found, ANSWERS) == edges[ANSWERS]


def test_delays_are_buckets_of_the_logarithm():
    before = np.array([0, 0, 0, 0, 0, U, 5, U, 9, 0])
    after = np.array([0, 1, 2, 3, 86_400, 5, U, U, 3, 2**40])
    expected = [0, 1, 1, 2, 16, UNKNOWN_DELAY, UNKNOWN_DELAY, UNKNOWN_DELAY, 0, DELAY_BUCKETS - 1]
    assert delays(before, after).tolist() == expected


def test_delays_stay_with_their_edges():
    time = [10, 13, 11, 10 + 3600, U, 9, 10]
    edges = {ANSWERS: {(0, 1), (0, 2), (0, 3), (1, 3), (4, 3), (0, 5)}, ROOTS: set()}
    found = incoming(make_graph(edges | {WRITES: {(0, 3)}}, time), [ANSWERS, WRITES], True)
    assert found[WRITES].delay is None
    block = cut_blocks(found, np.array([3, 0, 1]), 1)[0]
    edges_in = block.relations[ANSWERS]
    heard_by = np.array([3, 0, 1])[edges_in.rows].tolist()
    heard_from = block.sources["post"][edges_in.indices].tolist()
    assert list(zip(heard_from, heard_by, edges_in.delay.tolist(), strict=True)) == [
        (0, 3, 11),
        (1, 3, 11),
        (4, 3, UNKNOWN_DELAY),
        (0, 1, 2),
    ]
    assert incoming(make_graph(edges, time), [ANSWERS])[ANSWERS].delay is None


@given(edges=edge_sets, ends=st.tuples(st.integers(0, POSTS), st.integers(0, POSTS)))
def test_a_run_of_posts_is_what_they_are_one_by_one(edges, ends):
    start, stop = sorted(ends)
    for found in incoming(make_graph(edges), edges, edge_time=True).values():
        run, picked = pick_run(found, start, stop), pick(found, np.arange(start, stop))
        for ours, theirs in zip(run.arrays(), picked.arrays(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_only_what_is_asked_for_and_there():
    graph = make_graph({ANSWERS: {(0, 1)}, ROOTS: set(), WRITES: {(0, 0)}})
    assert list(incoming(graph, [ROOTS, WRITES])) == [WRITES]
    assert incoming(graph, []) == {}


@given(edge_sets, seeds_of, st.integers(0, 2))
def test_a_batch_carries_the_features_of_its_nodes(edges, seeds, layers):
    loader = BlockLoader(make_graph(edges), edges, layers)
    batch = loader.batch(np.array(seeds, dtype=np.int64))
    inputs = batch.blocks[0].sources["post"].tolist() if layers else seeds
    assert batch.x_dict["post"][0][:, 0].tolist() == inputs
    for i, block in enumerate(batch.blocks):
        for name in block.sources.keys() - {"post"}:
            assert batch.x_dict[name][i][:, 0].tolist() == block.sources[name].tolist()
            assert len(batch.present_dict[name][i]) == len(block.sources[name])


@given(edge_sets)
def test_edges_between_posts_are_counted(edges):
    adjacency = incoming(make_graph(edges), edges)
    expected = np.zeros((POSTS, POSTS))
    for edge_type in (ANSWERS, ROOTS):
        for src, dst in edges[edge_type]:
            expected[dst, src] += 1
    np.testing.assert_array_equal(edge_counts(adjacency, POSTS).toarray(), expected)
    if WRITES in adjacency:
        wrote = edge_matrix(adjacency[WRITES], USERS)
        assert wrote.shape == (POSTS, USERS) and wrote.dtype == np.float32
        assert {(src, dst) for dst, src in np.argwhere(wrote.toarray() == 1)} == edges[WRITES]
