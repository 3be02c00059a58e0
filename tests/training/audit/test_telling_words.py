"""Words that stand with one label alone, whatever kind of words."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.training.audit.telling_words import telling_words

from .made import LABELS, made


def drawn(mark: str, pure: float = 1.0, count: int = 600, base: float = 1 / 3) -> tuple:
    """Texts of words that say nothing; with the mark, most are anger (2)."""
    rng = np.random.default_rng(0)
    letters = [chr(0x4E00 + 7 * i) for i in range(300)]
    marked = np.arange(count) % 5 == 0
    other = np.where(rng.random(count) < base, 2, rng.integers(0, 2, count))
    label = np.where(marked & (rng.random(count) < pure), 2, other)
    words = ["".join(rng.choice(letters, 12)) for _ in range(count)]
    texts = [word + (mark if has else "") for word, has in zip(words, marked, strict=True)]
    split = np.where(np.arange(count) < count * 2 // 3, 0, 2)
    return texts, split.tolist(), label.tolist(), marked


@pytest.mark.parametrize("mark", ["[允悲]", " #今天真倒霉# ", " @某人 ", " Furious!", "发飙"])
def test_a_mark_of_any_kind_is_found(mark):
    texts, split, label, marked = drawn(mark)
    (finding,) = telling_words(made(texts, split, label))
    assert finding.severity == "note"
    assert finding.at.tolist() == np.flatnonzero(marked & (np.array(split) == 2)).tolist()
    assert mark.strip(" !").lower() in finding.message
    assert f"{finding.count} of 200 judged posts" in finding.message


def test_a_mark_that_is_often_wrong_tells_nothing():
    texts, split, label, _ = drawn("[允悲]", pure=0.7)
    assert telling_words(made(texts, split, label)) == []


def test_words_of_a_label_that_nearly_all_have_tell_nothing():
    texts, split, label, _ = drawn("[允悲]", base=0.97)
    assert telling_words(made(texts, split, label)) == []


def test_a_rare_mark_tells_nothing():
    texts, split, label, _ = drawn("[允悲]", count=60)
    assert telling_words(made(texts, split, label)) == []


def test_only_posts_with_the_label_that_is_told_are_named():
    texts, split, label, marked = drawn("[允悲]")
    test = np.flatnonzero(marked & (np.array(split) == 2))
    label[test[0]] = 0
    label[test[1]] = -1
    (finding,) = telling_words(made(texts, split, label))
    assert finding.at.tolist() == test[2:].tolist()


def test_labels_of_the_test_split_do_not_teach_it():
    texts, split, label, _ = drawn("[允悲]")
    other = [code if part == 0 else 0 for code, part in zip(label, split, strict=True)]
    assert telling_words(made(texts, split, other)) == []


def test_without_a_train_split_all_labels_are_looked_at():
    texts, split, label, marked = drawn("[允悲]")
    (finding,) = telling_words(made(texts, [2] * len(split), label))
    assert finding.at.tolist() == np.flatnonzero(marked).tolist()


@pytest.mark.parametrize("texts", [[], [None] * 50, [""] * 50, ["!!!"] * 50])
def test_nothing_to_read(texts):
    labels = np.arange(len(texts)) % len(LABELS)
    assert telling_words(made(texts, [0] * len(texts), labels.tolist())) == []
