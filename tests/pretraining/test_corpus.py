"""Which texts a dump has, and which of them a model will be judged on."""

from __future__ import annotations

import pyarrow as pa
import pytest

from gnn_emotion.pretraining.corpus import dump_texts, is_among

LONG = "".join(chr(0x4E00 + 7 * at) for at in range(160))


def test_distinct_texts_and_what_is_quoted_where_there_are_no_words(make_dump):
    rows = [
        ("好", "好//@b:坏"),
        ("", "转发微博"),
        (None, "看"),
        ("好", "好"),
        (" \n", " "),
        ("坏", "坏"),
    ]
    posts = [
        {"post_id": str(at), "own_text": own, "text": text} for at, (own, text) in enumerate(rows)
    ]
    assert dump_texts(make_dump(posts=posts)).to_pylist() == ["好", "转发微博", "看", "坏"]


def test_no_posts(make_dump):
    assert dump_texts(make_dump(posts=[])).to_pylist() == []


@pytest.mark.parametrize(
    "text, judged",
    [
        ("今天真好", "今天真好"),
        ("今天真好[哈哈]！！！", "今天，真好"),
        ("今天真好😂 http://t.cn/A6abc", "今天真好"),
        ("@张三 今天真好", "今天真好@李四"),
        ("臺灣很美", "台湾很美"),
        ("ＯＫ 好的", "ok好的"),
        (LONG[:128], LONG),
        (LONG, LONG[:101]),
        (LONG[:128] + "[泪]", "！" + LONG),
    ],
)
def test_the_same_text_in_other_clothes(text, judged):
    assert is_among(pa.array([text, "另一句话"]), pa.array([judged])).tolist() == [True, False]


@pytest.mark.parametrize(
    "text, judged",
    [
        ("今天真好", "今天不好"),
        ("今天真好", "今天真好啊"),
        ("", ""),
        (None, None),
        ("[哈哈]！", "。。。[泪]"),
        ("。", ""),
        (LONG, "一" + LONG),
    ],
)
def test_another_text_and_texts_without_words(text, judged):
    found = is_among(pa.array([text], pa.string()), pa.array([judged], pa.string()))
    assert found.tolist() == [False]


def test_none_at_all():
    nothing = pa.array([], pa.string())
    assert is_among(nothing, pa.array(["好"])).tolist() == []
    assert is_among(pa.array(["好"]), nothing).tolist() == [False]
