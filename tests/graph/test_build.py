"""From a dump and features to a graph."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gnn_emotion.graph.build import build_graph, node_ids, post_threads, post_times
from gnn_emotion.graph.validate import validate_graph
from gnn_emotion.schema.errors import GraphError
from gnn_emotion.schema.graph import (
    EARLIER_BY_USER,
    EARLIER_IN_THREAD,
    EDGE_TYPES,
    ON_REQUEST,
    UNKNOWN_TIME,
    UNLABELLED,
)

from .conftest import features_of, post

ALL = ("post", "user", "image", "video")


def pairs(graph, *edge_type: str) -> list[tuple[int, int]]:
    return list(map(tuple, graph[edge_type].edge_index.T.tolist()))


def test_nodes(dump):
    features = features_of(dump, *ALL, absent=frozenset({"p1", "u2"}))
    graph = build_graph(dump, features)
    validate_graph(graph)
    assert graph.node_types == list(ALL)
    for name, given in features.items():
        np.testing.assert_array_equal(graph[name].x, given.x)
        np.testing.assert_array_equal(graph[name].present, given.present)
    assert graph["post"].time.tolist() == [100, 200, 300, UNKNOWN_TIME, 50]
    assert graph["post"].thread.tolist() == [0, 0, 0, 0, 4]
    assert graph["post"].y.tolist() == [UNLABELLED] * 5


def test_every_type_of_edge(dump):
    graph = build_graph(dump, features_of(dump, *ALL))
    assert set(graph.edge_types) == set(EDGE_TYPES) - set(ON_REQUEST)
    assert pairs(graph, "post", "in_thread", "post") == [(1, 0), (2, 0), (3, 0)]
    assert pairs(graph, "post", "rev_in_thread", "post") == [(0, 1), (0, 2), (0, 3)]
    assert pairs(graph, "user", "rev_mentions", "post") == [(2, 1), (1, 4)]
    assert pairs(graph, "image", "rev_has_image", "post") == [(0, 0), (1, 0)]
    assert pairs(graph, *EARLIER_IN_THREAD) == [(0, 1), (0, 2), (1, 2)]
    assert pairs(graph, *EARLIER_BY_USER) == [(0, 2)]


def test_edges_on_request(dump):
    """p1 and p3 answer p0; u1 wrote p0 and p2; u0, who wrote p1, follows u1."""
    graph = build_graph(dump, features_of(dump), edge_types=ON_REQUEST)
    assert set(graph.edge_types) == set(ON_REQUEST)
    assert pairs(graph, "post", "sibling", "post") == [(3, 1), (1, 3)]
    assert pairs(graph, "post", "same_author", "post") == [(2, 0), (0, 2)]
    assert pairs(graph, "post", "by_followed", "post") == [(0, 1)]


@pytest.mark.parametrize("kept", [0, 1, 5, len(EDGE_TYPES)])
def test_only_the_edges_asked_for_are_built_and_are_the_same(dump, kept):
    whole = build_graph(dump, features_of(dump, *ALL), edge_types=EDGE_TYPES)
    assert set(whole.edge_types) == set(EDGE_TYPES)
    graph = build_graph(dump, features_of(dump, *ALL), edge_types=EDGE_TYPES[::-1][:kept])
    assert set(graph.edge_types) == set(EDGE_TYPES[::-1][:kept])
    for edge_type in graph.edge_types:
        assert torch.equal(graph[edge_type].edge_index, whole[edge_type].edge_index)


def test_an_unknown_edge_type_is_refused(dump):
    said = "unknown edge type 'post__siblings__post'; did you mean 'post__sibling__post'"
    with pytest.raises(GraphError, match=said):
        build_graph(dump, features_of(dump), edge_types=[("post", "siblings", "post")])


def test_last_limits_the_derived_edges(dump):
    graph = build_graph(dump, features_of(dump), last=1)
    assert pairs(graph, *EARLIER_IN_THREAD) == [(0, 1), (1, 2)]


def test_posts_without_words_are_no_earlier_posts(dump):
    graph = build_graph(dump, features_of(dump, absent=frozenset({"p0"})))
    assert pairs(graph, *EARLIER_IN_THREAD) == [(1, 2)]
    assert EARLIER_BY_USER not in graph.edge_types


def test_node_types_without_features_are_left_out_with_their_edges(dump):
    graph = build_graph(dump, features_of(dump))
    assert graph.node_types == ["post", "user"]
    assert {end for src, _, dst in graph.edge_types for end in (src, dst)} == {"post", "user"}


def test_a_dump_without_posts(make_dump):
    graph = build_graph(make_dump(), features := features_of(make_dump()))
    assert (len(features["post"]), graph.edge_types) == (0, [])


def test_times_before_1970_and_parts_of_seconds(make_dump):
    rows = [post(0, None, -1), post(1, None, 0), post(2, None, None)]
    assert post_times(make_dump(posts=rows)).tolist() == [-1, 0, UNKNOWN_TIME]


def test_a_post_whose_root_is_unknown_is_its_own(make_dump):
    rows = [post(i, None, 1, root_id=root) for i, root in enumerate(["p0", None, "p9", "p1"])]
    assert post_threads(make_dump(posts=rows)).tolist() == [0, 1, 2, 1]


def test_node_ids(dump):
    assert node_ids(dump, "user").to_pylist() == ["u0", "u1", "u2"]
    assert node_ids(dump, "image").to_pylist() == ["m1", "m2"]
    assert node_ids(dump, "video").to_pylist() == ["m0"]


def test_unknown_or_missing_node_types_are_refused(dump):
    features = features_of(dump)
    with pytest.raises(
        GraphError, match=r"features of 'users'.*did you mean 'user'.*3 ids are not the 5"
    ):
        build_graph(dump, {**features, "users": features["user"]})
    with pytest.raises(GraphError, match=r"no features of \['user'\]; expected at least post"):
        build_graph(dump, {"post": features["post"]})


def test_features_of_posts_by_any_name_are_a_modality(dump):
    features = features_of(dump)
    given = features["post"]
    graph = build_graph(dump, {**features, "sound": given})
    assert torch.equal(graph["post"].x_sound, torch.from_numpy(given.x))
    assert torch.equal(graph["post"].present_sound, torch.from_numpy(given.present))
    assert "x_sound" not in build_graph(dump, features)["post"]


def test_features_of_another_dump_are_refused(dump, make_dump):
    other = features_of(make_dump(posts=[post(i, None, 1) for i in (0, 1, 2, 4, 3)]))
    with pytest.raises(GraphError, match="features of 'post': 5 ids are not the 5 ids of the dump"):
        build_graph(dump, {**features_of(dump), "post": other["post"]})
    with pytest.raises(GraphError, match="0 ids are not the 3 ids of the dump"):
        build_graph(dump, {**features_of(dump), "user": other["user"]})
