"""What is hidden: never a mark, emoticons far oftener than words, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.pretraining.masking import Masker, MaskingOptions
from gnn_emotion.schema.errors import ContractError

SPECIAL, EMOTICONS, V, MASK = np.arange(5), np.array([90, 91]), 92, 4
MASKER = Masker(V, MASK, SPECIAL, EMOTICONS, MaskingOptions(words=0.2, emoticons=0.7))
#: Half a million words with marks, padding and some emoticons among them.
TOKENS = np.random.default_rng(0).integers(0, V, (4000, 125))


def test_marks_are_never_hidden_and_words_as_often_as_said():
    changed, hidden = MASKER(TOKENS, np.random.default_rng(1))
    special, emoticon = np.isin(TOKENS, SPECIAL), np.isin(TOKENS, EMOTICONS)
    assert not hidden[special].any()
    # Five standard deviations of a share of so many.
    for which, share in ((~special & ~emoticon, 0.2), (emoticon, 0.7)):
        tolerance = 5 * np.sqrt(share * (1 - share) / which.sum())
        assert abs(hidden[which].mean() - share) < tolerance
    assert (changed[~hidden] == TOKENS[~hidden]).all()


def test_most_of_what_is_hidden_is_masked_some_random_and_some_left():
    changed, hidden = MASKER(TOKENS, np.random.default_rng(2))
    now, before = changed[hidden], TOKENS[hidden]
    tolerance = 5 * np.sqrt(0.25 / len(now))
    # A random word is the same by chance once in 87 times.
    assert abs((now == MASK).mean() - 0.8) < tolerance
    assert abs((now == before).mean() - (0.1 + 0.1 / 87)) < tolerance
    at_random = now[(now != MASK) & (now != before)]
    assert at_random.min() >= len(SPECIAL) and at_random.max() == V - 1
    assert len(np.unique(at_random)) == V - len(SPECIAL)


def test_the_same_seed_hides_the_same():
    first, again, other = (MASKER(TOKENS, np.random.default_rng(seed)) for seed in (3, 3, 4))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert (first[1] != other[1]).any()


@pytest.mark.parametrize("seed", range(40))
def test_one_word_at_least_is_hidden(seed):
    rare = Masker(V, MASK, SPECIAL, EMOTICONS, MaskingOptions(words=1e-6, emoticons=1e-5))
    _, hidden = rare(np.array([[2, 10, 11, 3, 0, 0, 0]]), np.random.default_rng(seed))
    assert hidden.sum() == 1 and hidden[0, 1:3].any()


def test_nothing_is_hidden_where_there_is_no_word():
    changed, hidden = MASKER(np.array([[2, 3, 0]]), np.random.default_rng(0))
    assert not hidden.any() and changed.tolist() == [[2, 3, 0]]


@pytest.mark.parametrize("wrong", [{"words": 0}, {"words": 1}, {"emoticons": -0.1}])
def test_shares_that_there_are_not(wrong):
    with pytest.raises(ContractError, match=f"{next(iter(wrong))} is"):
        MaskingOptions(**wrong)
