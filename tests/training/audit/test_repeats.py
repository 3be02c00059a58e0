"""One text in many posts, many labels on one post."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gnn_emotion.training.audit.audit import audit
from gnn_emotion.training.audit.copies import bare_texts
from gnn_emotion.training.audit.repeats import labelled_twice, repeats

from .made import found, made


def test_the_first_of_its_split_is_no_repeat():
    texts = ["好的", "好 的[哈哈]", "好的", "好的", "好的", "", "", None]
    given = made(texts, [2, 2, 1, 2, 0, 2, 2, 2])
    (finding,) = repeats(given, bare_texts(given.texts))
    assert (finding.severity, finding.at.tolist(), finding.count) == ("note", [1, 3], 2)
    assert finding.share == 2 / 7
    assert "2 of 7 judged posts (28.6%) repeat another" in finding.message


def test_two_labels_of_one_post_are_no_repeat():
    given = replace(made(["好的", "好的"], [2, 2]), row=np.array([5, 5]))
    assert repeats(given, bare_texts(given.texts)) == []


def test_labels_that_may_be_any_are_not_judged():
    given = made(["好的", "好的"], [2, 2], label=[1, -1])
    assert repeats(given, bare_texts(given.texts)) == []


def test_contradicting_labels_of_one_post_are_found_without_words():
    given = made([None, None, None, None, "好"], [2, 2, 0, 0, 0], label=[1, 2, 3, 3, -1])
    given = replace(given, row=np.array([7, 7, 8, 8, 7]))
    (finding,) = labelled_twice(given)
    assert (finding.severity, finding.count, finding.share) == ("note", 1, 0.5)
    assert finding.at.tolist() == [0, 1]
    assert labelled_twice(replace(given, row=np.arange(5))) == []
    assert labelled_twice(made([], [])) == []


def test_an_audit_tells_both():
    given = made(["同一句", "同一句", "同一句"], [2, 2, 2], label=[1, 1, 2])
    report = audit(replace(given, row=np.array([0, 1, 1])))
    assert {"repeats", "labelled_twice"} <= set(found(report))
    assert not report.leaking().any()
