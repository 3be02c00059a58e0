"""What posts carry, a row a post: what was given, or the mean of the media that can be read."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.graph.build import build_graph
from gnn_emotion.graph.modalities import PostModalities
from gnn_emotion.schema.errors import GraphError

from ..dumps import write_dump
from .conftest import features_of, make_features, vector


def sound_of(dump, absent: frozenset[str] = frozenset()):
    """Give every post five columns under a name of their own."""
    ids = dump.read("posts", ["post_id"])["post_id"].to_pylist()
    return make_features(ids, 5, absent)


@pytest.fixture
def graph(dump):
    features = features_of(dump, "post", "user", "image", "video", absent=frozenset({"m2"}))
    return build_graph(dump, features | {"sound": sound_of(dump, frozenset({"p1"}))})


def test_a_post_carries_the_mean_of_the_media_that_can_be_read(dump):
    graph = build_graph(dump, features_of(dump, "post", "user", "image", "video"))
    x, present = PostModalities(graph, ["image"]).take(np.arange(5))["image"]
    assert present.tolist() == [True, False, False, False, False]
    expected = (vector("m1", 2) + vector("m2", 2)) / 2
    np.testing.assert_allclose(x[0], expected, rtol=1e-6)
    assert not x[1:].any()


def test_media_that_cannot_be_read_do_not_count(graph):
    x, present = PostModalities(graph, ["image"]).take(np.arange(5))["image"]
    assert present.tolist() == [True, False, False, False, False]
    np.testing.assert_array_equal(x[0], vector("m1", 2))


def test_a_post_of_which_no_picture_can_be_read_has_none(dump):
    absent = frozenset({"m1", "m2"})
    graph = build_graph(dump, features_of(dump, "post", "user", "image", absent=absent))
    x, present = PostModalities(graph, ["image"]).take(np.arange(5))["image"]
    assert not present.any() and not x.any()
    assert (x.dtype, present.dtype) == (torch.float32, torch.bool)


def test_all_modalities_of_some_posts_in_their_order(graph):
    found = PostModalities(graph, ["video", "sound", "image"]).take(np.array([4, 0, 1, 4]))
    assert list(found) == ["video", "sound", "image"]
    assert found["video"][1].tolist() == [True, False, False, True]
    np.testing.assert_array_equal(found["video"][0][3], vector("m0", 2))
    assert found["sound"][1].tolist() == [True, True, False, True]
    np.testing.assert_array_equal(found["sound"][0][1], vector("p0", 5))
    assert found["image"][1].tolist() == [False, True, False, False]
    assert [x.shape[1] for x, _ in found.values()] == [2, 5, 2]


def test_a_dump_whose_posts_carry_nothing(make_dump):
    dump = make_dump(posts=[{"post_id": "p0"}], media=[{"media_id": "m0", "kind": "image"}])
    graph = build_graph(dump, features_of(dump, "post", "user", "image"))
    assert ("image", "rev_has_image", "post") not in graph.edge_types
    x, present = PostModalities(graph, ["image"]).take(np.array([0]))["image"]
    assert x.shape == (1, 2) and not x.any() and not present.any()


def test_no_modalities_no_posts(graph):
    assert PostModalities(graph, []).take(np.arange(5)) == {}
    x, present = PostModalities(graph, ["image"]).take(np.arange(0))["image"]
    assert x.shape == (0, 2) and present.shape == (0,)


@pytest.mark.parametrize("name", ["video", "audio"])
def test_what_the_graph_lacks_is_refused(dump, name):
    graph = build_graph(dump, features_of(dump, "post", "user", "image"))
    with pytest.raises(GraphError, match=f"no features of '{name}'; encode them as well"):
        PostModalities(graph, ["image", name])


@settings(max_examples=30)
@given(
    carried=st.lists(st.sets(st.integers(0, 5)), min_size=1, max_size=6),
    absent=st.sets(st.integers(0, 5)),
)
def test_as_a_plain_loop_has_it(tmp_path_factory, carried, absent):
    dump = write_dump(
        tmp_path_factory.mktemp("dump"),
        posts=[{"post_id": f"p{i}"} for i in range(len(carried))],
        media=[{"media_id": f"m{k}", "kind": "image"} for k in range(6)],
        post_media=[
            {"post_id": f"p{i}", "media_id": f"m{k}", "position": at}
            for i, own in enumerate(carried)
            for at, k in enumerate(sorted(own))
        ],
    )
    features = features_of(dump, "post", "user", "image", absent=frozenset(f"m{k}" for k in absent))
    x, present = PostModalities(build_graph(dump, features), ["image"]).take(
        np.arange(len(carried))
    )["image"]
    for i, own in enumerate(carried):
        readable = [vector(f"m{k}", 2) for k in own - absent]
        assert bool(present[i]) == bool(readable)
        expected = np.mean(readable, axis=0) if readable else np.zeros(2)
        np.testing.assert_allclose(x[i], expected, atol=1e-6)
