from __future__ import annotations

import pytest

from gnn_emotion.ingest.formats import weibo_crawler_json as reader

USER = {"id": "7", "screen_name": "某人", "gender": "f", "verified": True, "follow_count": 5}


def post(**more):
    keys = {"user_id": 7, "screen_name": "某人", "id": 4123456789012345, "bid": "IabcDEfgh"}
    keys |= {"text": "好", "pics": "", "video_url": "", "created_at": "2019-12-28", "topics": ""}
    return keys | more


def test_synthetic_user_and_post(read_json):
    written = post(
        pics="https://a/1.jpg,https://a/2.jpg",
        video_url="https://a/1.mp4;https://a/2.mp4",
        live_photo_url="https://a/3.mov",
        topics="一,二",
        at_users="别人",
        full_created_at="2019-12-28 10:00:00",
        attitudes_count=3,
        reposts_count=1000000,
    )
    user, own = read_json(reader, {"user": USER, "weibo": [written]}, "某人/7.json")
    assert (user.table, user.embedded) == ("users", False)
    assert user.values["verified"] == "true"
    assert user.values["following_count"] == "5"
    values = own.values
    assert (values["post_id"], values["bid"]) == ("4123456789012345", "IabcDEfgh")
    assert (values["user_id"], values["user_name"], values["kind"]) == ("7", "某人", "original")
    assert values["created_at"] == "2019-12-28 10:00:00"
    assert values["images"] == ["https://a/1.jpg", "https://a/2.jpg"]
    assert values["videos"] == ["https://a/1.mp4", "https://a/2.mp4", "https://a/3.mov"]
    assert (values["topics"], values["mentions"]) == (["一", "二"], ["别人"])
    assert (values["like_count"], values["repost_count"]) == ("3", "1000000")


def test_synthetic_reposts(read_json):
    gone = post(id=5, bid="", user_id="", text="抱歉，此微博已被作者删除")
    posts = [post(retweet=post(id=3, user_id=8)), post(id=4, retweet=gone)]
    found = read_json(reader, {"user": USER, "weibo": posts})
    assert [(r.table, r.row, r.embedded) for r in found[1:]] == [
        ("posts", 2, False),
        ("posts", 2, True),
        ("posts", 3, False),
        ("posts", 3, True),
    ]
    own, source, _, deleted = (r.values for r in found[1:])
    assert (own["kind"], own["parent_id"], own["root_id"]) == ("repost", "3", "3")
    assert (source["kind"], source["user_id"], source["deleted"]) == ("original", "8", False)
    assert (deleted["user_id"], deleted["deleted"]) == (None, True)


def test_damaged_parts_are_rows_too(read_json):
    found = read_json(reader, {"user": USER, "weibo": [post(), "text", None]})
    assert [r.table for r in found] == ["users", "posts", "quarantine", "quarantine"]


def test_a_user_without_posts(read_json):
    (user,) = read_json(reader, {"user": USER, "weibo": []})
    assert user.table == "users"


def test_no_file_of_this_program(tmp_path):
    for head in (b'{"user": {}, "weibo": [{"content": "x"}]}', b'{"weibo": "x"}', b"[]"):
        assert reader.sniff(None, head) == 0


@pytest.mark.real_data
def test_real(sample, read_path):
    user, original, repost, source = read_path(
        reader, sample("dataabc_weibo-crawler/1669879400.json")
    )
    assert user.values["user_id"] == original.values["user_id"] == repost.values["user_id"]
    assert user.values["follower_count"].isdigit()
    assert len(original.values["images"]) == 4
    assert original.values["topics"] == ["星光大赏"]
    assert repost.values["root_id"] == source.values["post_id"]
    assert len(source.values["videos"]) == 1
    assert source.values["mentions"] == [r.values["user_name"] for r in (original, source)]
