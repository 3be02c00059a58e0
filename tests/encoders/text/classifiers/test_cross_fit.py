"""A text is scored by those that never saw it, nor its thread."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text.classifiers.cross_fit import assign_folds, out_of_fold
from gnn_emotion.encoders.text.classifiers.linear import LinearTextEncoder
from gnn_emotion.encoders.text.classifiers.linear_fits import SvmOptions
from gnn_emotion.encoders.text.load_text import learns_labels
from gnn_emotion.encoders.text.term_bags import TermOptions
from gnn_emotion.schema.errors import LabelError

NAME = "svm?min_count=1&cost=10"


def accuracy(scores: np.ndarray, label: np.ndarray) -> float:
    return float((scores.argmax(axis=1) == label).mean())


def test_what_cannot_be_foretold_is_not_known_by_heart():
    """Texts of their own letters with labels drawn at random: only who saw them knows them."""
    rng = np.random.default_rng(0)
    texts = pa.array(["".join(map(chr, rng.integers(0x4E00, 0x9FA5, 8))) for _ in range(400)])
    label = rng.integers(1, 3, 400)
    closely = SvmOptions(TermOptions(units="chars", min_count=1), cost=10.0)
    seen = LinearTextEncoder.fit("svm", texts, label, "ekman7", closely)
    ids = pa.array([str(i) for i in range(400)])
    assert accuracy(seen.encode(ids, texts).x, label) > 0.99
    crossed = out_of_fold(NAME, texts, label, np.arange(400), "ekman7")
    assert 0.4 < accuracy(crossed, label) < 0.6


def test_a_thread_is_left_out_as_a_whole():
    """Each thread says one thing, over and over; its label is told by nothing else."""
    rng = np.random.default_rng(1)
    threads = np.repeat(np.arange(40), 5)
    words = ["".join(map(chr, rng.integers(0x4E00, 0x9FA5, 6))) for _ in range(40)]
    texts, label = pa.array([words[i] for i in threads]), rng.integers(1, 3, 40)[threads]
    assert accuracy(out_of_fold(NAME, texts, label, np.arange(200), "ekman7"), label) > 0.95
    assert accuracy(out_of_fold(NAME, texts, label, threads, "ekman7"), label) < 0.75


def test_what_can_be_foretold_is(train):
    texts, label = train
    found = out_of_fold("naive_bayes", texts, label, np.arange(300), "ekman7")
    assert found.shape == (300, 7) and found.dtype == np.float32
    assert accuracy(found, label) > 0.95


def test_a_row_is_what_the_others_make_of_it(train):
    texts, label = train
    found = out_of_fold("svm", texts, label, np.arange(300), "ekman7", folds=3, seed=4)
    fold = assign_folds(np.arange(300), 3, 4)
    rest, out = np.flatnonzero(fold != 1), np.flatnonzero(fold == 1)
    encoder = LinearTextEncoder.fit("svm", texts.take(pa.array(rest)), label[rest], "ekman7")
    given = encoder.encode(pa.array([str(i) for i in out]), texts.take(pa.array(out)))
    np.testing.assert_array_equal(found[out], given.x)


def test_blank_and_unlabelled_texts():
    texts = pa.array(["今天高兴", "今天愤怒", None, "高兴", "愤怒", "高兴啊"] * 4)
    label = np.array([1, 2, 1, -1, 2, 1] * 4)
    found = out_of_fold("svm", texts, label, np.arange(24), "ekman7", folds=2)
    assert not found[2].any()
    assert found[3].argmax() == 1


def test_what_cannot_be_crossed(train):
    with pytest.raises(LabelError, match=r"are of one group \(thread\)"):
        out_of_fold("svm", *train, np.zeros(300), "ekman7")
    empty = out_of_fold("svm", pa.array([], pa.string()), np.array([], int), np.array([]), "ekman7")
    assert empty.shape == (0, 7)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.integers(1, 7), st.integers(0, 3))
def test_folds_are_even_and_keep_groups_together(groups, folds, seed):
    groups = np.array(groups)
    fold = assign_folds(groups, folds, seed)
    for group in np.unique(groups):
        assert len(np.unique(fold[groups == group])) == 1
    used, sizes = np.unique(fold, return_counts=True)
    assert used.tolist() == list(range(min(folds, len(np.unique(groups)))))
    assert sizes.max() - sizes.min() <= np.bincount(groups).max()
    np.testing.assert_array_equal(fold, assign_folds(groups, folds, seed))


def test_which_encoders_know_their_training_labels():
    names = ["svm?cost=1", "naive_bayes", "logistic", "lexicon:folder", "tfidf", "embedded"]
    assert [learns_labels(name) for name in names] == [True] * 3 + [False] * 3
