"""Clusters of features: found where they are, named by their words, none for what is between."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.clusters import (
    OUTLIER,
    ClusterOptions,
    Clusters,
    name_clusters,
    sample_texts,
)
from gnn_emotion.trends.columns import NO_GROUP
from gnn_emotion.trends.emotion_trends import emotion_trends


def blobs(each: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw texts of three topics, far apart in 12 directions, the third half as many."""
    rng = np.random.default_rng(seed)
    topic = np.repeat([0, 1, 2], [each, each, each // 2])
    x = 5 * np.eye(12)[4 * topic] + rng.normal(0, 0.6, (len(topic), 12))
    return x.astype(np.float32), topic


def same(found: np.ndarray, topic: np.ndarray) -> bool:
    """Tell whether topics and clusters are one to one."""
    pairs = set(zip(found.tolist(), topic.tolist(), strict=True))
    return len(pairs) == len(set(topic.tolist())) == len(set(found.tolist()))


def test_topics_are_found_and_others_assigned_to_them():
    x, topic = blobs()
    clusters = Clusters.fit(x, ClusterOptions(3, dim=2))
    assert same(clusters.assign(x), topic)
    others, of_others = blobs(500, seed=1)
    found = clusters.assign(others)
    assert (found == OUTLIER).mean() < 0.02
    assert same(found[found != OUTLIER], of_others[found != OUTLIER])
    # A row does not depend on the rows beside it.
    np.testing.assert_array_equal(found[7:9], clusters.assign(others[7:9]))


def test_what_lies_between_or_has_no_words_is_in_none():
    x, topic = blobs()
    between = (x[topic == 0].mean(axis=0) + x[topic == 1].mean(axis=0))[None] / 2
    clusters = Clusters.fit(x, ClusterOptions(3, dim=2, margin=0.5))
    assert (clusters.assign(between) == OUTLIER).all()
    assert (clusters.assign(np.zeros((2, 12), np.float32)) == OUTLIER).all()
    assert (Clusters.fit(x, ClusterOptions(3, margin=0)).assign(between) != OUTLIER).all()


def test_small_clusters_are_none_and_their_number_follows_the_texts():
    x, _ = blobs()
    stray = np.zeros((9, 12), np.float32)
    stray[:, 11] = 40
    every = np.concatenate([x, stray])
    found = Clusters.fit(every, ClusterOptions(4, dim=3)).assign(every)
    assert (found[-9:] == OUTLIER).all() and (found[:-9] != OUTLIER).mean() > 0.9
    few = Clusters.fit(x[:25], ClusterOptions(50, fewest_texts=10))
    assert len(few.centres) == 2
    with pytest.raises(GnnEmotionError, match="9 different texts with words; a cluster must"):
        Clusters.fit(x[:9], ClusterOptions())
    with pytest.raises(GnnEmotionError, match="features of 30 texts are all alike"):
        Clusters.fit(np.ones((30, 12), np.float32))


def test_the_same_again():
    x, _ = blobs()
    first, second = (Clusters.fit(x, ClusterOptions(3)).assign(x) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_each_text_counts_once():
    texts = pd.Series(["转发微博"] * 50 + ["水库", " 水库", None, "", "  ", "地铁"])
    assert texts.iloc[sample_texts(texts)].tolist() == ["转发微博", "水库", "地铁"]
    many = pd.Series([f"第{n}条" for n in range(100)])
    chosen = sample_texts(many, ClusterOptions(sample=10))
    assert len(chosen) == 10 and (np.diff(chosen) > 0).all() and chosen.max() > 20


def test_names_are_the_words_that_others_do_not_have():
    rows = [(f"a{n}", "中国 水库 水位 上涨", 7) for n in range(20)]
    rows += [(f"b{n}", "中国 演唱会 门票 歌手", 2) for n in range(30)]
    rows += [("c", "中国", OUTLIER), ("d", None, 2)]
    posts = pd.DataFrame(rows, columns=["user_id", "own_text", "cluster"])
    posts["own_text"] += posts.index.astype(str)  # no two are the same
    names = name_clusters(posts, posts.pop("cluster").to_numpy())
    assert names.index.equals(posts.index)
    number, *words = names.iloc[0].split()
    assert number == "2" and set(words) == {"水库", "水位", "上涨"}
    number, *words = names.iloc[25].split()
    assert number == "1" and set(words) == {"演唱会", "门票", "歌手"}  # the larger one
    assert names.iloc[-2] == NO_GROUP and names.iloc[-1] == names.iloc[25]
    trend = emotion_trends(
        posts.assign(cluster=names, created_at=pd.Timestamp("2024-07-01", tz="UTC"), prob_joy=1.0),
        by=["cluster"],
    )
    assert trend.volume.tolist() == [1, 31, 20]


def test_options_that_cannot_be():
    with pytest.raises(GnnEmotionError, match="count is 0; expected 1 or more"):
        ClusterOptions(0)
    with pytest.raises(GnnEmotionError, match="margin is -1; expected 0 up to 2"):
        ClusterOptions(margin=-1)
