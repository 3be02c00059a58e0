"""Bags of terms: the counts by hand, the weights of scikit-learn, a vocabulary of its own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfTransformer

from gnn_emotion.encoders.text.segment import SegmentOptions
from gnn_emotion.encoders.text.term_bags import TermBags, TermOptions
from gnn_emotion.schema.errors import ContractError

TEXTS = pa.array(
    [
        "今天真好[哈哈]",
        "今天太难过[泪][泪]",
        None,
        "  ",
        "I DON'T like it",
        "don't 难过",
        "好好好好",
    ]
)
WORDS = TermOptions(units="words", words=1, min_count=1)
CHARS = TermOptions(units="chars", chars=2, min_count=1, weighting="counts")


def fit(options: TermOptions, texts: pa.Array = TEXTS) -> TermBags:
    bags, x = TermBags.fit(texts, options)
    assert (x != bags.transform(texts)).nnz == 0
    return bags


def names(bags: TermBags) -> list[str]:
    return [term for terms in bags.terms.values() for term in terms]


def row(bags: TermBags, text: str) -> dict[str, float]:
    x = bags.transform(pa.array([text]))
    return {names(bags)[i]: value for i, value in zip(x.indices, x.data, strict=True)}


def test_counts_of_words_have_length_one():
    bags = fit(TermOptions(units="words", words=1, min_count=1, weighting="counts"))
    found = row(bags, "难过[泪][泪]难过难过 未知词汇表外")
    assert found == pytest.approx({"难过": 3 / 13**0.5, "[泪]": 2 / 13**0.5})
    assert {"[哈哈]", "don't", "like", "i"} <= set(names(bags))


def test_ngrams_of_characters_and_of_words():
    assert set(row(fit(CHARS), "好好")) == {"好", "好好"}
    bags = fit(TermOptions(units="words", words=2, min_count=1))
    assert set(row(bags, "难过[泪]")) == {"难过", "[泪]", "难过 [泪]"}


def test_tfidf_is_that_of_scikit_learn():
    bags = fit(WORDS)
    raw = TermBags(WORDS, bags.terms, bags.idf)
    counts = raw._counters["words"].transform(raw._cut("words", [t or "" for t in _folded()]))
    expected = TfidfTransformer(sublinear_tf=True).fit(counts[[0, 1, 4, 5, 6]]).transform(counts)
    np.testing.assert_allclose(
        bags.transform(TEXTS).toarray(), expected.toarray(), rtol=1e-5, atol=1e-7
    )


def _folded() -> list[str | None]:
    return [text.strip().lower() if text else None for text in TEXTS.to_pylist()]


def test_both_units_side_by_side():
    options = TermOptions(words=1, chars=1, min_count=1)
    bags = fit(options)
    assert list(bags.terms) == ["words", "chars"]
    turned = TermBags(options, dict(reversed(bags.terms.items())), bags.idf)
    assert (bags.transform(TEXTS) != turned.transform(TEXTS)).nnz == 0


def test_rare_terms_are_left_out_and_ties_go_by_spelling():
    texts = pa.array(["a b c d", "a b c d", "a x"])
    options = TermOptions(units="words", words=1, min_count=2)
    assert names(fit(options, texts)) == ["a", "b", "c", "d"]
    few = TermOptions(units="words", words=1, min_count=2, max_terms=3)
    assert names(fit(few, texts)) == ["a", "b", "c"]


def test_a_unit_without_terms_is_no_hindrance():
    stop = SegmentOptions(keep_tags=("emoji",))
    bags = fit(TermOptions(min_count=1, segment=stop))
    assert bags.terms["words"] == []
    assert set(row(bags, "好")) == {"好"}


@pytest.mark.parametrize("texts", [[], [None, " "], ["好"]])
def test_texts_without_terms_are_refused(texts):
    with pytest.raises(ContractError, match=r"none of the terms of [0-2] training texts is in 2"):
        TermBags.fit(pa.array(texts, pa.string()), TermOptions())


@given(st.lists(st.none() | st.text(max_size=6), min_size=1, max_size=6), st.integers(0, 5))
def test_a_row_is_the_same_to_the_bit_whatever_the_batch(texts, at):
    at %= len(texts)
    together = _BAGS.transform(pa.array(texts, pa.string())).toarray()[at]
    alone = _BAGS.transform(pa.array([texts[at]], pa.string())).toarray()[0]
    np.testing.assert_array_equal(together, alone)
    assert np.linalg.norm(alone) == pytest.approx(1 if alone.any() else 0)


_BAGS = fit(TermOptions(min_count=1), pa.array([*"0a好!今天aa我0B", "今天 0", "今天 0"]))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("units", "word", "unknown units 'word'; did you mean 'words'"),
        ("weighting", "tf", "unknown weighting 'tf'"),
        ("min_count", 0, "min_count is 0, expected 1 or more"),
    ],
)
def test_options_check_themselves(field, value, message):
    with pytest.raises(ContractError, match=message):
        TermOptions(**{field: value})


def test_idf_has_one_weight_a_term():
    with pytest.raises(ContractError, match=r"idf has shape \(3,\), expected one a term, \(2,\)"):
        TermBags(WORDS, {"words": ["a", "b"]}, np.ones(3, dtype=np.float32))
