"""Copies: what stands in the train split word for word, whatever surrounds the words."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from gnn_emotion.training.audit.audit import audit
from gnn_emotion.training.audit.copies import bare_texts, copies

from .made import found, made


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("A b[泪] http://t.cn/x C", "abc"),
        ("看\u3000这里\u200b\ufeff\n", "看这里"),
        ("HTTPS://T.CN/Ab1厦门好热", "厦门好热"),
        ("http://t.cn/a，然后", "，然后"),
        ("[[泪]泪]嗯", "嗯"),
        ("http://t.cn/x [哈哈]", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_texts_are_compared_without_what_says_nothing(text, bare):
    assert bare_texts(pa.array([text], pa.string())) == [bare]


@pytest.mark.parametrize("kind", [pa.null(), pa.string(), pa.large_string()])
def test_texts_of_any_arrow_type_may_all_be_missing(kind):
    assert bare_texts(pa.nulls(2, kind)) == ["", ""]


def test_copies_are_found_in_val_and_test_only():
    texts = ["好 的", "好的[哈哈]", "不行", "不行", "", "", None, None, "好的", "好的"]
    report = audit(made(texts, [0, 2, 2, 2, 0, 2, 0, 1, 1, -1]))
    assert found(report)["copies"] == [1, 8]
    assert np.flatnonzero(report.leaking()).tolist() == [1, 8]
    assert "2 of 6 judged posts (33.3%) stand word for word" in report.lines()[0]


def test_different_words_behind_the_same_address_are_no_copies():
    given = made(["看http://t.cn/a今天真好", "看http://t.cn/a明天再说"], [0, 2])
    assert copies(given, bare_texts(given.texts)) == []


def test_copies_of_posts_of_no_split_do_no_harm():
    assert found(audit(made(["同一句话", "同一句话"], [-1, 2]))) == {}
