"""Mini-batches against a slow reference; the future is not in them; workers change nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import HeteroData
from torch_geometric.nn import HeteroConv, SAGEConv

from gnn_emotion import HeteroNeighborLoader
from gnn_emotion.schema.errors import GraphError
from gnn_emotion.schema.graph import UNKNOWN_TIME as U

ANSWERS = ("post", "rev_replies_to", "post")
WRITES, WRITTEN = ("user", "writes", "post"), ("post", "rev_writes", "user")
FOLLOWS = ("user", "follows", "user")
KINDS = (ANSWERS, WRITES, WRITTEN, FOLLOWS)
POSTS, USERS = 9, 3

ends = {"post": st.integers(0, POSTS - 1), "user": st.integers(0, USERS - 1)}
edge_sets = st.fixed_dictionaries(
    {k: st.sets(st.tuples(ends[k[0]], ends[k[2]]), min_size=1, max_size=20) for k in KINDS}
)
times = st.lists(st.integers(0, 4), min_size=POSTS, max_size=POSTS)


def make_graph(edges: dict, time: list[int]) -> HeteroData:
    """Make a graph whose only features are the rows of its nodes."""
    data = HeteroData()
    for name, count in (("post", len(time)), ("user", USERS)):
        data[name].x = torch.arange(count, dtype=torch.float32)[:, None]
        data[name].present = torch.ones(count, dtype=torch.bool)
    data["post"].time = torch.tensor(time)
    data["post"].y = data["post"].thread = torch.arange(len(time))
    for kind, pairs in edges.items():
        ordered = sorted(pairs, key=lambda pair: pair[::-1])
        if ordered:
            data[kind].edge_index = torch.tensor(ordered).T.contiguous()
    return data


def social_graph(count: int = 40) -> HeteroData:
    """Each post answers several before it; three users write them all."""
    rng = np.random.default_rng(0)
    pairs = {(int(rng.integers(0, row)), row) for row in range(1, count) for _ in range(6)}
    written = {(row % USERS, row) for row in range(count)}
    edges = {ANSWERS: pairs, WRITES: written, WRITTEN: {pair[::-1] for pair in written}}
    return make_graph(edges, list(range(count)))


def trees(batch: HeteroData) -> list[dict]:
    """Take a batch apart: by seed, the nodes of each type and the edges of each relation."""
    found = []
    for seed in range(batch["post"].batch_size):
        own = {n: batch[n].n_id[batch[n].batch == seed].tolist() for n in batch.node_types}
        for kind in batch.edge_types:
            src, dst = batch[kind].edge_index
            same = batch[kind[0]].batch[src] == batch[kind[2]].batch[dst]
            assert same.all()
            here = batch[kind[0]].batch[src] == seed
            rows = batch[kind[0]].n_id[src[here]], batch[kind[2]].n_id[dst[here]]
            own[kind] = sorted(zip(*(end.tolist() for end in rows), strict=True))
        found.append(own)
    return found


def plainly(edges: dict, time: list[int], seed: int, hops: int) -> dict:
    """Walk from a seed to all that it hears from."""
    nodes, frontier = {("post", seed)}, {("post", seed)}
    heard = {kind: [] for kind in edges}
    for _ in range(hops):
        fresh = set()
        for kind, pairs in edges.items():
            for src, dst in pairs:
                there = kind[0] != "post" or time[src] <= time[seed]
                if (kind[2], dst) in frontier and there:
                    heard[kind].append((src, dst))
                    fresh.add((kind[0], src))
        frontier = fresh - nodes
        nodes |= fresh
    own = {name: sorted(row for kind, row in nodes if kind == name) for name in ends}
    return own | {kind: sorted(pairs) for kind, pairs in heard.items()}


@given(edge_sets, times, st.integers(1, 3), st.permutations(range(POSTS)))
def test_with_all_neighbours_it_is_what_was_there_within_so_many_hops(edges, time, hops, order):
    seeds = torch.tensor(order[:4])
    data = make_graph(edges, time)
    (batch,) = HeteroNeighborLoader(data, [-1] * hops, seeds)
    batch.validate()
    posts = batch["post"]
    assert posts.n_id[: posts.batch_size].tolist() == order[:4]
    assert posts.seed_time.tolist() == [time[row] for row in order[:4]]
    for seed, own in zip(order[:4], trees(batch), strict=True):
        expected = plainly(edges, time, seed, hops)
        assert {k: sorted(rows) for k, rows in own.items()} == expected
    for name in ends:
        assert torch.equal(batch[name].x[:, 0].long(), batch[name].n_id)
    for kind in edges:
        stored = data[kind].edge_index[:, batch[kind].e_id]
        for end, row in zip((kind[0], kind[2]), range(2), strict=True):
            assert torch.equal(batch[end].n_id[batch[kind].edge_index[row]], stored[row])


@settings(max_examples=40)
@given(edge_sets, times, st.integers(0, 3), st.sampled_from(["uniform", "last"]))
def test_a_future_post_does_not_change_a_past_batch(edges, time, now, strategy):
    """Not even by way of its author; later posts stand after the earlier ones."""
    time = sorted(time)
    past = sum(moment <= now for moment in time)
    inside = {
        kind: {
            (src, dst)
            for src, dst in pairs
            if (kind[0] != "post" or src < past) and (kind[2] != "post" or dst < past)
        }
        for kind, pairs in edges.items()
    }
    if not past or not all(inside.values()):
        return
    batches = []
    for data in (make_graph(edges, time), make_graph(inside, time[:past])):
        loader = HeteroNeighborLoader(
            data, [2, 1, 2], torch.arange(past), temporal_strategy=strategy
        )
        (batch,) = loader
        assert not (batch["post"].time > batch["post"].seed_time[batch["post"].batch]).any()
        batches.append(trees(batch))
    assert batches[0] == batches[1]


def test_no_more_than_asked_for_and_the_latest_where_they_are_wanted():
    data = social_graph()
    (drawn,) = HeteroNeighborLoader(data, [3], torch.tensor([39, 20]))
    (last,) = HeteroNeighborLoader(data, [3], torch.tensor([39, 20]), temporal_strategy="last")
    src, dst = data[ANSWERS].edge_index
    for at, seed in enumerate((39, 20)):
        whole = src[dst == seed].tolist()
        heard = [pair[0] for pair in trees(drawn)[at][ANSWERS]]
        assert len(heard) == min(3, len(whole)) == len(set(heard)) and set(heard) <= set(whole)
        assert trees(last)[at][ANSWERS] == [(row, seed) for row in sorted(whole)[-3:]]


def test_another_moment_may_be_given():
    data = social_graph()
    seeds, moment = torch.tensor([5, 5]), torch.tensor([5, 39])
    (batch,) = HeteroNeighborLoader(data, [-1, -1], seeds, moment, [WRITES, WRITTEN])
    early, late = (tree["post"] for tree in trees(batch))
    assert early == [5, 2] and late[0] == 5 and len(late) == 13


def test_an_undated_post_is_as_late_as_what_it_answers():
    """p2 answers p1, of time 9; p0, of time 5, would hear of it through their author."""
    edges = {ANSWERS: {(1, 2)}, WRITES: {(0, 0)}, WRITTEN: {(0, 0), (2, 0), (3, 0)}}
    (batch,) = HeteroNeighborLoader(make_graph(edges, [5, 9, U, U]), [-1, -1], torch.tensor([0]))
    assert trees(batch)[0]["post"] == [0, 3]


def listed(loader) -> list:
    """Run two epochs."""
    return [[batch["post"].input_id.tolist(), trees(batch)] for _ in range(2) for batch in loader]


@pytest.mark.parametrize(
    "how",
    [
        {"num_workers": 2},
        {"num_workers": 1, "multiprocessing_context": "spawn", "persistent_workers": True},
    ],
    ids=["fork", "spawn"],
)
def test_workers_change_nothing(how):
    common = {"batch_size": 12, "shuffle": True, "seed": 3}
    expected = listed(HeteroNeighborLoader(social_graph(), [2, 2], **common))
    assert listed(HeteroNeighborLoader(social_graph(), [2, 2], **common, **how)) == expected
    first, second = expected[:4], expected[4:]
    for epoch in (first, second):
        assert sorted(row for ids, _ in epoch for row in ids) == list(range(40))
    assert first != second


def test_what_a_seed_hears_does_not_depend_on_its_batch():
    data = social_graph()
    (whole,) = HeteroNeighborLoader(data, [2, 2])
    single = HeteroNeighborLoader(data, [2, 2], batch_size=1)
    assert trees(whole) == [trees(batch)[0] for batch in single]


def test_a_model_of_pyg_says_the_same_as_on_the_whole_graph():
    """Of one moment, so that nothing is too late to be heard."""
    data = social_graph()
    data["post"].time.zero_()
    torch.manual_seed(0)
    layers = [
        HeteroConv({kind: SAGEConv((-1, -1), 4) for kind in data.edge_types}) for _ in range(2)
    ]

    def answer(graph: HeteroData) -> torch.Tensor:
        h = graph.x_dict
        for layer in layers:
            h = layer(h, graph.edge_index_dict)
        return h["post"]

    with torch.no_grad():
        whole = answer(data)
        mask = torch.arange(40) % 3 == 0
        for batch in HeteroNeighborLoader(data, [-1, -1], mask, batch_size=5):
            seeds = batch["post"].n_id[: batch["post"].batch_size]
            torch.testing.assert_close(answer(batch)[: len(seeds)], whole[seeds])


def test_edge_attributes_go_with_their_edges_and_what_is_no_tensor_stays_whole():
    data = social_graph()
    data["post"].names = [f"p{row}" for row in range(40)]
    data[ANSWERS].edge_attr = torch.arange(data[ANSWERS].edge_index.shape[1])[:, None]
    (batch,) = HeteroNeighborLoader(data, [2], torch.tensor([7, 30]))
    assert torch.equal(batch[ANSWERS].edge_attr[:, 0], batch[ANSWERS].e_id)
    assert batch["post"].names == data["post"].names


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"num_neighbors": []}, ValueError, r"num_neighbors is \[\]; expected one or more hops"),
        ({"num_neighbors": [2, -2]}, ValueError, r"num_neighbors is \[2, -2\]"),
        ({"batch_size": 0}, ValueError, "batch_size is 0; expected 1 or more"),
        ({"temporal_strategy": "lst"}, ValueError, "'lst'; did you mean 'last'"),
        ({"input_nodes": torch.tensor([40])}, ValueError, "rows of the 40 posts"),
        ({"input_nodes": torch.ones(3, dtype=torch.bool)}, ValueError, "or a mask of them"),
        ({"input_time": torch.zeros(3)}, ValueError, "input_time has 3 moments; expected one for"),
        ({"edge_types": [FOLLOWS]}, GraphError, "no edges 'user__follows__user'"),
    ],
)
def test_what_cannot_be(change, error, message):
    with pytest.raises(error, match=message):
        HeteroNeighborLoader(social_graph(), **{"num_neighbors": [2], **change})
