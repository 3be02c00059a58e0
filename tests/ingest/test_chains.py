"""Chains of reposts; all samples are synthetic."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.chains import OWN_EMPTY, reply_name, split_chain, strip_reply

TEXTS = st.lists(
    st.none() | st.text() | st.text(alphabet="/@:：ab回复覆转发微博。 \nhtp", max_size=40)
)


def column(*values):
    return pa.array(values, pa.string())


def split(text):
    return tuple(split_chain(column(text)).to_pylist()[0].values())


def test_the_columns():
    found = split_chain(column("一//@甲:二"))
    assert found.column_names == ["own_text", "parent_name", "parent_text", "depth"]
    assert [str(kind) for kind in found.schema.types] == ["string"] * 3 + ["int32"]


@pytest.mark.parametrize(
    ("text", "own", "name", "words", "depth"),
    [
        ("好", "好", None, None, 0),
        ("好//@甲:不错//@乙:真的", "好", "甲", "不错", 2),
        ("好//@甲：不错", "好", "甲", "不错", 1),
        ("好 //@甲 : 不错 //@乙:真的", "好", "甲", "不错", 2),
        ("好//@A-b_c·丁:\n不错", "好", "A-b_c·丁", "不错", 1),
        ("好//@张***三:不错", "好", "张***三", "不错", 1),
        ("//@甲:不错", "", "甲", "不错", 1),
        ("转发微博//@甲:转发微博。//@乙:真的", "", "甲", "", 2),
        ("好//@甲://@乙:真的", "好", "甲", "", 2),
        ("回复@乙://@乙:真的", "回复@乙:", "乙", "真的", 1),
        ("@丙 看//@甲:不错 @丁", "@丙 看", "甲", "不错 @丁", 1),
        ("好//@甲:不错//@乙", "好", "甲", "不错", 2),
        ("好//@甲", "好", "甲", "", 1),
        ("好//@", "好", None, "", 1),
        ("看 http://@甲:b 和 https://@乙:c", "看 http://@甲:b 和 https://@乙:c", None, None, 0),
        (
            "http://t.cn/A1//@甲:不错 http://t.cn/A2",
            "http://t.cn/A1",
            "甲",
            "不错 http://t.cn/A2",
            1,
        ),
        ("好//@甲 乙 说过", "好//@甲 乙 说过", None, None, 0),
        ("好// 真的//甲:x", "好// 真的//甲:x", None, None, 0),
        ("", "", None, None, 0),
        (None, None, None, None, None),
    ],
)
def test_a_chain(text, own, name, words, depth):
    assert split(text) == (own, name, words, depth)
    beside = split_chain(column("一//@甲:二", text, "三")).to_pylist()[1]
    assert tuple(beside.values()) == (own, name, words, depth)


@pytest.mark.parametrize("words", OWN_EMPTY)
def test_words_that_weibo_fills_in_are_nobody_s(words):
    for text in (words, f"{words}。", f" {words} ", f"：{words}"):
        assert split(text)[0] == ""
        assert split(f"{text}//@甲:不错")[0] == ""
        assert split(f"好//@甲:{text}")[2] == ""


@pytest.mark.parametrize(
    "text", ["转发微博抽奖", "求转发", "。。。", "！", "转", "[转发]", "http:"]
)
def test_words_of_one_s_own_stay(text):
    assert split(text)[0] == text


@given(TEXTS)
def test_any_text_is_split(values):
    found = split_chain(column(*values))
    assert found.num_rows == len(values)
    for text, row in zip(values, found.to_pylist(), strict=True):
        if text is None:
            assert set(row.values()) == {None}
        else:
            assert row["own_text"] in text
            assert (row["parent_text"] is None) == (row["depth"] == 0)
            assert (row["parent_name"] or "") in text
    assert split_chain(column(None, *values).slice(1)).equals(found)


@given(st.lists(st.tuples(st.text("甲乙ab_-", min_size=1), st.text("好不a！[泪]", max_size=9))))
def test_a_chain_that_was_joined_is_split_again(ancestors):
    named = [(name[:30], words) for name, words in ancestors]
    text = "好" + "".join(f"//@{name}:{words}" for name, words in named)
    first = named[0] if named else (None, None)
    assert split(text) == ("好", *first, len(named))


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("回复@甲:好的", "甲", "好的"),
        ("回复 @甲 : 好的", "甲", "好的"),
        ("回覆@A-b_c：好的", "A-b_c", "好的"),
        (" 回复@甲:回复@乙:好的", "甲", "好的"),
        ("回复@甲:", "甲", ""),
        ("回复@甲 好的", None, "回复@甲 好的"),
        ("好的 回复@甲:x", None, "好的 回复@甲:x"),
        ("回来了", None, "回来了"),
        ("好的", None, "好的"),
        ("", None, ""),
        (None, None, None),
    ],
)
def test_an_answer(text, name, rest):
    assert reply_name(column(text)).to_pylist() == [name]
    assert strip_reply(column(text)).to_pylist() == [rest]
    assert strip_reply(column("一", text)).to_pylist() == ["一", rest]


@given(TEXTS)
def test_any_text_may_be_an_answer(values):
    names, rest = reply_name(column(*values)), strip_reply(column(*values))
    assert len(names) == len(rest) == len(values)
    for text, name, left in zip(values, names.to_pylist(), rest.to_pylist(), strict=True):
        assert (left is None) == (text is None)
        assert (name is None) == (left == text)


def test_empty_columns():
    assert split_chain(column()).num_rows == len(reply_name(column())) == 0
    assert len(strip_reply(column())) == 0
