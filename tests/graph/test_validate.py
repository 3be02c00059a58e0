"""Every rule of a graph can be broken, and is then named."""

from __future__ import annotations

import pytest
import torch

from gnn_emotion.graph.build import build_graph
from gnn_emotion.graph.validate import validate_graph
from gnn_emotion.schema.errors import GraphError

from .conftest import features_of

REPLIES = ("post", "replies_to", "post")


@pytest.fixture
def graph(dump):
    return build_graph(dump, features_of(dump, "post", "user", "image", "video"))


def test_a_built_graph_keeps_the_rules(graph):
    validate_graph(graph)


def unknown_node(graph):
    graph["pots"].x = torch.zeros(1, 1)


def no_posts(graph):
    del graph["post"]
    for edge_type in graph.edge_types:
        del graph[edge_type]


def no_features(graph):
    del graph["user"].x


def flat_features(graph):
    graph["user"].x = torch.zeros(3)


def wide_features(graph):
    graph["user"].x = graph["user"].x.double()


def no_mask(graph):
    del graph["user"].present


def short_mask(graph):
    graph["user"].present = graph["user"].present[1:]


def number_mask(graph):
    graph["user"].present = graph["user"].present.long()


def nan(graph):
    graph["post"].x[3, 1] = torch.nan


def infinite(graph):
    graph["image"].x[1, 0] = -torch.inf


def no_time(graph):
    del graph["post"].time


def short_labels(graph):
    graph["post"].y = graph["post"].y[:-1]


def float_thread(graph):
    graph["post"].thread = graph["post"].thread.float()


def unknown_edge(graph):
    graph["post", "reply_to", "post"].edge_index = graph[REPLIES].edge_index


def turned_edge(graph):
    graph["post", "writes", "user"].edge_index = graph[REPLIES].edge_index


def no_index(graph):
    del graph[REPLIES].edge_index


def read_type(graph):
    del graph[REPLIES]
    _ = graph[REPLIES]


def flat_index(graph):
    graph[REPLIES].edge_index = torch.zeros(4, dtype=torch.int64)


def three_rows(graph):
    graph[REPLIES].edge_index = torch.zeros(3, 2, dtype=torch.int64)


def small_index(graph):
    graph[REPLIES].edge_index = graph[REPLIES].edge_index.int()


def no_edges(graph):
    graph[REPLIES].edge_index = torch.zeros(2, 0, dtype=torch.int64)


def high_source(graph):
    graph[REPLIES].edge_index[0, 0] = 5


def high_user(graph):
    graph["post", "mentions", "user"].edge_index[1, -1] = 3


def negative(graph):
    graph[REPLIES].edge_index[1, 0] = -1


def no_such_nodes(graph):
    del graph["video"]


def unsorted(graph):
    edge_index = graph["user", "writes", "post"].edge_index
    graph["user", "writes", "post"].edge_index = edge_index.flip(1)


BREACHES = {
    unknown_node: "unknown node type 'pots'; did you mean 'post'",
    no_posts: "no 'post' nodes; found",
    no_features: r"user nodes have no features x \[N, D\]",
    flat_features: r"user.x is torch.float32 \(3,\), expected float32 or float16 \[N, D\]",
    wide_features: r"user.x is torch.float64 \(3, 3\), expected float32",
    no_mask: "user.present is not a bool mask of 3 nodes",
    short_mask: "user.present is not a bool mask of 3 nodes",
    number_mask: "user.present is not a bool mask of 3 nodes",
    nan: "post.x has a NaN or infinite value in row 3; expected finite",
    infinite: "image.x has a NaN or infinite value in row 1; expected finite",
    no_time: "post.time is not an int64 vector of 5 posts",
    short_labels: "post.y is not an int64 vector of 5 posts",
    float_thread: "post.thread is not an int64 vector of 5 posts",
    unknown_edge: "unknown edge type 'post__reply_to__post'; did you mean 'post__replies_to__post'",
    turned_edge: "unknown edge type 'post__writes__user'",
    no_index: "post__replies_to__post has no edge_index",
    read_type: "post__replies_to__post has no edge_index",
    flat_index: r"post__replies_to__post: torch.int64 \(4,\), expected int64 \[2, E\]",
    three_rows: r"torch.int64 \(3, 2\), expected int64 \[2, E\]",
    small_index: r"torch.int32 \(2, 2\), expected int64 \[2, E\]",
    no_edges: "post__replies_to__post has no edges; leave the type out",
    high_source: r"post__replies_to__post: post index 3\.\.5, expected 0\.\.4",
    high_user: r"post__mentions__user: user index 1\.\.3, expected 0\.\.2",
    negative: r"post__replies_to__post: post index -1\.\.0, expected 0\.\.4",
    no_such_nodes: r"post__has_video__video: video index 0\.\.0, expected 0\.\.-1",
    unsorted: "user__writes__post: edges are not sorted by destination",
}


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.__name__)
def test_a_broken_rule_is_named(graph, breach):
    breach(graph)
    with pytest.raises(GraphError, match=BREACHES[breach]):
        validate_graph(graph)
