"""What the dump knows of posts: joined by id, in order, with topics of the thread and places."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.attach import attach, by_topic, read_predictions


@pytest.fixture(scope="module")
def dump(make_dump):
    return make_dump(
        posts=[
            {"post_id": "10", "user_id": "u", "root_id": "10", "topics": ["雨"], "created_at": 1},
            {"post_id": "11", "user_id": "v", "root_id": "10", "parent_id": "10", "kind": "repost",
             "location": "发布于 广东"},
            {"post_id": "12", "user_id": "w", "root_id": "10", "topics": ["风"], "kind": "comment"},
            {"post_id": "13", "root_id": "99", "topics": [], "location": "IP属地：其他"},
            {"post_id": "14", "user_id": "x", "location": "  来自 北京 海淀区 "},
        ],
        users=[
            {"user_id": "u", "location": "南屿 东区", "verified": True, "follower_count": 100_000},
            {"user_id": "w", "location": "其他", "verified": False, "follower_count": 99},
        ],
    )  # fmt: skip


def predicted(*ids: str) -> pd.DataFrame:
    frame = pd.DataFrame({"post_id": ids, "prob_joy": 1.0, "created_at": "2024-03-01T00:00:00Z"})
    return frame.set_index(pd.Index(range(5, 5 + len(ids))))


def test_columns_of_the_dump_in_the_order_of_the_predictions(dump):
    frame = attach(predicted("14", "10", "13", "11", "12"), dump)
    assert frame.index.tolist() == [5, 6, 7, 8, 9]
    assert frame.post_id.tolist() == ["14", "10", "13", "11", "12"]
    assert (frame.created_at == "2024-03-01T00:00:00Z").all()  # the predictions' own
    assert frame.user_id.fillna("?").tolist() == ["x", "u", "?", "v", "w"]
    assert frame.kind.tolist() == ["original", "original", "original", "repost", "comment"]
    assert [list(t) if t is not None else [] for t in frame.topics] == [
        [], ["雨"], [], ["雨"], ["风"],
    ]  # fmt: skip


def test_users_are_grouped(dump):
    frame = attach(predicted("10", "11", "12", "13", "14"), dump)
    assert frame.region.fillna("?").tolist() == ["南屿", "广东", "?", "?", "北京"]
    assert frame.verified.fillna("?").tolist() == [True, "?", False, "?", "?"]
    groups = ["100,000 on", "?", "under 100", "?", "?"]
    assert frame.follower_group.fillna("?").tolist() == groups


def test_posts_that_the_dump_does_not_have(dump):
    with pytest.raises(GnnEmotionError, match=r"2 of 3 predictions .* such as '77'.*was scored"):
        attach(predicted("10", "77", "78"), dump)


def test_a_row_a_topic():
    topics = [["x", "y", "x"], np.array(["y"], object), [], None, np.nan]
    rows = by_topic(pd.DataFrame({"post_id": list("abcde"), "topics": topics}))
    assert list(zip(rows.post_id, rows.topic, strict=True)) == [
        ("a", "x"), ("a", "y"), ("b", "y"), ("c", "(none)"), ("d", "(none)"), ("e", "(none)"),
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_files_of_every_format(tmp_path, suffix):
    frame, path = predicted("5051246142806981234", "0012"), tmp_path / f"p.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False, encoding="utf-8-sig")
    elif suffix == "jsonl":
        rows = (json.dumps(row) for row in frame.to_dict("records"))
        path.write_text("\n".join(rows), encoding="utf-8")
    else:
        frame.to_parquet(path)
    read = read_predictions(path)
    assert read.post_id.tolist() == ["5051246142806981234", "0012"]
    assert str(read.created_at.dt.tz) == "UTC"


def test_a_post_that_is_there_twice_would_count_twice(tmp_path):
    predicted("1", "2", "1").to_parquet(tmp_path / "p.parquet")
    with pytest.raises(GnnEmotionError, match=r"p\.parquet: post '1' is there twice"):
        read_predictions(tmp_path / "p.parquet")


def test_a_file_of_something_else(tmp_path):
    (tmp_path / "p.csv").write_text("a,b\n1,2\n")
    with pytest.raises(GnnEmotionError, match=r"no columns post_id, created_at.*p\.csv is not"):
        read_predictions(tmp_path / "p.csv")
