from __future__ import annotations

from gnn_emotion.ingest.formats import weibo_crawler_sqlite as reader
from gnn_emotion.ingest.records import Source

WEIBO = dict.fromkeys(
    [
        *["id", "bid", "user_id", "screen_name", "text", "article_url", "topics", "at_users"],
        *["pics", "video_url", "live_photo_url", "location", "created_at", "source"],
        *["attitudes_count", "comments_count", "reposts_count", "retweet_id"],
    ],
    "",
)
COMMENT = dict.fromkeys(
    [
        *["id", "bid", "weibo_id", "root_id", "user_id", "created_at", "user_screen_name"],
        *["user_avatar_url", "text", "pic_url", "like_count"],
    ],
    "",
)


def test_synthetic_posts(read_sqlite):
    rows = [
        WEIBO | {"id": "3", "text": "原", "pics": "a.jpg,b.jpg", "attitudes_count": 5},
        WEIBO | {"id": "4", "text": "转发微博", "retweet_id": "3"},
    ]
    original, repost = (r.values for r in read_sqlite(reader, {"weibo": rows}))
    assert (original["kind"], original["images"]) == ("original", ["a.jpg", "b.jpg"])
    assert (original["like_count"], original["parent_id"]) == ("5", None)
    assert (repost["kind"], repost["parent_id"], repost["root_id"]) == ("repost", "3", "3")


def test_synthetic_users_comments_and_reposts(read_sqlite):
    when = "Tue May 31 17:46:55 +0800 2011"
    comments = [
        COMMENT | {"id": "11", "weibo_id": "3", "root_id": "11", "text": "好", "created_at": when},
        COMMENT | {"id": "12", "weibo_id": "3", "root_id": "11", "text": "回复@某人:也好"},
        COMMENT | {"id": "13", "weibo_id": "3", "root_id": "", "pic_url": "c.jpg"},
    ]
    repost = {k: v for k, v in COMMENT.items() if k not in ("root_id", "pic_url")}
    tables = {
        "bins": [{"data": b"\xff"}],
        "comments": comments,
        "reposts": [repost | {"id": "21", "weibo_id": "3", "text": "转发微博"}],
        "user": [{"id": "7", "nick_name": "某人", "follower_count": 9, "bio": "x"}],
    }
    found = read_sqlite(reader, tables)
    assert [(r.table, r.row) for r in found] == [
        ("users", 1),
        *[("posts", row) for row in (2, 3, 4, 5)],
    ]
    assert (found[0].values["name"], found[0].values["follower_count"]) == ("某人", "9")
    links = [(r.values["kind"], r.values["parent_id"], r.values["root_id"]) for r in found[1:]]
    assert links == [
        ("comment", "3", "3"),
        ("reply", "11", "3"),
        ("comment", "3", "3"),
        ("repost", "3", "3"),
    ]
    assert found[1].values["created_at"] == when
    assert found[3].values["images"] == ["c.jpg"]


def test_synthetic_weibo_search(read_sqlite):
    row = {k: v for k, v in WEIBO.items() if k != "live_photo_url"}
    row |= {"id": "3", "user_id": "7", "ip": "北京", "user_authentication": "蓝V"}
    post, user = read_sqlite(reader, {"weibo": [row]})
    assert post.values["location"] == "北京"
    assert (user.embedded, user.values["verified"]) == (True, "蓝V")


def test_other_files(tmp_path):
    source = Source(tmp_path / "a.db", "a.db", tmp_path)
    assert reader.sniff(source, b"text") == 0
    assert reader.sniff(source, b"SQLite format 3\0") == 0
