"""What there is, what was seen, and what became of it: every post in its column."""

from __future__ import annotations

import pandas as pd
import pytest

from gnn_emotion.trends.coverage import coverage


@pytest.fixture(scope="module")
def dump(make_dump):
    return make_dump(
        posts=[
            {"post_id": "1", "root_id": "1", "user_id": "u", "topics": ["雨"], "own_text": "雨 ",
             "repost_count": 5, "comment_count": 7, "created_at": 9},
            {"post_id": "2", "root_id": "1", "parent_id": "1", "kind": "repost", "user_id": "v",
             "own_text": "雨", "repost_count": 3, "comment_count": 2, "created_at": 9},
            {"post_id": "3", "root_id": "1", "parent_id": "1", "kind": "comment", "user_id": "v",
             "own_text": " ", "comment_count": 4, "created_at": 9},
            {"post_id": "4", "status": "deleted", "user_id": "u"},
            {"post_id": "5", "status": "placeholder", "own_text": "quoted", "created_at": 9},
        ]
    )  # fmt: skip


PREDICTIONS = pd.DataFrame({"post_id": ["1", "2", "4"], "abstained": [False, True, True]})


def test_one_row_of_all(dump):
    row = coverage(PREDICTIONS, dump).iloc[0].to_dict()
    assert row == {
        # 3 heads; the reposts that the head counted, not once more those of its reposts; comments
        # of the head and of its repost, not once more the answers to a comment
        "claimed": 3 + 5 + 7 + 2,
        "captured": 4, "unique": 1, "wordless": 2, "deleted": 1, "undated": 1,
        "scored": 3, "abstained": 2, "users": 2,
    }  # fmt: skip


def test_groups(dump):
    table = coverage(PREDICTIONS, dump, ["topic"]).set_index("topic")
    assert table.index.tolist() == ["(none)", "雨"]
    assert table.captured.to_dict() == {"(none)": 1, "雨": 3}
    assert table.scored.to_dict() == {"(none)": 1, "雨": 2}
    assert table.claimed.to_dict() == {"(none)": 2, "雨": 15}


def test_groups_that_only_the_predictions_know(dump):
    clustered = PREDICTIONS.assign(cluster=["1 雨", "1 雨", "2 风"])
    table = coverage(clustered, dump, ["cluster"]).set_index("cluster")
    assert table.scored.to_dict() == {"(none)": 0, "1 雨": 2, "2 风": 1}
    assert table.captured.sum() == 4


def test_nobody_counted(make_dump):
    dump = make_dump(posts=[{"post_id": "1"}])
    row = coverage(PREDICTIONS.iloc[:0], dump).iloc[0]
    assert pd.isna(row.claimed) and row.captured == 1 and row.scored == 0 and row.abstained == 0
    assert len(coverage(PREDICTIONS.iloc[:0], make_dump())) == 0
