"""Topics of most posts have charts of their own; small cells, and what gives them away, do not."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.topics import find_topics, hidden_bins

from .conftest import HOSTILE_TOPIC


def test_topics_of_most_posts_and_all_others(posts):
    found = find_topics(posts, ReportOptions())
    assert found.names == ("洪水", HOSTILE_TOPIC, None)
    assert found.rows.groupby("topic").size().tolist() == [400, 134, 266]
    one = find_topics(posts, ReportOptions(topics=1))
    assert one.names == ("洪水", None) and len(one.rows) == 800
    assert find_topics(posts, ReportOptions(topics=0)).names == ()
    assert find_topics(posts.drop(columns="topics"), ReportOptions()).names == ()


def test_a_topic_of_few_users_has_no_name(posts):
    few = posts.copy()
    few["topics"] = [["别人的秘密", "洪水", "洪水"] if n < 4 else ["洪水"] for n in range(len(few))]
    found = find_topics(few, ReportOptions())
    assert found.names == ("洪水", None)
    assert found.rows.groupby("topic").size().tolist() == [800, 4]  # twice the same counts once
    assert "别人的秘密" in find_topics(few, ReportOptions(fewest_users=1)).names


def test_a_column_of_ones_own_topics(posts):
    own = posts.assign(topic=["a" if n % 2 else None for n in range(len(posts))])
    found = find_topics(own, ReportOptions())
    assert found.names == ("a", None) and found.rows.topic.value_counts().tolist() == [400, 400]


def test_bins_of_few_users_and_their_neighbours_are_hidden():
    users = np.array([[3, 20, 30, 0], [2, 3, 20, 0], [1, 6, 5, 0], [0, 12, 9, 0]])
    np.testing.assert_array_equal(
        hidden_bins(users, 5),
        [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]],
    )
    assert not hidden_bins(users, 1).any()


@pytest.mark.parametrize("seed", range(20))
def test_nothing_hidden_can_be_had_by_subtraction(seed):
    users = np.random.default_rng(seed).integers(0, 12, (6, 30))
    users[0] = users[1:].sum(axis=0)
    hidden = hidden_bins(users, 5)
    assert hidden[(users > 0) & (users < 5)].all()
    for at in range(30):
        gone = users[1:, at][hidden[1:, at]]
        others = users[1:, at].sum() - gone.sum()
        assert len(gone) != 1 or others == 0 or hidden[0, at]
        assert gone.sum() == 0 or gone.max() >= 5 or others == 0
