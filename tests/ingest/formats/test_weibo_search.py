"""Synthetic: no file that weibo-search wrote is public; rows follow the columns of its writer."""

from __future__ import annotations

import pytest

from gnn_emotion.ingest.formats import weibo_search as reader
from gnn_emotion.ingest.records import Source

HEADER = [
    *[
        "id",
        "bid",
        "user_id",
        "用户昵称",
        "微博正文",
        "头条文章url",
        "发布位置",
        "艾特用户",
        "话题",
    ],
    *["转发数", "评论数", "点赞数", "发布时间", "发布工具", "微博图片url", "微博视频url"],
    *["retweet_id", "ip", "user_authentication", "会员类型", "会员等级"],
]
ROW = [
    *["4454572602912349", "ImTGkcdDn", "1669879400", "某人", "假的正文\n第二行", "", "", "甲,乙"],
    *[
        "话题",
        "1.2万",
        "100万+",
        "3",
        "2024-05-06 07:08",
        "手机",
        "https://a/1.jpg,https://a/2.jpg",
    ],
    *["https://v/1.mp4?a=1,2", "", "发布于 北京", "黄V", "会员", "3"],
]


@pytest.mark.parametrize("above", [17, 18, 19, 21])
@pytest.mark.parametrize("width", [17, 18, 19, 21])
def test_rows_of_every_width_below_the_header_of_every_width(read_table, above, width):
    found = read_table(reader, [HEADER[:above], ROW[:width]])
    post = found[0].values
    assert post["post_id"] == "4454572602912349"
    assert (post["repost_count"], post["comment_count"]) == ("1.2万", "100万+")
    assert post["images"] == ["https://a/1.jpg", "https://a/2.jpg"]
    assert post["videos"] == ["https://v/1.mp4?a=1,2"]
    assert post["mentions"] == ["甲", "乙"]
    assert post["kind"] == "original"
    assert post["location"] == ("发布于 北京" if width > 17 else None)
    users = [r for r in found if r.table == "users"]
    assert [u.values["verified"] for u in users] == (["黄V"] if width > 18 else [])
    assert all(u.embedded for u in users)


def test_repost(read_table):
    row = [*ROW[:16], "4450000000000001"]
    values = read_table(reader, [HEADER[:17], row])[0].values
    assert values["kind"] == "repost"
    assert values["parent_id"] == values["root_id"] == "4450000000000001"


@pytest.mark.parametrize("width", [3, 16, 20, 22])
def test_other_widths_are_quarantined(read_table, width):
    (bad,) = read_table(reader, [HEADER, ([*ROW, "x"])[:width]])
    assert bad.table == "quarantine"
    assert bad.values["reason"].startswith(f"{width} cells, expected 17 or 18")


def test_header_in_another_order(read_table):
    names = HEADER[::-1]
    found = read_table(reader, [names, ROW[::-1], ROW[::-1][:18]])
    assert found[0].values["text"] == "假的正文\n第二行"
    assert found[-1].values["reason"] == "18 cells, expected 21"


def test_sniff(tmp_path):
    source = Source(tmp_path / "a.csv", "a.csv", tmp_path)
    assert reader.sniff(source, ",".join(HEADER).encode("utf-8-sig")) == 1.0
    assert reader.sniff(source, b"id,bid,user_id,text") == 0.0
