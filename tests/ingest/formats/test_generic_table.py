from __future__ import annotations

import datetime as dt
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnn_emotion.ingest.formats import generic_table as reader
from gnn_emotion.ingest.records import Columns, ReadOptions, Source
from gnn_emotion.schema.errors import DumpError

MID = "4454572602912349"


@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.csv"), ("\t", "a.tsv"), (";", "a.csv")])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_delimited(read_table, delimiter, name, encoding):
    table = [["微博ID", "内容", "发布时间"], [MID, "好, 真好;\n是", "2024/6/13 10:08"]]
    (post,) = read_table(reader, table, name, encoding, delimiter)
    assert (post.row, post.values["text"]) == (2, "好, 真好;\n是")
    assert post.values["post_id"] == MID
    assert post.values["created_at"] == "2024/6/13 10:08"


def test_mapping(read_table):
    table = [["x", "y"], ["12", "好"]]
    (post,) = read_table(reader, table, columns={"y": "text", "x": "post_id"})
    assert (post.values["text"], post.values["post_id"]) == ("好", "12")


def test_columns_by_number_where_there_is_no_header(read_table):
    table = [["Sat Jul 02 10:20:30 2022", "一"], ["Fri Jul 01 10:20:30 2022", "二"]]
    found = read_table(reader, table, columns={"1": "created_at", "2": "text"})
    assert [(r.row, r.values["text"]) for r in found] == [(1, "一"), (2, "二")]


def test_short_numbers_as_ids_are_good_within_the_file_only(read_table):
    table = [["comment_id", "parent_comment_id", "content"], ["1", "0", "一"], ["2", "1", "二"]]
    first, second = read_table(reader, table, "a.csv", post_id=MID)
    assert (first.values["post_id"], first.values["kind"]) == ("a.csv:1", "comment")
    assert first.values["parent_id"] == first.values["root_id"] == MID
    assert (second.values["parent_id"], second.values["kind"]) == ("a.csv:1", "reply")
    assert second.values["root_id"] == MID


def test_posts_without_ids_are_named_by_their_row(read_table):
    found = read_table(reader, [["text"], ["一"], ["二"]], "b.csv")
    assert [r.values["post_id"] for r in found] == ["b.csv:2", "b.csv:3"]


def test_reposts(read_table):
    table = [["id", "text", "retweet_id"], [MID, "一", ""], ["4454572602912350", "二", MID]]
    first, second = read_table(reader, table)
    assert (first.values["kind"], first.values["parent_id"]) == ("original", None)
    assert (second.values["kind"], second.values["parent_id"]) == ("repost", MID)


def test_profiles_are_embedded(read_table):
    found = read_table(reader, [["text", "user_id", "followers"], ["一", "77", "9"]])
    (user,) = [r for r in found if r.table == "users"]
    assert user.embedded
    assert user.values == {"user_id": "77", "follower_count": "9"}


def test_label_set_comes_from_the_options(read_table):
    table = [["text", "label"], ["一", "happy"]]
    assert read_table(reader, table, label_set="smp2020")[0].values["label_set"] == "smp2020"
    assert "label_set" not in read_table(reader, table)[0].values


def test_ragged_and_repeated_rows_are_counted(read_table):
    table = [
        ["id", "text"],
        ["1"],
        ["2", "二", "", ""],
        ["id", "text"],
        ["3", "三", "x"],
        ["4", "四"],
    ]
    found = sorted(read_table(reader, table), key=lambda r: r.row)
    assert [(r.table, r.row) for r in found] == [
        *[("quarantine", 2), ("posts", 3), ("quarantine", 4), ("quarantine", 5), ("posts", 6)]
    ]
    assert found[0].values["reason"] == "1 cells, expected 2"


def test_batches_do_not_lose_rows(read_table, monkeypatch):
    monkeypatch.setattr(reader, "BATCH_ROWS", 7)
    table = [["id", "text"], *[[str(i), f"第{i}条"] for i in range(30)]]
    table[10] = ["broken"]
    found = read_table(reader, table, columns={"id": "post_id"})
    posts = [(r.row, r.values["post_id"]) for r in found if r.table == "posts"]
    assert posts == [(i + 2, str(i)) for i in range(30) if i != 9]


