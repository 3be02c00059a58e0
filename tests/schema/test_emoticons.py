"""Labels from the writers' own emoticons, and texts that no longer show them."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gnn_emotion.schema.emoticons import (
    CANDLES,
    EMOTICON_LABELS,
    EMOTICONS,
    emoticon_labels,
    without_emoticons,
)
from gnn_emotion.schema.emotions import label_set


def labels_of(*texts: str | None, **options) -> list[str | None]:
    found = emoticon_labels(pa.array(texts, pa.string()), **options)
    return [EMOTICON_LABELS[i] if i >= 0 else None for i in found]


def test_the_labels_are_those_of_ekman6():
    assert label_set("ekman6").labels == EMOTICON_LABELS
    assert set(EMOTICONS.values()) == set(EMOTICON_LABELS)
    assert all(name in EMOTICONS for name in CANDLES)


@pytest.mark.parametrize(("name", "label"), EMOTICONS.items())
def test_every_listed_emoticon_gives_its_label_and_is_taken_out(name, label):
    assert labels_of(f"今天[{name}]了") == [label]
    assert without_emoticons(pa.array([f"今天[{name}]了"])).to_pylist() == ["今天了"]


def test_words_nothing_and_irony_give_no_label():
    assert labels_of("哈哈", "[微笑][doge]", "", None, "[泪", "泪]", "[]") == [None] * 7


def test_agreement_and_disagreement():
    assert labels_of("[泪][泪][大哭]", "[泪][哈哈]", "[泪][doge]") == ["sadness", None, "sadness"]


def test_ignored_emoticons_give_no_label_but_are_taken_out():
    texts = ["[蜡烛]走好", "[蜡烛][怒]"]
    assert labels_of(*texts, ignore=CANDLES) == [None, "anger"]
    assert without_emoticons(pa.array(texts)).to_pylist() == ["走好", ""]


def test_long_or_spaced_brackets_are_text():
    texts = ["[123456789]", "[a b]", "［泪］", "看[图片评论]"]
    assert without_emoticons(pa.array(texts)).to_pylist() == [*texts[:3], "看"]


def test_null_stays_null_and_nothing_stays_nothing():
    assert without_emoticons(pa.array(["[泪]", None])).to_pylist() == ["", None]
    found = emoticon_labels(pa.array([], pa.string()))
    assert len(found) == len(without_emoticons(pa.array([], pa.string()))) == 0
    assert found.dtype == np.int64


@example("[[泪]泪]")  # one inside another
@given(st.lists(st.sampled_from(["[", "]", "泪", "[怒]", "[泪]", " "]), max_size=8).map("".join))
def test_no_emoticon_is_left(text):
    left = without_emoticons(pa.array([text])).to_pylist()[0]
    assert not re.search(r"\[[^\[\]\s]{1,8}\]", left)
