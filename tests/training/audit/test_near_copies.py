"""Near-copies: all of them, compared themselves, and the same whatever the order."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.training.audit.audit import audit
from gnn_emotion.training.audit.copies import bare_texts
from gnn_emotion.training.audit.minhash import candidates, signatures
from gnn_emotion.training.audit.near_copies import jaccard, near_copies

from .made import found, made

LONG = "今天的会议从早上九点一直开到下午五点，大家都很累但是也很开心"
LETTERS = [chr(0x4E00 + i) for i in range(400)]


def _texts(count: int, length: int, seed: int) -> list[str]:
    drawn = np.random.default_rng(seed).choice(LETTERS, (count, length))
    return ["".join(row) for row in drawn]


def test_near_copies_are_compared_themselves():
    near, far = LONG.replace("九点", "十点"), LONG[:15] + "于是我决定再也不去那里上班了吧"
    report = audit(made([LONG, near, far, LONG, "好", near], [0, 1, 2, 2, 2, -1]))
    assert found(report) == {"copies": [3], "near_copies": [1]}
    assert np.flatnonzero(report.leaking()).tolist() == [1, 3]


def test_the_index_of_jaccard_decides():
    assert jaccard("abcd", "abcd") == 1
    assert jaccard("abcde", "abcdf") == 2 / 4
    # Of 20 and 17 trigrams 17 are the same; of 20 and 15, 15.
    text = _texts(1, 22, 0)[0]
    assert found(audit(made([text, text[:19]], [0, 2]))) == {"near_copies": [1]}
    assert found(audit(made([text, text[:17]], [0, 2]))) == {}


def test_short_texts_are_alike_by_chance():
    assert found(audit(made(["哈" * 7, "哈" * 6, "哈" * 9, "哈" * 8], [0, 2, 0, 2]))) == {
        "near_copies": [3]
    }


def test_every_near_copy_of_many_is_found():
    texts = _texts(300, 40, 1)
    changed = [text[:20] + "改" + text[21:] for text in texts[:100]]
    report = audit(made(texts + changed, [0] * 300 + [2] * 100))
    assert found(report)["near_copies"] == list(range(300, 400))


def test_what_many_say_does_not_hide_what_one_says():
    # Too long to be a near-copy, though a candidate wherever the text itself is one.
    often = _texts(1, 128, 1)[0]
    text, asked = often[:126], often[:102]
    assert jaccard(asked, often) < 0.8 < jaccard(asked, text)
    report = audit(made([often] * 500 + [text, asked], [0] * 501 + [2]))
    assert found(report) == {"near_copies": [501]}


@settings(max_examples=40)
@given(st.lists(st.text(min_size=3, max_size=30), min_size=1, max_size=8))
def test_signatures_are_of_a_text_alone(texts):
    together = signatures(texts)
    assert together.shape == (len(texts), 64)
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, signatures([text])[0])


def test_signatures_agree_as_often_as_trigrams_do():
    text = _texts(1, 300, 3)[0]
    other = text[:200] + _texts(1, 100, 4)[0]
    agreeing = (signatures([text]) == signatures([other])).mean()
    assert abs(agreeing - jaccard(text, other)) < 0.2


def test_signatures_are_the_same_in_every_process():
    code = (
        "from gnn_emotion.training.audit.minhash import signatures;"
        f"print(signatures([{LONG!r}]).sum())"
    )
    sums = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert sums == {f"{signatures([LONG]).sum()}\n".encode()}


def test_nothing_is_like_nothing():
    assert candidates([], ["一二三"]) == []
    assert candidates(["一二三"], []) == [set()]


def test_twenty_thousand_texts_take_seconds():
    texts = _texts(20_000, 50, 5)
    texts[10_000:11_000] = [text[:-1] + "末" for text in texts[:1_000]]
    given = made(texts, [0] * 10_000 + [2] * 10_000)
    bare = bare_texts(pa.array(texts))
    start = time.process_time()
    (finding,) = near_copies(given, bare)
    assert time.process_time() - start < 15
    assert finding.at.tolist() == list(range(10_000, 11_000))