def test_file_without_text(read_table):
    with pytest.raises(DumpError, match=r"'x', 'y'.*--map column=text"):
        read_table(reader, [["x", "y"], ["1", "2"]])


def test_error_comes_before_any_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1\n", encoding="utf-8")
    with pytest.raises(DumpError):
        next(iter(reader.read(Source(path, "a.csv", tmp_path), ReadOptions())))


def test_parquet(tmp_path, read_path):
    path = tmp_path / "a.parquet"
    data = {
        "mid": pa.array([4454572602912349.0, None, 5150729824114546.0]),  # as pandas leaves them
        "text": pa.array(["一", "二", "三"]),
        "likes": pa.array([1, 2, 3]),
        "created_at": pa.array([dt.datetime(2020, 1, 2, 3, 4, 5)] * 3),
        "pics": pa.array([["a.jpg"], [], None]),
    }
    pq.write_table(pa.table(data), path, row_group_size=2)
    source = Source(path, "a.parquet", tmp_path)
    found = read_path(reader, source)
    assert [r.row for r in found] == [1, 2, 3]
    assert [r.values["post_id"] for r in found] == [MID, "a.parquet:2", "5150729824114546"]
    assert found[0].values["created_at"] == "2020-01-02 03:04:05"
    assert found[0].values["images"] == ["a.jpg"]
    batches = list(reader.read(source, ReadOptions()))
    assert all(isinstance(b, Columns) for b in batches)
    with pytest.raises(DumpError, match="no column 'txt'"):
        list(reader.read(source, ReadOptions(columns={"txt": "text"})))


def test_sniff(tmp_path):
    def sniff(name, head):
        return reader.sniff(Source(tmp_path / name, name, tmp_path), head)

    assert 0 < sniff("a.txt", b"x,y") < sniff("a.csv", b"x,y") < sniff("a.csv", b"id,text") < 0.4
    assert sniff("a.parquet", b"PAR1") == 0.3
    assert sniff("a.txt", b'{"id": 1, "text": "a"}') == 0
    assert sniff("a.xlsx", b"PK\x03\x04\0") == 0
    assert sniff("a.json", b"id,text") == 0


REAL = {
    "alicecheng_covid/results_cleaned.csv": ("posts", 380, {}),
    "alicecheng_covid/results.csv": ("posts", 4180, {"2": "created_at", "3": "text"}),
    "gongshukai_hotnews/Jiangping_test.csv": ("posts", 9381, {}),
    "gongshukai_hotnews/Jiangping_train.csv": ("posts", 3286, {}),
    "sora_emotion/model_label_data.csv": ("posts", 2579, {"reports": "repost_count"}),
    "sora_emotion/users.csv": ("users", 2579, {}),
    "valeriehuang_hot/hot_with_live_time.csv": ("posts", 5806, {}),
    "valeriehuang_hot/processed_data2020-01-24.csv": ("posts", 766, {}),
    "mayiku/sample_comments.csv": ("posts", 12, {}),
    "zk112211/weibo_results.txt": ("posts", 28, {}),
    "zk112211/春晚.txt": ("posts", 22, {"1": "text"}),
    "2yd_mweibo_json/7089246227.csv": ("posts", 127, {"1": "created_at", "2": "text"}),
    "2yd_mweibo_json/7454177482.csv": ("posts", 76, {"1": "created_at", "2": "text"}),
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL)
def test_real_files(sample, read_path, name):
    table, count, given = REAL[name]
    found = read_path(reader, sample(name), columns=given)
    assert Counter((r.table, r.embedded) for r in found) == {(table, False): count}
    key = "text" if table == "posts" else "name"
    assert all(r.values[key] for r in found)


@pytest.mark.real_data
def test_real_file_without_header_asks_for_one(sample, read_path):
    with pytest.raises(DumpError, match="by number"):
        read_path(reader, sample("2yd_mweibo_json/7089246227.csv"))
