"""Scores of terms against scikit-learn and SciPy, term by term."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.metrics import mutual_info_score

from gnn_emotion.encoders.text.term_scores import SCORES, score_terms


@pytest.fixture(scope="module")
def drawn() -> tuple[sparse.csr_matrix, np.ndarray]:
    """Draw 200 texts of three classes, 12 terms; the first is of class 2, the last of no text."""
    rng = np.random.default_rng(0)
    label = rng.choice([1, 2, 5], size=200)
    x = (rng.random((200, 12)) < 0.2) * rng.random((200, 12))
    x[:, 0] = (label == 2) * 3.5
    x[:, -1] = 0
    return sparse.csr_matrix(x), label


def test_information_gain_is_the_mutual_information_of_presence_and_class(drawn):
    x, label = drawn
    expected = [mutual_info_score(x.toarray()[:, i] > 0, label) for i in range(x.shape[1])]
    np.testing.assert_allclose(score_terms("information_gain", x, label), expected, atol=1e-12)


def test_chi_square_is_the_largest_of_its_fourfold_tables(drawn):
    x, label = drawn
    there = x.toarray() > 0
    for term in range(x.shape[1] - 1):
        tables = [
            [[np.sum(there[:, term] & (label == k)), np.sum(there[:, term] & (label != k))],
             [np.sum(~there[:, term] & (label == k)), np.sum(~there[:, term] & (label != k))]]
            for k in (1, 2, 5)
        ]  # fmt: skip
        expected = max(stats.chi2_contingency(t, correction=False).statistic for t in tables)
        assert score_terms("chi2", x, label)[term] == pytest.approx(expected)


def test_pointwise_mutual_information_by_hand(drawn):
    x, label = drawn
    share = np.mean(label == 2)
    assert score_terms("mutual_information", x, label)[0] == pytest.approx(-np.log(share))


@pytest.mark.parametrize("method", SCORES)
def test_the_telling_term_is_first_and_values_do_not_count(drawn, method):
    x, label = drawn
    score = score_terms(method, x, label)
    assert np.argmax(score) == 0
    assert np.argmin(score) == x.shape[1] - 1
    doubled = x.copy()
    doubled.data *= 7
    np.testing.assert_array_equal(score_terms(method, doubled, label), score)
