"""Bags of terms as features: what a reduction keeps, and what survives a file and a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text import text_rows
from gnn_emotion.encoders.text.bag_of_words import BagOfWordsEncoder, BagOfWordsOptions
from gnn_emotion.encoders.text.segment import SegmentOptions
from gnn_emotion.encoders.text.term_bags import TermOptions
from gnn_emotion.schema.errors import ContractError, LabelError
from gnn_emotion.schema.features import MISSING, OK

JOY, GRIEF = (
    ["开心[哈哈]今天", "太开心了！", "so happy 今天", "开心开心"],
    ["难过[泪]今天", "太难过了", "so sad 今天"],
)
TEXTS = pa.array([*JOY, *GRIEF, None, "  "], pa.string())
LABELS = np.array([0] * 4 + [1] * 3 + [1, -1])
MIXED = [
    "开心",
    None,
    "",
    "  ",
    "全然未曾见过的词句",
    "难过！",
    "今天so",
    "开心",
    "@谁 http://t.cn/1",
]
SMALL = TermOptions(units="words", words=1, min_count=1)


def fitted(reduction: str = "svd", dim: int = 3, **terms) -> BagOfWordsEncoder:
    options = BagOfWordsOptions(TermOptions(min_count=1, **terms), reduction, dim)
    return BagOfWordsEncoder.fit(TEXTS, LABELS, options)


def encode(encoder, texts: list[str | None]):
    return encoder.encode(pa.array([str(i) for i in range(len(texts))]), pa.array(texts, "string"))


@pytest.mark.parametrize("reduction", ["svd", "chi2"])
def test_blank_texts_are_missing_and_unknown_ones_are_zero(reduction):
    found = encode(fitted(reduction, units="words"), MIXED)
    assert found.x.shape == (len(MIXED), 3)
    assert found.x.dtype == np.float32
    blank = np.array([not (text or "").strip() for text in MIXED])
    assert found.status.tolist() == [MISSING if b else OK for b in blank]
    assert not found.x[blank].any()
    assert not found.x[4].any()
    assert found.x[0].any()
    np.testing.assert_array_equal(found.x[0], found.x[7])
    assert (np.linalg.norm(found.x, axis=1) <= 3**0.5 + 1e-6).all()


def test_svd_keeps_what_tells_texts_apart():
    """Distances between the reduced rows are those between the bags, when nothing is cut off."""
    encoder = fitted(dim=7)
    bags = encoder.transform(TEXTS).toarray()[:7]
    x = encode(encoder, TEXTS.to_pylist()).x[:7] / 7**0.5
    np.testing.assert_allclose(x @ x.T, bags @ bags.T, atol=1e-5)


@pytest.mark.parametrize("reduction", ["chi2", "information_gain"])
def test_chosen_terms_tell_the_label(reduction):
    encoder = BagOfWordsEncoder.fit(TEXTS, LABELS, BagOfWordsOptions(SMALL, reduction, 2))
    chosen = [encoder.bags.terms["words"][column] for column in encoder.reduction]
    assert set(chosen) == {"开心", "难过"}
    bags = encoder.transform(TEXTS).toarray()
    np.testing.assert_allclose(
        encode(encoder, TEXTS.to_pylist()).x, bags[:, encoder.reduction] * 2**0.5, rtol=1e-6
    )


def test_unlabelled_texts_choose_nothing_but_are_counted():
    turned = np.where(LABELS == 1, -1, LABELS)
    turned[5] = 1
    encoder = BagOfWordsEncoder.fit(TEXTS, turned, BagOfWordsOptions(SMALL, "chi2", 1))
    assert "[泪]" in encoder.bags.terms["words"]
    assert encoder.bags.terms["words"][encoder.reduction[0]] == "难过"


@pytest.mark.parametrize("labels", [None, np.full(9, -1), np.zeros(9, dtype=np.int64)])
def test_a_choice_needs_labels(labels):
    with pytest.raises(LabelError, match=r"'chi2' looks at the labels .* name [01] class"):
        BagOfWordsEncoder.fit(TEXTS, labels, BagOfWordsOptions(SMALL, "chi2"))


def test_no_more_columns_than_there_are_texts_or_terms():
    assert fitted(dim=500).spec.dim == 7
    assert fitted("chi2", dim=500, units="words", words=1).spec.dim == len(
        fitted(units="words", words=1).bags.idf
    )


@given(st.lists(st.none() | st.text(max_size=6), min_size=1, max_size=6), st.integers(0, 5))
def test_a_row_is_the_same_to_the_bit_whatever_the_batch(texts, at):
    at %= len(texts)
    for encoder in _ENCODERS:
        together, alone = encode(encoder, texts), encode(encoder, [texts[at]])
        np.testing.assert_array_equal(together.x[at], alone.x[0])


_ENCODERS = [fitted(), fitted("chi2")]


@pytest.mark.parametrize("size", [1, 2, 100])
def test_passes_do_not_matter(monkeypatch, size):
    expected = encode(_ENCODERS[0], MIXED).x
    monkeypatch.setattr(text_rows, "TEXTS_PER_PASS", size)
    np.testing.assert_array_equal(encode(_ENCODERS[0], MIXED).x, expected)


@pytest.mark.parametrize("reduction", ["svd", "mutual_information"])
def test_saved_and_loaded_it_gives_the_same_numbers(tmp_path, reduction):
    segment = SegmentOptions(user_words=("开心了 9 a",), stop_words=("今天",))
    options = BagOfWordsOptions(TermOptions(min_count=1, segment=segment), reduction, 4)
    encoder = BagOfWordsEncoder.fit(TEXTS, LABELS, options)
    encoder.save(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(BagOfWordsEncoder.FILES)
    loaded = BagOfWordsEncoder.load(tmp_path)
    assert loaded.spec == encoder.spec
    assert loaded.options == options
    np.testing.assert_array_equal(encode(loaded, MIXED).x, encode(encoder, MIXED).x)
    assert (loaded.transform(TEXTS) != encoder.transform(TEXTS)).nnz == 0


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ContractError, match=r"bag_of_words\.json is missing"):
        BagOfWordsEncoder.load(tmp_path)


def test_the_spec_changes_with_all_that_changes_a_vector():
    segment = SegmentOptions(stop_words=("开心",))
    specs = [
        fitted().spec,
        fitted(dim=2).spec,
        fitted("chi2").spec,
        fitted("information_gain", dim=2).spec,
        fitted(weighting="counts").spec,
        fitted(units="words").spec,
        fitted(segment=segment).spec,
        BagOfWordsEncoder.fit(
            TEXTS.slice(1), None, BagOfWordsOptions(TermOptions(min_count=1))
        ).spec,
    ]
    assert len({spec.key for spec in specs}) == len(specs)
    assert fitted().spec == specs[0]


def test_only_the_training_texts_are_learned_from():
    encoder = fitted()
    before = encode(encoder, MIXED).x
    encode(encoder, ["新词新词" * 9] * 50)
    np.testing.assert_array_equal(encode(encoder, MIXED).x, before)
    assert not any("新" in term for terms in encoder.bags.terms.values() for term in terms)


def test_another_process_fits_the_same(tmp_path):
    """Another seed of ``hash()``: no order of a set may reach the vocabulary."""
    code = (
        "import pyarrow as pa\n"
        "from tests.encoders.text.test_bag_of_words import fitted\n"
        "print(fitted().spec.revision, fitted('chi2').spec.revision)"
    )
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONHASHSEED": "11"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=root,
    )
    assert done.stdout.split() == [fitted().spec.revision, fitted("chi2").spec.revision]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"reduction": "pca"}, "unknown reduction 'pca'"), ({"dim": 0}, "dim is 0, expected 1")],
)
def test_options_check_themselves(options, message):
    with pytest.raises(ContractError, match=message):
        BagOfWordsOptions(**options)
