"""Texts lose what leads to people and what is unseen, and stay what they are otherwise."""

from __future__ import annotations

import time

import pytest

from gnn_emotion.trends.report.masking import LONGEST, plain, shown_name, shown_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("回复@张三_李-四:好的", "回复@…:好的"),
        ("＠张三 你好", "@… 你好"),
        ("写信 a.b+c@mail.example.com。", "写信 [mail]。"),
        ("看http://t.cn/Ab1好看", "看[link]好看"),
        ("打13812345678或 138 1234 5678", "打[number]或 [number]"),
        ("打138  0013  8000、138.0013.8000", "打[number]、[number]"),
        ("打138－0013－8000、138\u30000013\u30008000", "打[number]、[number]"),
        ("打138\u200b0013\u200b8000、１３８００１３８０００", "打[number]、[number]"),
        ("打一三八零零一三八零零零", "打[number]"),
        ("写信 zhang.san＠qq．com，或 zhang.san @ qq.com吧", "写信 [mail]，或 [mail]吧"),
        ("见t.cn/A6xyz，weibo.com/u/12 或 http：//t.cn/x", "见[link]，[link] 或 [link]"),
        ("@ 张三 你好", "@… 你好"),
        ("喜欢 @张三。真好", "喜欢 @…。真好"),
        ("node.js 3.5分，1,000,000人，一二三", "node.js 3.5分，1,000,000人，一二三"),
        ("2020年有100万人，3.14", "2020年有100万人，3.14"),
        ("今天真开心[哈哈]#话题#", "今天真开心[哈哈]#话题#"),
        ("a\x00b\ud800c\u202ed", "a\ufffdb\ufffdc d"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("  一行\n两行\r ", "一行\n两行\ufffd"),
    ],
)
def test_what_is_shown_of_a_text(text, shown):
    assert shown_text(text) == shown


def test_long_texts_are_cut():
    assert shown_text("长" * 1_000) == "长" * (LONGEST - 1) + "…"
    assert shown_text("长" * LONGEST) == "长" * LONGEST
    assert len(shown_name("题 \n" * 100)) <= 60 and "\n" not in shown_name("a\nb")


@pytest.mark.parametrize("part", ["a.", "1 ", "www.", "@", "a@", "长"])
def test_texts_without_end_are_masked_at_once(part):
    begin = time.monotonic()
    shown_text(part * 200_000)
    assert time.monotonic() - begin < 5


def test_every_sign_can_be_written():
    every = "".join(map(chr, range(0x3000))) + "\ud800\udfff\U0010ffff😀👨‍👩‍👧"
    plain(every).encode("utf-8")
    assert plain("😀") == "😀"
