"""Posts to topics by their words: an encoder and its clusters, roots lent to the wordless."""

from __future__ import annotations

import pandas as pd
import pytest

from gnn_emotion import topic_clusters as module
from gnn_emotion.schema.errors import ContractError, GnnEmotionError
from gnn_emotion.topic_clusters import topic_clusters
from gnn_emotion.trends.clusters import ClusterOptions
from gnn_emotion.trends.columns import NO_GROUP

TOPICS = {
    "水库": ("水库的水位还在上涨", "救援队到了水库大坝", "大坝的水位超过警戒线", "水库开始泄洪"),
    "演唱会": (
        "演唱会门票抢不到",
        "歌手在演唱会上唱了新歌",
        "门票太贵了，歌手真棒",
        "演唱会的舞台",
    ),
    "地铁": ("地铁停运了，站台全是人", "地铁站台进水", "今天坐地铁上班", "地铁三号线停运"),
}


@pytest.fixture
def posts() -> pd.DataFrame:
    """Make posts of three topics, marks in their texts, and reposts without words."""
    rows = []
    for topic, texts in TOPICS.items():
        for number in range(40):
            text = (
                f"{texts[number % 4]}，第{number}次说[泪] #早安# @路人{number} http://t.cn/{number}"
            )
            rows.append((f"{topic}{number}", f"u{number}", f"{topic}{number}", text, topic))
    rows.append(("r1", "x", "水库0", "", "水库"))
    rows.append(("r2", None, "地铁1", "[泪]", "地铁"))
    rows.append(("r3", "x", "nobody", None, None))
    return pd.DataFrame(rows, columns=["post_id", "user_id", "root_id", "own_text", "told"])


def test_topics_of_words(posts):
    found = topic_clusters(posts, options=ClusterOptions(3, dim=3))
    sure = found[(found.cluster != NO_GROUP) & found.told.notna()]
    assert len(sure) > 100
    of_one = sure.groupby("cluster").told.agg(lambda told: told.value_counts(normalize=True).max())
    assert of_one.min() > 0.75 and of_one.mean() > 0.9
    assert sure.cluster.nunique() == 3
    assert found.cluster.iloc[-1] == NO_GROUP
    # A repost without words is about what it passes on.
    by_id = found.set_index("post_id").cluster
    assert by_id["r1"] == by_id["水库0"] and by_id["r2"] == by_id["地铁1"]
    assert not found.cluster.str.contains("早安|泪|路人|http").any()
    pd.testing.assert_frame_equal(found, topic_clusters(posts, options=ClusterOptions(3, dim=3)))


def test_parts_are_assigned_as_the_whole(posts, monkeypatch):
    whole = topic_clusters(posts, options=ClusterOptions(3))
    monkeypatch.setattr(module, "_AT_ONCE", 17)
    pd.testing.assert_frame_equal(topic_clusters(posts, options=ClusterOptions(3)), whole)


def test_the_embedded_encoder(posts):
    found = topic_clusters(posts, "embedded", ClusterOptions(3))
    assert 1 <= found.cluster[found.cluster != NO_GROUP].nunique() <= 3


def test_what_cannot_be(posts):
    with pytest.raises(ContractError, match="no-such-model"):
        topic_clusters(posts, "./no-such-model")
    with pytest.raises(GnnEmotionError, match="no columns root_id"):
        topic_clusters(posts.drop(columns="root_id"))
    with pytest.raises(GnnEmotionError, match="different texts with words; a cluster must have"):
        topic_clusters(posts.head(5))
    for text in ("都一样", "", None):  # before an encoder finds nothing to learn from
        with pytest.raises(GnnEmotionError, match=r"[01] different texts with words"):
            topic_clusters(posts.assign(own_text=text))
