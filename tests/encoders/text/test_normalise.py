"""Texts as the embedded encoder reads them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text.normalise import NAME, NUMBER, URL, normalise_text

CASES = {
    "full-width letters and signs": ("ＡＢＣ！？～", "abc!?~"),
    "full-width space": ("ＨＥＬＬＯ\u3000World", "hello world"),
    "English": ("So HAPPY today, isn't it", "so happy today, isn't it"),
    "emoji stay": ("😀😂 好", "😀😂 好"),
    "emoticons stay": ("[泪][哈哈]", "[泪][哈哈]"),
    "link": ("看http://t.cn/A6abc 转", f"看{URL} 转"),
    "link up to Chinese": ("https://t.cn/x?y=1&z=2！好", f"{URL}!好"),
    "capital link": ("HTTP://T.CN/Ab", URL),
    "name": ("@张三 你好@李四：对", f"{NAME} 你好{NAME}:对"),
    "name with signs": ("@a-b·c_d e", f"{NAME} e"),
    "at alone": ("a @ b", "a @ b"),
    "numbers": ("2020年1.5%和1,000 10:30", f"{NUMBER}年{NUMBER}和{NUMBER} {NUMBER}"),
    "full-width digits": ("１２３", NUMBER),
    "laughter": ("哈哈哈哈哈哈", "哈哈哈"),
    "two stay two": ("哈哈！！。", "哈哈!!。"),
    "shouting": ("！！！！？？？？", "!!!???"),
    "dots": ("…………。。。。~~~~", "…。。~~"),
    "spaces": ("  a\t\n b \u00a0", "a b"),
    "lines and other white space": ("a\nb\u00a0c\u2003\u2028d\x1f", "a b c d"),
    "traditional": ("開心！臺灣的髮型", "开心!台湾的发型"),
    "a form that has a simpler one": ("薴", "苎"),
    "simplified and Japanese stay": ("干杯 ひらがな", "干杯 ひらがな"),
    "blank": (" \u3000\n", ""),
    "empty": ("", ""),
    "null": (None, None),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_folding(text, expected):
    assert normalise_text(pa.array([text], pa.string())).to_pylist() == [expected]


def test_a_text_is_folded_alike_alone_and_among_others():
    given_texts, expected = zip(*CASES.values(), strict=True)
    whole = pa.array(given_texts, pa.string())
    assert normalise_text(whole).to_pylist() == list(expected)
    assert normalise_text(whole.slice(3, 5)).to_pylist() == list(expected[3:8])
    chunked = pa.chunked_array([whole.slice(0, 4), whole.slice(4)])
    assert normalise_text(chunked).to_pylist() == list(expected)


def test_nothing_at_all():
    assert normalise_text(pa.array([], pa.string())).to_pylist() == []
    assert normalise_text(pa.array([None, None], pa.string())).to_pylist() == [None, None]


@given(st.lists(st.none() | st.text(max_size=20), max_size=5))
def test_any_text_is_folded_once_and_for_all(rows):
    once = normalise_text(pa.array(rows, pa.string()))
    assert [text is None for text in once.to_pylist()] == [text is None for text in rows]
    assert normalise_text(once).equals(once)


@given(st.text(st.sampled_from("哈!！?。…~ @1.%ａＡhttps:/"), max_size=20))
def test_signs_in_any_order_are_folded_once_and_for_all(text):
    once = normalise_text(pa.array([text]))
    assert normalise_text(once).equals(once)
