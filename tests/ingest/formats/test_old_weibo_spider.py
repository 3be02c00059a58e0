from __future__ import annotations

from collections import Counter

import pytest

from gnn_emotion.ingest.formats import old_weibo_spider as reader


def test_synthetic_tweets(read_table):
    header = "_id,user_id,content,created_at,repost_num,comment_num,like_num,tool,image_url"
    header += ",video_url,location_map_info,origin_weibo,crawl_time"
    row = [
        "1_IonM9ryMy",
        "1",
        "假的正文",
        "2020-02-08 23:52",
        "1",
        "2",
        "3",
        "手机",
        "https://a/1.jpg",
    ]
    row += ["null", "", "https://weibo.com/2/IabcDEfgh?type=repost", "1583816648"]
    (post,) = read_table(reader, [header.split(","), row])
    values = post.values
    assert (values["post_id"], values["user_id"]) == ("1_IonM9ryMy", "1")
    assert values["parent_id"] == values["root_id"] == "IabcDEfgh"
    assert values["kind"] == "repost"
    assert (values["images"], values["videos"]) == (["https://a/1.jpg"], None)
    assert (values["like_count"], values["crawl_time"]) == ("3", "1583816648")


def test_synthetic_comments(read_table):
    header = ["_id", "comment_user_id", "weibo_url", "content", "created_at"]
    row = ["c1", "7", "https://weibo.com/2/IabcDEfgh", "好", "2020-02-08 23:52"]
    (post,) = read_table(reader, [header, row])
    assert (post.values["kind"], post.values["parent_id"]) == ("comment", "IabcDEfgh")
    assert post.values["user_id"] == "7"


def test_synthetic_follows(read_table):
    (edge,) = read_table(reader, [["_id", "fan_id", "follower_id"], ["1-2", "1", "2"]])
    assert edge.table == "follows"
    assert edge.values == {"follower_id": "1", "followed_id": "2"}


def test_ragged_row_is_quarantined(read_table):
    header = ["_id", "comment_user_id", "weibo_url", "content", "created_at"]
    assert read_table(reader, [header, ["c1", "7"]])[0].values["reason"] == "2 cells, expected 5"


@pytest.mark.real_data
def test_real_posts(sample, read_path):
    found = read_path(reader, sample("old_weibospider_scrapy_mongo/random_3000_with_label.csv"))
    assert Counter(r.table for r in found) == {"posts": 3000}
    assert Counter(r.values["label"] for r in found) == {
        "neutral": 1289,
        "positive": 908,
        "negative": 803,
    }
    assert {r.values["label_set"] for r in found} == {"polarity3"}
    assert len({r.values["post_id"] for r in found}) == 3000
    assert all(r.values["user_id"].isdigit() for r in found)


@pytest.mark.real_data
def test_real_users(sample, read_path):
    found = read_path(reader, sample("old_weibospider_scrapy_mongo/user_all.csv"))
    assert Counter(r.table for r in found) == {"users": 1993}
    assert not any("null" in (r.values["location"] or "") for r in found)
    assert sum(r.values["gender"] is None for r in found) == 1
