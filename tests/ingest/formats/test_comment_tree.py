from __future__ import annotations

import zipfile

import pytest

from gnn_emotion.ingest.formats import comment_tree as reader
from gnn_emotion.ingest.records import Source

HEADER = [
    *["视频BV号", "视频发布日期", "上级评论ID", "评论ID", "用户ID", "用户名", "用户粉丝数"],
    *["评论内容", "评论时间", "回复数", "点赞数"],
]


def row(parent, own, video="BV1", user="7"):
    return [
        video,
        "2025-01-01 00:00:00",
        parent,
        own,
        user,
        "某人",
        "9",
        "好",
        "2025-01-02",
        "1",
        "2",
    ]


def test_synthetic_tree(read_table):
    found = read_table(reader, [HEADER, row("0", "-12"), row("-12", "-13"), row("0", "4", "BV2")])
    posts = [r.values for r in found if r.table == "posts" and not r.embedded]
    assert [(p["kind"], p["post_id"], p["parent_id"], p["root_id"]) for p in posts] == [
        ("comment", "-12", "BV1", "BV1"),
        ("reply", "-13", "-12", "BV1"),
        ("comment", "4", "BV2", "BV2"),
    ]
    videos = [r.values["post_id"] for r in found if r.table == "posts" and r.embedded]
    assert videos == ["BV1", "BV2"]
    users = [r for r in found if r.table == "users"]
    assert len(users) == 3 and all(u.embedded for u in users)
    assert users[0].values["follower_count"] == "9"


def test_post_named_by_the_user(read_table):
    table = [[*HEADER[2:]], row("0", "1")[2:]]
    found = read_table(reader, table, post_id="4454572602912349")
    assert found[0].values["parent_id"] == found[0].values["root_id"] == "4454572602912349"


def test_no_post_named_at_all(read_table):
    found = read_table(reader, [[*HEADER[2:]], row("0", "1")[2:]])
    assert found[0].values["parent_id"] is None


def test_ragged_row_is_quarantined(read_table):
    assert read_table(reader, [HEADER, row("0", "1")[:8]])[0].table == "quarantine"


@pytest.mark.real_data
def test_real_trees(real_data, read_path, tmp_path):
    path = real_data("crawler_samples") / "zachgu_weibo_gat" / "comments_google.zip"
    ids, parents, roots, tops = set(), set(), set(), 0
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    files = sorted(tmp_path.rglob("*.csv"))
    for file in files:
        for record in read_path(reader, Source(file, file.name, tmp_path)):
            if record.table == "posts" and not record.embedded:
                ids.add(record.values["post_id"])
                parents.add(record.values["parent_id"])
                roots.add(record.values["root_id"])
                tops += record.values["kind"] == "comment"
    assert (len(files), len(ids), tops) == (1000, 17_482, 1000)
    assert parents <= ids | roots  # no comment hangs in the air
