"""Invented texts in which one word in three tells the label, and a small invented lexicon."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gnn_emotion.encoders.text.classifiers.lexicon_files import DEGREES, NEGATIONS, WORDS

#: Position in ekman7 -> words that its texts have.
TELLING = {1: ("高兴", "开心", "哈哈"), 2: ("愤怒", "气死", "混蛋"), 5: ("难过", "想哭", "伤心")}
_IDLE = ("今天", "下午", "地铁", "路上", "他们", "一起", "还是", "看到", "这个", "图书馆")


def make_texts(count: int, seed: int) -> tuple[pa.Array, np.ndarray]:
    """Draw texts with their positions in ekman7; joy is three times as frequent as the others."""
    rng = random.Random(seed)
    labels = [rng.choice((1, 1, 1, 2, 5)) for _ in range(count)]
    texts = [
        "".join([*rng.choices(_IDLE, k=2), rng.choice(TELLING[label]), *rng.choices(_IDLE, k=3)])
        for label in labels
    ]
    return pa.array(texts), np.array(labels)


@pytest.fixture(scope="session")
def train() -> tuple[pa.Array, np.ndarray]:
    return make_texts(300, seed=0)


@pytest.fixture(scope="session")
def test() -> tuple[pa.Array, np.ndarray]:
    return make_texts(100, seed=1)


def write_lexicon(folder: Path, rows: list[str] | None = None) -> Path:
    """Write an invented lexicon in the form of DUTIR's; return the folder."""
    rows = rows or [
        "开心, adj, 1.0, 1.0, PA, 9.0, 1.0, , , , , , ",
        "难过, adj, 1.0, 1.0, NB, 7.0, 2.0, , , , , , ",
        "愤怒, adj, 1.0, 1.0, NA, 7.0, 2.0, , , , , , ",
        "讨厌, verb, 1.0, 1.0, ND, 5.0, 2.0, NE, 3.0, 2.0, , , ",
        "惊讶, adj, 1.0, 1.0, PC, 5.0, 0.0, , , , , , ",
        "无比, adv, 1.0, 1.0, PH, 3.0, 1.0, , , , , , ",
        "眉头一皱,计上心头, idiom, 1.0, 1.0, PH, 5.0, 1.0, , , , , , ",
        "英明, adj, 1.0, 1.0, PH, 5.0, 1.0, , , , , , ",
    ]
    header = (
        "词语, 词性种类, 词义数, 词义序号, 情感分类, 强度, 极性, 辅助情感分类, 强度, 极性, , , "
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WORDS[0]).write_text("\ufeff" + "\n".join([header, *rows]) + "\n", encoding="utf-8")
    (folder / NEGATIONS).write_text("不\r\n没有\r\n\r\n", encoding="utf-8")
    (folder / DEGREES).write_text("非常,2\n无比,2\n太,2\n有点,0.5\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def lexicon_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lexicon(tmp_path_factory.mktemp("lexicon"))
