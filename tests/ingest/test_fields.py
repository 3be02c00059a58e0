from __future__ import annotations

import pyarrow as pa
import pytest

from gnn_emotion.ingest.fields import devices, flags, genders, places, words


@pytest.mark.parametrize(
    ("clean", "written", "meant"),
    [
        (words, " 微 博 ", "微 博"),
        (words, "无", None),
        (words, "null", None),
        (words, "  ", None),
        (places, "发布于 云南", "云南"),
        (places, "来自河南", "河南"),
        (places, "IP属地：北京", "北京"),
        (places, "IP属地:北京", "北京"),
        (places, "发布于 ", None),
        (places, "上海 徐汇区", "上海 徐汇区"),
        (devices, '<a href="http://weibo.com" rel="nofollow">新浪微博</a>', "新浪微博"),
        (devices, "来自iPhone客户端", "iPhone客户端"),
        (genders, "女", "f"),
        (genders, "Female", "f"),
        (genders, " M ", "m"),
        (genders, "n", None),
        (genders, "未知", None),
        (flags, "蓝V", True),
        (flags, "黄V", True),
        (flags, "True", True),
        (flags, "1", True),
        (flags, "普通用户", False),
        (flags, "False", False),
        (flags, "大概", None),
    ],
)
def test_field(clean, written, meant):
    assert clean(pa.array([written, None])).to_pylist() == [meant, None]


def test_columns_of_nothing():
    for clean in (words, places, devices, genders, flags):
        assert clean(pa.nulls(2, pa.string())).to_pylist() == [None, None]
        assert clean(pa.array([], pa.string())).to_pylist() == []
