"""What the time between two posts does to a mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.nn.convs import ATTENTION, MESSAGE_CONVS, edge_times
from gnn_emotion.nn.convs.edges import EdgeTime, heard_states, neighbour_mean, scored
from gnn_emotion.schema.blocks import UNKNOWN_DELAY, Adjacency
from gnn_emotion.schema.graph import PAST_ONLY

from ..conftest import CONVS, make_config
from .conftest import degrees_of, make_csr, make_states, whole

pytestmark = pytest.mark.usefixtures("one_thread")
CPU = torch.device("cpu")


@given(degrees=degrees_of, num_src=st.integers(1, 6))
def test_a_weighted_mean(degrees, num_src):
    csr, (x,) = make_csr(degrees, num_src), make_states(num_src)
    torch.manual_seed(0)
    score = torch.randn(csr.num_edges, 1, dtype=torch.float64)
    weight = score.exp()
    total = torch.zeros(csr.num_dst, x.shape[1]).double()
    total = total.index_add(0, csr.rows, weight * x[csr.indices])
    norm = torch.zeros(csr.num_dst, 1).double().index_add(0, csr.rows, weight)
    expected = total / norm.where(norm > 0, torch.ones_like(norm))
    torch.testing.assert_close(neighbour_mean(whole(csr, score), x), expected)
    torch.testing.assert_close(
        neighbour_mean(whole(csr, score * 0), x), neighbour_mean(whole(csr), x)
    )


def test_scores_are_looked_up_by_bucket_and_are_zero_at_first():
    edges = Adjacency(np.array([0, 2, 3]), np.array([0, 1, 1]), np.array([0, 24, 3], np.int8))
    times = torch.nn.ModuleDict({"r": EdgeTime(2)})
    assert not scored(edges, CPU, times, "r").score.any()
    with torch.no_grad():
        times["r"].score[:] = torch.arange(UNKNOWN_DELAY + 1.0)[:, None] * torch.tensor([1.0, 2.0])
    assert scored(edges, CPU, times, "r").score.tolist() == [[0, 0], [24, 48], [3, 6]]
    assert scored(edges, CPU, times, "other").score is None


def test_each_relation_is_given_what_it_hears_alone():
    x = torch.arange(200.0)[:, None]
    heard = {
        ("post", "reposts", "post"): np.array([150, 3, 150, 7]),
        ("user", "writes", "post"): np.array([9]),
        ("post", "replies_to", "post"): np.arange(100, 180),
        ("post", "in_thread", "post"): np.array([], dtype=np.int64),
    }
    edges = {
        kind: scored(Adjacency(np.array([0, len(rows)]), rows), CPU, torch.nn.ModuleDict(), "r")
        for kind, rows in heard.items()
    }
    taken = heard_states({"post": x, "user": -x}, edges)
    assert taken.keys() == heard.keys()
    for kind, rows in heard.items():
        sign = -1 if kind[0] == "user" else 1
        csr = edges[kind].csr
        assert taken[kind][csr.indices, 0].tolist() == (sign * rows).tolist()
        assert set(taken[kind][:, 0].tolist()) == set((sign * rows).tolist())
        # Nothing twice, but where a product of matrices would be of a few rows alone.
        assert csr.num_src == len(taken[kind]) == {0: 0, 80: 80}.get(len(rows), 64)


def test_edges_without_delays_are_refused():
    edges = Adjacency(np.array([0, 1]), np.array([0]))
    with pytest.raises(ValueError, match="the edges of r have none; expected them of a loader"):
        scored(edges, CPU, torch.nn.ModuleDict({"r": EdgeTime(1)}), "r")


@pytest.mark.parametrize("conv", CONVS)
def test_relations_between_posts_have_scores_for_each_head(conv):
    times = edge_times(make_config(conv, edge_time=True), PAST_ONLY)
    assert set(times) == {"__".join(r) for r in PAST_ONLY if r[0] == "post"}
    assert {time.score.shape[1] for time in times.values()} == {2 if conv in ATTENTION else 1}
    assert len(edge_times(make_config(conv), PAST_ONLY)) == 0


def test_every_conv_that_passes_messages_is_made_here():
    from gnn_emotion.nn import config

    assert set(MESSAGE_CONVS) == set(CONVS)
    assert {*MESSAGE_CONVS, "none", "sign"} <= set(config.CONVS)
