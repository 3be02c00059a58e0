from __future__ import annotations

import json

import pytest

from gnn_emotion.ingest.formats import nghuyong as reader

USER = {"_id": "7", "nick_name": "某人", "verified": False, "friends_count": 5, "gender": "f"}
TWEET = {
    "_id": "4123456789012345",
    "mblogid": "IabcDEfgh",
    "created_at": "2022-10-19 15:54:27",
    "content": "好",
    "pic_urls": ["https://a/1"],
    "attitudes_count": 3,
    "user": USER,
    "crawl_time": 1666866139,
}


def test_synthetic_tweet(read_json):
    place = {"type": "Point", "coordinates": [26.9, 100.2], "detail": {"title": "某地"}}
    tweet = TWEET | {"geo": place, "ip_location": "发布于 云南", "video": "https://a/1.mp4"}
    post, user = read_json(reader, [tweet], "tweet_spider_by_keyword_1.jsonl")
    values = post.values
    assert (values["kind"], values["location"]) == ("original", "某地")
    assert (values["images"], values["videos"]) == (["https://a/1"], ["https://a/1.mp4"])
    assert (values["like_count"], values["crawl_time"]) == ("3", "1666866139")
    assert user.embedded
    assert (user.values["user_id"], user.values["verified"]) == ("7", "false")
    assert (user.values["following_count"], user.values["crawl_time"]) == ("5", "1666866139")


def test_synthetic_tweet_by_user_has_its_author_in_the_link(read_json):
    tweet = {k: v for k, v in TWEET.items() if k != "user"}
    (post,) = read_json(reader, [tweet | {"url": "https://weibo.com/7/IabcDEfgh"}], "a.jsonl")
    assert post.values["user_id"] == "7"


def test_synthetic_reposts(read_json):
    named = TWEET | {"is_retweet": True, "retweet_id": "3"}
    unnamed = TWEET | {"_id": "5"}
    found = read_json(reader, [named, unnamed], "repost_2022.jsonl", post_id="9")
    posts = [r.values for r in found if r.table == "posts"]
    links = [(post["kind"], post["parent_id"], post["root_id"]) for post in posts]
    assert links == [("repost", "3", "3"), ("repost", "9", "9")]
    found = read_json(reader, [named, TWEET | {"is_retweet": True}], "tweets.jsonl", post_id="9")
    posts = [r.values for r in found if r.table == "posts"]
    links = [(post["kind"], post["parent_id"]) for post in posts]
    assert links == [("repost", "3"), ("repost", None)]


def test_synthetic_comments(read_json):
    comment = {"_id": 11, "content": "好", "like_counts": 1, "comment_user": USER}
    answered = {"_id": 11, "text": "好<br/>", "user": {"_id": "8", "nick_name": "别人"}}
    lines = [comment, comment | {"_id": 12, "reply_comment": answered}]
    found = read_json(reader, lines, "comment_2022.jsonl", post_id="3")
    posts = [r for r in found if r.table == "posts"]
    assert [
        (p.embedded, p.values["post_id"], p.values["kind"], p.values["root_id"]) for p in posts
    ] == [
        (False, "11", "comment", "3"),
        (False, "12", "reply", "3"),
        (True, "11", "comment", "3"),
    ]
    assert [p.values["parent_id"] for p in posts[:2]] == ["3", "11"]
    assert (posts[2].values["user_id"], posts[2].values["text"]) == ("8", "好<br/>")
    (post, _) = read_json(reader, [comment], "comment_2022.jsonl")
    assert (post.values["parent_id"], post.values["kind"]) == (None, "comment")


def test_synthetic_follows_are_named_the_wrong_way_round(read_json):
    fan = {"_id": "1_7", "follower_id": "1", "fan_info": USER}
    follow = {"_id": "1_7", "fan_id": "1", "follower_info": USER}
    edge, user = read_json(reader, [fan], "fan_1.jsonl")
    assert edge.values == {"follower_id": "7", "followed_id": "1"}
    assert (user.embedded, user.values["user_id"]) == (True, "7")
    edge, _ = read_json(reader, [follow], "follow_1.jsonl")
    assert edge.values == {"follower_id": "1", "followed_id": "7"}


def test_a_line_that_is_nothing_of_the_kind(read_json):
    found = read_json(reader, [TWEET, {"_id": "5"}, 5], "a.jsonl")
    assert [r.table for r in found] == ["posts", "users", "quarantine", "quarantine"]


@pytest.mark.real_data
def test_real(sample, read_path):
    def read(name, **options):
        return read_path(reader, sample(f"nghuyong_WeiboSpider/{name}_20221027.jsonl"), **options)

    def rows(name):
        path = sample(f"nghuyong_WeiboSpider/{name}_20221027.jsonl").path
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    tweet, author = read("tweet_by_keyword")
    assert len(tweet.values["images"]) == 9
    assert author.values["user_id"] == tweet.values["user_id"]
    (by_user,) = read("tweet_by_user_id")
    by_id, _ = read("tweet_by_tweet_id")
    for name in ("post_id", "user_id", "text"):
        assert by_user.values[name] == by_id.values[name] is not None
    repost, _ = read("repost", post_id="4123456789012345")
    assert (repost.values["kind"], repost.values["root_id"]) == ("repost", "4123456789012345")
    comment, _ = read("comment", post_id="4123456789012345")
    assert comment.values["parent_id"] == "4123456789012345"
    for name in ("fan", "follow"):
        (row,) = rows(name)
        edge, user = read(name)
        ends = {edge.values["follower_id"], edge.values["followed_id"]}
        assert ends == set(row["_id"].split("_"))
        end = "follower_id" if name == "fan" else "followed_id"
        assert edge.values[end] == user.values["user_id"]
    (user,) = read("user")
    assert user.values["follower_count"] == str(rows("user")[0]["followers_count"])
