"""Texts as people write them on Weibo, a tokenizer of them, and a model as small as can be.

Synthetic.
"""

from __future__ import annotations

import random

import pyarrow as pa
from hypothesis import strategies as st

from gnn_emotion.encoders.text.compact_bert import CompactBert, CompactBertOptions, new_bert
from gnn_emotion.encoders.text.weibo_tokenizer import (
    TokenizerOptions,
    WeiboTokenizer,
    train_tokenizer,
)

GLAD = ("今天真开心", "太好了", "好喜欢这部电影", "終於見到你", "生日快乐")
SAD = ("今天很难过", "气死我了", "再也不想看了", "對不起", "下雨了回不了家")
#: Each half with its own, so that an emoticon can be guessed.
SMILES, TEARS = ("[哈哈]", "[太开心]", "😂"), ("[泪]", "[怒骂]", "😭")
NOISE = (
    "！！！！",
    "……",
    "@张三 ",
    "http://t.cn/A6abc",
    "#话题#",
    "ＯＫ",
    "１２３",
    "\n",
    "//@李四:",
    "~~~",
)
OPTIONS = TokenizerOptions(vocabulary=220, characters=110, emoticon_count=5, max_length=32)
SHAPE = CompactBertOptions(hidden_size=64, layers=1)
#: Pieces of dirty texts, for hypothesis.
PIECES = (
    *GLAD, *SAD, *SMILES, *TEARS, *NOISE,
    "哈", "呵", "啊", "。", "?", "？", "!", "！", "…", "~", "～", " ", "\u3000", "\xa0",
    "\x09", "\x0d\x0a", "\u2028", "\x1f", "@", "＠", "@a-b·c_d", "https://t.cn/x?y=1&z=2",
    "HTTP://T.CN/Ab", "ｈｔｔｐ：//t.cn", "1.5%", "10:30", "２０２０年", "1,000", "[", "]",
    "[ok]", "[ＯＫ]", "[没有 的]", "[很长很长很长很长很长]", "#超话", "//", ":", "：", "臺灣",
    "乾隆", "薴", "髮發", "龍", "\ue001", "❤️", "👨‍👩‍👧", "🏻", "¯\\_(ツ)_/¯", "(╯°□°)╯",
    "^_^", "T_T", "é", "\u200b", "\ufeff", "\x00", "한국어", "ひらがな", "②", "㈱",
)  # fmt: skip
dirty = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


def weibo_texts(count: int, seed: int = 0) -> list[str]:
    """Write distinct texts, each with words of one mood, noise, and most with its emoticon."""
    rng, texts = random.Random(seed), dict[str, None]()
    while len(texts) < count:
        words, signs = rng.choice([(GLAD, SMILES), (SAD, TEARS)])
        parts = rng.choices(words, k=rng.randint(1, 3)) + rng.choices(NOISE, k=rng.randint(0, 2))
        rng.shuffle(parts)
        texts["".join(parts) + rng.choice(["", *signs])] = None
    return list(texts)


def tiny_tokenizer(texts: list[str], options: TokenizerOptions = OPTIONS) -> WeiboTokenizer:
    return train_tokenizer(pa.array(texts), options)


def tiny_bert(tokenizer: WeiboTokenizer) -> CompactBert:
    return new_bert(tokenizer, SHAPE)
