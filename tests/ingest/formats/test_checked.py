from __future__ import annotations

from collections import Counter

import pytest

from gnn_emotion.ingest.formats import checked as reader
from gnn_emotion.ingest.records import Source

POST = {
    "label": "real",
    "id": "p1",
    "date": "2020-05-14 19:14",
    "user_id": "u1",
    "text": "原文",
    "pic_url": ["https://a/1.jpg"],
    "video_url": "https://a/1.mp4?Expires=1,2",
    "comment_num": "212",
    "repost_num": "1",
    "like_num": "3",
}
COMMENT = {"id": "c1", "date": "2020-05-14 19:15", "user_id": "u2", "text": "：好", "pic_url": ""}
REPOST = {"id": "r1", "date": "2020-05-14 19:16", "user_id": "u3", "text": "：", "pic_url": []}


def test_synthetic_post(read_json):
    found = read_json(reader, POST | {"comments": [COMMENT, 5], "reposts": [REPOST]})
    assert [(r.table, r.row) for r in found] == [
        ("posts", 1),
        ("posts", 2),
        ("quarantine", 3),
        ("posts", 4),
    ]
    post, comment, _, repost = (r.values for r in found)
    assert (post["kind"], post["parent_id"], post["comment_count"]) == ("original", None, "212")
    assert (post["images"], post["videos"]) == ([POST["pic_url"][0]], [POST["video_url"]])
    assert (comment["kind"], comment["parent_id"], comment["root_id"]) == ("comment", "p1", "p1")
    assert (comment["text"], comment["images"], comment["videos"]) == ("好", None, None)
    assert (repost["kind"], repost["parent_id"], repost["text"]) == ("repost", "p1", "：")


def test_a_post_without_an_id(read_json):
    found = read_json(reader, [POST | {"comments": []}, {"comments": [COMMENT]}])
    assert [r.table for r in found] == ["posts", "quarantine"]


def test_recognised_by_its_first_bytes(read_json):
    head = b'{"id": "1", "user_id": "2", "text": "", "comment_num": "", "repost_num": "", '
    assert reader.sniff(None, head + b'"comments": [{"id": "cut off') == 1
    assert reader.sniff(None, head) == 0


@pytest.mark.real_data
def test_real(real_data, read_path):
    root = real_data("checked_raw")
    kinds, posts = Counter(), set()
    files = sorted(root.glob("*.json"))
    for file in files:
        for record in read_path(reader, Source(file, file.name, root)):
            assert not record.embedded and record.table == "posts"
            kinds[record.values["kind"]] += 1
            posts.add(record.values["root_id"])
            assert not (record.values["text"] or "").startswith("：") or record.values["kind"] != (
                "comment"
            )
    assert (len(files), kinds) == (104, {"original": 104, "comment": 39_402, "repost": 41_107})
    assert len(posts) == 105  # and the None of the originals
