from __future__ import annotations

from gnn_emotion.ingest.formats import weibo_spider_json as reader

USER = {"id": "7", "nickname": "某人", "gender": "女", "weibo_num": 2, "following": 3}


def post(**more):
    keys = {"id": "IabcDEfgh", "user_id": "7", "content": "好", "original_pictures": "无"}
    keys |= {"video_url": "无", "publish_place": "无", "publish_time": "2020-01-02 10:00"}
    return keys | {"publish_tool": "手机", "up_num": 5, "retweet_num": 6, "comment_num": 7} | more


def test_synthetic_user_and_post(read_json):
    user, own = read_json(reader, {"user": USER, "weibo": [post()]})
    assert (user.table, user.values["following_count"]) == ("users", "3")
    values = own.values
    assert (values["bid"], values["post_id"]) == ("IabcDEfgh", None)
    assert (values["user_id"], values["user_name"]) == ("7", "某人")
    assert (values["images"], values["videos"], values["location"]) == (None, None, None)
    counts = ("like_count", "repost_count", "comment_count")
    assert [values[name] for name in counts] == ["5", "6", "7"]


def test_synthetic_repost(read_json):
    text = "转发理由:说得好\n原始用户:别人\n转发内容:原文"
    written = post(content=text, original=False, retweet_pictures="https://a/1.jpg")
    _, own, source = read_json(reader, {"user": USER, "weibo": [written]})
    assert (own.values["kind"], own.values["text"]) == ("repost", "说得好")
    assert source.embedded and source.values["post_id"] == own.values["parent_id"]
    assert (source.values["user_name"], source.values["images"]) == ("别人", ["https://a/1.jpg"])


def test_an_original_that_reads_like_a_repost(read_json):
    text = "转发理由:说得好\n原始用户:别人\n转发内容:原文"
    found = read_json(reader, {"user": USER, "weibo": [post(content=text, original=True)]})
    assert [r.values.get("kind") for r in found] == [None, "original"]


def test_damaged_parts_are_rows_too(read_json):
    found = read_json(reader, {"user": USER, "weibo": [post(), 5]})
    assert [r.table for r in found] == ["users", "posts", "quarantine"]


def test_weibo_crawler_is_another_format():
    assert reader.sniff(None, b'{"user": {}, "weibo": [{"id": 1, "text": "x"}]}') == 0
    assert reader.sniff(None, b'{"user": {"weibo_num": 0}, "weibo": []}') > 0
