"""Synthetic: rows follow the columns of weiboSpider's writer."""

from __future__ import annotations

import pytest

from gnn_emotion.ingest.formats import weibo_spider as reader
from gnn_emotion.ingest.records import Source

ORIGINALS = [
    *["微博id", "微博正文", "头条文章url", "原始图片url", "微博视频url", "发布位置"],
    *["发布时间", "发布工具", "点赞数", "转发数", "评论数"],
]
ALL = [*ORIGINALS[:4], "被转发微博原始图片url", "是否为原创微博", *ORIGINALS[4:]]
TAIL = ["无", "无", "2020-01-02 03:04", "无", "1", "2", "3"]


def row(bid="IonM9ryMy", text="假的正文", source_images="无", original="True"):
    return [bid, text, "", "https://a/1.jpg,https://a/2.jpg", source_images, original, *TAIL]


def repost(text, bid="IonM9ryMy"):
    return row(bid, text, "https://a/3.jpg", "False")


def test_original(read_table):
    (post,) = read_table(reader, [ALL, row()], "李四/1669879400.csv")
    values = post.values
    assert (values["bid"], values["post_id"]) == ("IonM9ryMy", None)
    assert values["images"] == ["https://a/1.jpg", "https://a/2.jpg"]
    assert (values["like_count"], values["repost_count"], values["comment_count"]) == tuple("123")
    assert (values["user_id"], values["user_name"]) == ("1669879400", "李四")
    assert values["kind"] == "original"
    for name in ("videos", "location", "device"):
        assert values[name] is None


@pytest.mark.parametrize("prefix", ["转发理由:", "转发理由：", ""])
def test_repost_is_taken_apart(read_table, prefix):
    text = f"{prefix}说得好//@王五:对\n原始用户: 赵六\n转发内容: 原来的话\n第二行"
    post, source = read_table(reader, [ALL, repost(text)])
    assert post.values["text"] == "说得好//@王五:对"
    assert post.values["kind"] == "repost"
    assert source.embedded
    assert source.values["text"] == "原来的话\n第二行"
    assert source.values["user_name"] == "赵六"
    assert source.values["images"] == ["https://a/3.jpg"]
    assert post.values["parent_id"] == source.values["post_id"] == post.values["root_id"]


def test_one_source_reposted_twice_is_one_post(read_table):
    text = "转发理由:{}\n原始用户: 赵六\n转发内容: 原来的话"
    found = read_table(reader, [ALL, repost(text.format("一")), repost(text.format("二"), "Ibbb")])
    assert found[0].values["parent_id"] == found[2].values["parent_id"]


def test_two_deleted_sources_are_two_posts(read_table):
    text = "转发理由:唉\n转发内容: 抱歉，此微博已被作者删除"
    found = read_table(reader, [ALL, repost(text, "Iaaa"), repost(text, "Ibbb")])
    assert found[0].values["parent_id"] != found[2].values["parent_id"]
    assert all(r.values["deleted"] for r in found if r.embedded)


def test_repost_that_does_not_come_apart_stays_a_repost(read_table):
    (post,) = read_table(reader, [ALL, repost("只有理由")])
    assert (post.values["kind"], post.values["text"]) == ("repost", "只有理由")


def test_original_that_looks_like_a_repost_is_left_alone(read_table):
    text = "我说\n转发内容: 不是转发"
    (post,) = read_table(reader, [ALL, row(text=text)])
    assert (post.values["kind"], post.values["text"]) == ("original", text)


def test_header_comes_again_and_with_other_columns(read_table):
    short = ["Ishort", "只有原创", "", "无", *TAIL]
    table = [ALL, row(), ALL, row("Isecond"), ORIGINALS, short]
    found = read_table(reader, table)
    assert [(r.table, r.row) for r in found] == [
        *[("posts", 2), ("quarantine", 3), ("posts", 4), ("quarantine", 5), ("posts", 6)]
    ]
    assert found[1].values["reason"] == "repeated header"
    assert found[-1].values["like_count"] == "1"


def test_cut_row_is_quarantined(read_table):
    assert read_table(reader, [ALL, row()[:7]])[0].values["reason"] == "7 cells, expected 13"


def test_sniff(tmp_path):
    source = Source(tmp_path / "a.csv", "a.csv", tmp_path)
    assert reader.sniff(source, ",".join(ORIGINALS).encode("utf-8-sig")) == 1.0
    assert reader.sniff(source, "id,微博正文,艾特用户".encode()) == 0.0
