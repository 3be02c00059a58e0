from __future__ import annotations

import pytest

from gnn_emotion.ingest.formats import datafountain as reader

HEADER = ["微博id", "微博发布时间", "发布人账号", "微博中文内容", "微博图片", "微博视频"]
ROW = ["4450000000000010 ", "01月03日 20:08", "某人", "假的正文", "['https://a/1.jpg', 'b']", "[]"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_synthetic_row(read_table, encoding):
    (post,) = read_table(reader, [HEADER, ROW], encoding=encoding)
    assert post.values["post_id"] == "4450000000000010 "
    assert post.values["images"] == ["https://a/1.jpg", "b"]
    assert post.values["videos"] is None


@pytest.mark.parametrize(
    ("number", "label"), [("-1", "negative"), ("0", "neutral"), ("1", "positive"), ("9", "9")]
)
def test_synthetic_label(read_table, number, label):
    (post,) = read_table(reader, [[*HEADER, "情感倾向"], [*ROW, number]])
    assert (post.values["label"], post.values["label_set"]) == (label, "polarity3")


def test_ragged_rows_are_quarantined(read_table):
    found = read_table(reader, [HEADER, ROW[:4], [*ROW, "x"], ROW])
    assert [r.table for r in found] == ["quarantine", "quarantine", "posts"]


@pytest.mark.real_data
def test_real_file(sample, read_path):
    found = read_path(reader, sample("datafountain_ncov_gbk/nCov_10k_test.csv"))
    assert [r.table for r in found] == ["posts"] * 10_000
    assert [r.row for r in found] == list(range(2, 10_002))
    assert all(r.values["post_id"].strip().endswith("0") for r in found)  # Excel was here
    assert sum(r.values["videos"] is not None for r in found) == 2216
    images = [url for r in found for url in r.values["images"] or []]
    assert images and all(url.startswith("http") for url in images)
