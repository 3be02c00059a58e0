from __future__ import annotations

import pytest

from gnn_emotion.ingest.formats import weibo_api as reader
from gnn_emotion.ingest.formats.weibo_api_post import post

USER = {"id": 7, "idstr": "7", "screen_name": "某人", "gender": "f", "followers_count": 5}
WHEN = "Tue May 31 17:46:55 +0800 2011"


def status(number, **more):
    keys = {"id": 4123456789012300 + number, "text": "好", "created_at": WHEN, "user": USER}
    return keys | {"reposts_count": 1, "comments_count": 2, "attitudes_count": "100万+"} | more


def comment(number, **more):
    return {
        "id": 4123456789019900 + number,
        "text": "也好",
        "created_at": WHEN,
        "user": USER,
    } | more


FIRST, SECOND = "4123456789012301", "4123456789012302"

WRAPPERS = {
    "open api": {"statuses": [status(1), status(2)], "total_number": 2},
    "m.weibo.cn": {
        "ok": 1,
        "data": {
            "cards": [
                {"card_type": 9, "mblog": status(1)},
                {"card_type": 11, "card_group": [{"card_type": 9, "mblog": status(2)}]},
            ]
        },
    },
    "ajax": {"ok": 1, "data": {"list": [status(1), status(2)], "since_id": "x"}},
    "reposts": {"reposts": [status(1), status(2)]},
    "bare": [status(1), status(2)],
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_synthetic_wrappers(read_json, wrapper):
    found = read_json(reader, WRAPPERS[wrapper])
    assert [(r.table, r.row, r.embedded) for r in found] == [
        ("posts", 1, False),
        ("users", 1, True),
        ("posts", 2, False),
        ("users", 2, True),
    ]
    assert [r.values["post_id"] for r in found[::2]] == [FIRST, SECOND]
    values = found[0].values
    assert (values["user_id"], values["user_name"], values["kind"]) == ("7", "某人", "original")
    counts = ("repost_count", "comment_count", "like_count")
    assert [values[name] for name in counts] == ["1", "2", "100万+"]
    assert (values["deleted"], values["created_at"]) == (False, WHEN)


def test_synthetic_lines(read_json):
    found = read_json(reader, [status(1), WRAPPERS["ajax"], {"ok": 0, "msg": "x"}], "a.jsonl")
    rows = [(r.table, r.row) for r in found if not r.embedded]
    assert rows == [("posts", 1), ("posts", 2), ("posts", 3), ("quarantine", 4)]


def test_synthetic_reposts(read_json):
    gone = {"deleted": "1", "text": "抱歉", "created_at": "", "idstr": SECOND, "mid": SECOND}
    found = read_json(
        reader,
        [
            status(3, retweeted_status=status(2)),
            status(4, retweeted_status=gone | {"id": int(SECOND)}),
            status(5, retweeted_status=status(2, user=None), pidstr="4123456789012303"),
        ],
    )
    own = [r.values for r in found if r.table == "posts" and not r.embedded]
    inner = [r.values for r in found if r.table == "posts" and r.embedded]
    assert [(v["kind"], v["parent_id"], v["root_id"]) for v in own] == [
        ("repost", SECOND, SECOND),
        ("repost", SECOND, SECOND),
        ("repost", "4123456789012303", SECOND),
    ]
    assert [(v["post_id"], v["deleted"], v["user_id"]) for v in inner] == [
        (SECOND, False, "7"),
        (SECOND, True, None),
        (SECOND, True, None),
    ]


def test_synthetic_comments_of_the_open_api(read_json):
    answer = comment(2, status=status(1), reply_comment=comment(1))
    found = read_json(reader, {"comments": [comment(1, status=status(1)), answer]})
    own = [r.values for r in found if r.table == "posts" and not r.embedded]
    assert [(v["kind"], v["parent_id"], v["root_id"]) for v in own] == [
        ("comment", FIRST, FIRST),
        ("reply", "4123456789019901", FIRST),
    ]
    inner = [r.values["post_id"] for r in found if r.table == "posts" and r.embedded]
    assert inner == [FIRST, FIRST, "4123456789019901"]


def test_synthetic_comments_with_answers_inside(read_json):
    top = "4123456789019901"
    answers = [comment(2, rootid=top, like_count=1), comment(3, rootid=top, reply_id=int(top) + 1)]
    data = [
        comment(1, rootid=top, total_number=2, like_count=9, comments=answers),
        comment(4, rootid="4123456789019904", comments=False, pic={"large": {"url": "a.jpg"}}),
    ]
    found = read_json(reader, {"ok": 1, "data": {"data": data, "max_id": 0}}, post_id=FIRST)
    own = [r.values for r in found if r.table == "posts"]
    assert [(v["kind"], v["parent_id"], v["root_id"]) for v in own] == [
        ("comment", FIRST, FIRST),
        ("reply", top, FIRST),
        ("reply", "4123456789019902", FIRST),
        ("comment", FIRST, FIRST),
    ]
    assert (own[0]["like_count"], own[0]["comment_count"], own[3]["images"]) == (
        "9",
        "2",
        ["a.jpg"],
    )


def test_synthetic_profiles(read_json):
    found = read_json(reader, {"ok": 1, "data": {"userInfo": USER, "tabs": []}})
    assert [(r.table, r.embedded, r.values["user_id"]) for r in found] == [("users", False, "7")]


def test_files_of_crawlers():
    crawlers = [
        b'{"user": {"id": "7", "screen_name": "x", "followers_count": 1}, "weibo": []}',
        b'{"id": "1", "user_id": "2", "text": "x", "comments": [{"id": "3", "text": "y"}]}',
        b'{"_id": "1", "mblogid": "x", "content": "y", "user": {"_id": "7"}}',
        b'{"id": "1", "text": "x", "user": "name"}',
        b"id,text,user\n",
    ]
    assert [reader.sniff(None, head) for head in crawlers] == [0] * 5


def test_ids():
    assert post({"id": 5, "mid": FIRST})["post_id"] == FIRST
    assert post({"id": int(FIRST), "mid": SECOND})["post_id"] == FIRST
    assert post({"id": 5})["post_id"] == "5"


def test_texts():
    long = {"text": "<a>x", "text_raw": "x…", "longText": {"longTextContent": "xyz"}}
    assert post(long)["text"] == "xyz"
    assert post({"text": "<a>x", "text_raw": "x…"})["text"] == "x…"
    assert post({"text": "<a>x", "raw_text": ""})["text"] == "<a>x"


def test_an_author_by_number_alone():
    values = post({"id": 1, "user": 7})
    assert (values["user_id"], values["deleted"]) == ("7", False)


STREAM = {"media_info": {"stream_url": "s"}}


def sized(pid, *sizes):
    return {size: {"url": f"https://a/{size}/{pid}.jpg"} for size in sizes}


@pytest.mark.parametrize(
    ("value", "images"),
    [
        ({"pic_urls": [{"thumbnail_pic": "t.jpg"}], "original_pic": "o.jpg"}, ["t.jpg"]),
        ({"original_pic": "o.jpg", "thumbnail_pic": "t.jpg"}, ["o.jpg"]),
        ({"pics": ["a.jpg", "b.jpg"]}, ["a.jpg", "b.jpg"]),
        ({"pics": {"0": {"url": "a.jpg"}, "1": None}}, ["a.jpg"]),
        ({"pics": [{"pid": "p", "url": "s.jpg", "large": {"url": "l.jpg"}}]}, ["l.jpg"]),
        (
            {"pic_ids": ["p", "q"], "pic_infos": {"p": sized("p", "large", "largest")}},
            ["https://a/largest/p.jpg", "q"],
        ),
        (
            {"mix_media_info": {"items": [{"type": "pic", "data": sized("p", "large")}, 5]}},
            ["https://a/large/p.jpg"],
        ),
        ({"pics": False, "pic_ids": None, "pic_infos": 5}, None),
    ],
)
def test_pictures(value, images):
    assert post(value)["images"] == images


@pytest.mark.parametrize(
    ("value", "videos"),
    [
        ({"page_info": {"type": "video", "urls": {"mp4_ld_mp4": "l", "mp4_720p_mp4": "h"}}}, ["h"]),
        ({"page_info": STREAM | {"object_type": "video"}}, ["s"]),
        ({"page_info": {"type": "article", "page_url": "p"}}, None),
        ({"pics": [{"pid": "p", "videoSrc": "v"}]}, ["v"]),
        ({"pic_infos": {"p": {"video": "v"}}, "live_photo": ["v", "w"]}, ["v", "w"]),
        ({"mix_media_info": {"items": [{"type": "video", "data": STREAM}]}}, ["s"]),
    ],
)
def test_videos(value, videos):
    assert post(value)["videos"] == videos


def test_topics():
    assert post({"topic_struct": [{"topic_title": "一"}, {}]})["topics"] == ["一"]
