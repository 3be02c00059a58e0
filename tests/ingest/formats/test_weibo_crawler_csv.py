"""Synthetic: no file that weibo-crawler wrote is public; rows follow the columns of its writer."""

from __future__ import annotations

import pytest

from gnn_emotion.ingest.formats import weibo_crawler_csv as reader
from gnn_emotion.ingest.records import Source

START = ["id", "bid", "正文", "头条文章url", "原始图片url", "视频url"]
END = ["位置", "日期", "工具", "点赞数", "评论数", "转发数", "话题", "@用户"]
LIVE, FULL, EDIT = "Live Photo视频url", "完整日期", ["是否编辑过", "编辑次数"]
VERSIONS = {
    "2025-12": [*START, LIVE, *END, FULL, *EDIT],
    "2025-11": [*START, LIVE, *END, FULL],
    "2024-01": [*START, *END, FULL],
    "2020-06": [*START, *END],
    "2019-08": [name for name in START + END if name != "头条文章url"],
}
VALUES = {
    "id": "4454572602912349\t",
    "bid": "ImTGkcdDn",
    "正文": "假的正文\n第二行, 有逗号",
    "头条文章url": "",
    "原始图片url": "https://wx1.example/a.jpg,https://wx1.example/b.jpg",
    "视频url": "https://v.example/1.mp4;https://v.example/2.mp4",
    LIVE: "https://v.example/live.mov",
    "位置": "北京",
    "日期": "2024-05-06T07:08:09",
    "工具": "手机",
    "点赞数": "5",
    "评论数": "6",
    "转发数": "7",
    "话题": "话题甲,话题乙",
    "@用户": "某人",
    FULL: "2024-05-06 07:08:09",
    "是否编辑过": "False",
    "编辑次数": "0",
}
SOURCE = VALUES | {"id": "4450000000000001\t", "bid": "Iabc12345", "正文": "原来的话"}


def header(names):
    block = ["源微博" + name for name in names if name not in EDIT]
    return [*names, "是否原创", "源用户id", "源用户昵称", *block]


def original(names, **changes):
    return [(VALUES | changes)[name] for name in names] + ["True"]


def repost(names, uid="2222222222", name="李四"):
    block = [SOURCE[column] for column in names if column not in EDIT]
    return [VALUES[column] for column in names] + ["False", uid, name, *block]


def check_pair(found, version):
    first, second, embedded = found
    names = VERSIONS[version]
    for record in (first, second):
        values = record.values
        assert values["post_id"] == VALUES["id"]
        assert values["text"] == VALUES["正文"]
        assert (values["like_count"], values["comment_count"]) == ("5", "6")
        assert values["repost_count"] == "7"
        assert values["topics"] == ["话题甲", "话题乙"]
        assert values["mentions"] == ["某人"]
        assert len(values["images"]) == 2
        assert len(values["videos"]) == (3 if LIVE in names else 2)
        assert values["created_at"] == VALUES[FULL if FULL in names else "日期"]
        assert (values["user_id"], values["user_name"]) == ("1669879400", "张三")
    assert (first.values["kind"], first.row) == ("original", 2)
    assert (second.values["kind"], second.row) == ("repost", 3)
    assert second.values["parent_id"] == SOURCE["id"]
    assert embedded.embedded and embedded.row == 3
    assert embedded.values["text"] == "原来的话"
    assert embedded.values["user_id"] == "2222222222"
    assert embedded.values["deleted"] is False


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("above", VERSIONS)
def test_rows_of_every_version_below_the_header_of_every_version(read_table, version, above):
    names = VERSIONS[version]
    table = [header(VERSIONS[above]), original(names), repost(names)]
    check_pair(read_table(reader, table, "张三/1669879400.csv"), version)


def test_values_one_column_to_the_right_of_their_header(read_table):
    """2022-04 to 2024-01: the exact time was written without a column in the header."""
    names = VERSIONS["2024-01"]
    table = [header(VERSIONS["2020-06"]), original(names), repost(names)]
    assert [len(row) for row in table] == [31, 16, 33]
    check_pair(read_table(reader, table, "张三/1669879400.csv"), "2024-01")


@pytest.mark.parametrize("version", VERSIONS)
def test_rows_that_excel_padded(read_table, version):
    names = VERSIONS[version]
    table = [header(names), original(names), repost(names)]
    width = max(map(len, table))
    padded = [[c.upper() if c in ("True", "False") else c for c in r] for r in table]
    padded = [row + [""] * (width - len(row)) for row in padded]
    check_pair(read_table(reader, padded, "张三/1669879400.csv"), version)


@pytest.mark.parametrize("version", VERSIONS)
def test_files_of_originals_only(read_table, version):
    names = VERSIONS[version]
    table = [names, original(names)[:-1]]
    (post,) = read_table(reader, table, "1669879400.csv")
    assert (post.values["kind"], post.values["text"]) == ("original", VALUES["正文"])
    assert post.values["user_id"] == "1669879400"
    assert "user_name" not in post.values or post.values["user_name"] is None


def test_unnamed_time_in_a_file_of_originals_only(read_table):
    table = [VERSIONS["2020-06"], original(VERSIONS["2024-01"])[:-1]]
    (post,) = read_table(reader, table)
    assert post.values["created_at"] == VALUES[FULL]


def test_analysis_by_a_language_model_is_cut_out(read_table):
    names = VERSIONS["2025-11"]
    row, analysis = repost(names), "{'sentiment': 'positive', 'score': 1}"
    at = names.index("@用户") + 1
    table = [header(names), original(names), [*row[:at], analysis, *row[at:]]]
    check_pair(read_table(reader, table, "张三/1669879400.csv"), "2025-11")


def test_deleted_source(read_table):
    names = VERSIONS["2025-12"]
    post, source = read_table(reader, [header(names), repost(names, uid="", name="")])
    assert source.values["deleted"] is True
    assert post.values["parent_id"] == source.values["post_id"]


def test_cut_row_is_quarantined(read_table):
    names = VERSIONS["2025-12"]
    found = read_table(reader, [header(names), original(names)[:5], original(names)])
    assert [(r.table, r.row) for r in found] == [("quarantine", 2), ("posts", 3)]
    assert "5 cells" in found[0].values["reason"]


def test_empty_cells_are_null(read_table):
    names = VERSIONS["2025-12"]
    empty = dict.fromkeys(["原始图片url", "视频url", LIVE, "位置", "话题", "@用户"], "")
    (post,) = read_table(reader, [header(names), original(names, **empty)])
    for name in ("images", "videos", "location", "topics", "mentions"):
        assert post.values.get(name) is None


def test_sniff(tmp_path):
    source = Source(tmp_path / "a.csv", "a.csv", tmp_path)
    for names in VERSIONS.values():
        assert reader.sniff(source, ",".join(header(names)).encode("utf-8-sig")) == 1.0
        assert reader.sniff(source, ",".join(names).encode("gb18030")) == 1.0
    assert reader.sniff(source, "微博id,微博正文,原始图片url,点赞数".encode()) == 0.0
