"""SVM, naive Bayes and logistic regression: they learn, differ, and come back from their files."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.svm import LinearSVC

from gnn_emotion.encoders.text.classifiers.linear import LinearTextEncoder
from gnn_emotion.encoders.text.classifiers.linear_fits import LINEAR, SvmOptions
from gnn_emotion.encoders.text.term_bags import TermBags
from gnn_emotion.schema.errors import ContractError, LabelError
from gnn_emotion.schema.features import MISSING

from .conftest import make_texts

NATIVE = "ekman7"


def scores(encoder: LinearTextEncoder, texts: pa.Array) -> np.ndarray:
    return encoder.encode(pa.array([str(i) for i in range(len(texts))]), texts).x


@pytest.fixture(scope="module")
def fitted(train) -> dict[str, LinearTextEncoder]:
    return {kind: LinearTextEncoder.fit(kind, *train, NATIVE) for kind in LINEAR}


@pytest.mark.parametrize("kind", LINEAR)
def test_it_learns(fitted, test, kind):
    texts, label = test
    found = scores(fitted[kind], texts)
    assert found.shape == (100, 7) and found.dtype == np.float32
    assert (found.argmax(axis=1) == label).mean() > 0.95


@pytest.mark.parametrize("kind", LINEAR)
def test_with_shuffled_labels_it_does_not(train, test, kind):
    shuffled = np.random.default_rng(0).permutation(train[1])
    encoder = LinearTextEncoder.fit(kind, train[0], shuffled, NATIVE)
    assert (scores(encoder, test[0]).argmax(axis=1) == test[1]).mean() < 0.75


def test_no_two_are_the_same(fitted, test):
    found = [scores(encoder, test[0]) for encoder in fitted.values()]
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        assert np.abs(found[one] - found[other]).max() > 0.1


def test_logits_are_log_probabilities_and_margins_are_the_estimators(fitted, train, test):
    for kind in ("naive_bayes", "logistic"):
        classes = fitted[kind].classes
        total = np.exp(scores(fitted[kind], test[0])[:, classes]).sum(axis=1)
        np.testing.assert_allclose(total, 1, rtol=1e-5)
    options = SvmOptions(balance=0.0)
    bags, x = TermBags.fit(train[0], options.terms)
    model = LinearSVC(C=options.cost, random_state=0).fit(x, train[1])
    ours = LinearTextEncoder.fit("svm", *train, NATIVE, options)
    expected = model.decision_function(bags.transform(test[0]))
    np.testing.assert_allclose(scores(ours, test[0])[:, [1, 2, 5]], expected, atol=1e-5)


@pytest.mark.parametrize("kind", LINEAR)
def test_a_label_without_texts_is_never_the_answer(fitted, test, kind):
    found = scores(fitted[kind], test[0])
    others = [0, 3, 4, 6]
    assert fitted[kind].classes == [1, 2, 5]
    np.testing.assert_array_equal(
        found[:, others], found.min(axis=1, keepdims=True).repeat(4, axis=1)
    )


@pytest.mark.parametrize("kind", LINEAR)
def test_two_classes_and_another_label_set(kind):
    texts, label = make_texts(200, seed=2)
    polarity = np.where(label == 1, 2, 0)  # negative, neutral, positive
    found = scores(LinearTextEncoder.fit(kind, texts, polarity, "polarity3"), texts)
    assert found.shape == (200, 3)
    assert (found.argmax(axis=1) == polarity).mean() > 0.95


@pytest.mark.parametrize("kind", LINEAR)
def test_saved_and_loaded_it_gives_the_same_numbers(fitted, test, tmp_path, kind):
    fitted[kind].save(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == set(LinearTextEncoder.FILES)
    loaded = LinearTextEncoder.load(tmp_path, kind)
    assert loaded.spec == fitted[kind].spec
    assert loaded.options == fitted[kind].options
    np.testing.assert_array_equal(scores(loaded, test[0]), scores(fitted[kind], test[0]))
    other = next(name for name in LINEAR if name != kind)
    with pytest.raises(ContractError, match=f"of kind '{kind}', not '{other}'"):
        LinearTextEncoder.load(tmp_path, other)


@pytest.mark.parametrize("kind", LINEAR)
def test_what_is_unlabelled_or_blank_is_not_learned_from(fitted, train, kind):
    texts = pa.array([*train[0].to_pylist(), None, " ", "今天愤怒"])
    more = LinearTextEncoder.fit(kind, texts, np.array([*train[1], 1, 1, -1]), NATIVE)
    assert more.spec == fitted[kind].spec


@pytest.mark.parametrize("kind", LINEAR)
def test_rare_classes_are_weighed_up(train, kind):
    """Between the classes, a text that tells nothing goes by their frequency, if by anything."""
    leads = []
    for balance in (0.0, 1.0):
        encoder = LinearTextEncoder.fit(kind, *train, NATIVE, LINEAR[kind](balance=balance))
        found = scores(encoder, pa.array(["今天他们路上看到"]))[0]
        leads.append(found[1] - max(found[2], found[5]))
    assert leads[0] > 0.1
    assert leads[1] < leads[0] - 0.05


@given(st.lists(st.none() | st.text(max_size=6) | st.just("今天愤怒"), min_size=1, max_size=5))
def test_a_row_does_not_depend_on_the_others(texts):
    array = pa.array(texts, pa.string())
    together = _SVM.encode(pa.array([str(i) for i in range(len(texts))]), array)
    for row, text in enumerate(texts):
        alone = _SVM.encode(pa.array(["0"]), pa.array([text], pa.string()))
        np.testing.assert_array_equal(together.x[row], alone.x[0])
        assert together.status[row] == alone.status[0]
        assert (alone.status[0] == MISSING) == (not text or not text.strip())


_SVM = LinearTextEncoder.fit("svm", *make_texts(60, seed=3), NATIVE)


@pytest.mark.parametrize("kind", LINEAR)
def test_labels_that_cannot_be_learned_from(train, kind):
    with pytest.raises(LabelError, match=r"name 1 label\(s\) of 'ekman7'; expected texts of two"):
        LinearTextEncoder.fit(kind, train[0], np.ones(300, dtype=np.int64), NATIVE)
    with pytest.raises(LabelError, match="label 5 is not a position in 'polarity3'"):
        LinearTextEncoder.fit(kind, *train, "polarity3")
