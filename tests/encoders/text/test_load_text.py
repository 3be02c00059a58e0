"""Choosing a text encoder, fitting it, and encoding the posts of a dump."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
import torch

from gnn_emotion.encoders.text.load_text import (
    EMBEDDED,
    FITTED,
    encode_posts,
    encoder_files,
    fit_text_encoder,
    gives_tokens,
    is_costly,
    learns_labels,
    load_text_encoder,
    needs_fitting,
)
from gnn_emotion.encoders.text.ngram_text import NgramEncoder, NgramOptions
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.errors import ContractError, LabelError
from gnn_emotion.schema.features import MISSING, OK


@pytest.fixture(scope="module")
def encoder() -> NgramEncoder:
    torch.manual_seed(0)
    return NgramEncoder(NgramOptions(buckets=64, dim=4), torch.ones(64))


@pytest.fixture(scope="module")
def dump(make_dump):
    own = ["太难过了[泪]", "太难过了", "[泪]", None]
    posts = [
        {"post_id": f"p{i}", "own_text": text, "text": f"{text}//@别人:哈哈"}
        for i, text in enumerate(own)
    ]
    return make_dump(posts=posts)


def test_embedded_is_loaded_from_the_checkpoint(encoder, tmp_path):
    encoder.save(tmp_path)
    assert load_text_encoder(EMBEDDED, tmp_path).spec == encoder.spec
    with pytest.raises(ContractError, match="is missing"):
        load_text_encoder(EMBEDDED, tmp_path / "elsewhere")


def test_the_own_words_are_encoded_in_the_order_of_the_table(dump, encoder):
    found = encode_posts(dump, encoder)
    assert found.ids.to_pylist() == ["p0", "p1", "p2", "p3"]
    assert found.status.tolist() == [OK, OK, OK, MISSING]
    expected = encoder.encode(found.ids, dump.read("posts")["own_text"])
    np.testing.assert_array_equal(found.x, expected.x)
    assert (found.x[0] != found.x[1]).any()


def test_words_that_are_given_are_encoded(dump, encoder):
    texts = without_emoticons(dump.read("posts")["own_text"].combine_chunks())
    found = encode_posts(dump, encoder, texts)
    assert found.status.tolist() == [OK, OK, MISSING, MISSING]
    np.testing.assert_array_equal(found.x[0], found.x[1])
    np.testing.assert_array_equal(found.x[1], encode_posts(dump, encoder).x[1])


def test_a_dump_without_posts(make_dump, encoder):
    assert len(encode_posts(make_dump(), encoder)) == 0


TEXTS = pa.array(["今天真好啊", "今天太难过了", "真好真好", "太难过了", None] * 3)
LABELS = np.array([0, 1, 0, 1, -1] * 3)
NAMES = ("bow?dim=3", "tfidf?units=words&dim=2&reduction=chi2", "word2vec?dim=4&min_count=2")


def encode(encoder) -> np.ndarray:
    return encoder.encode(pa.array([str(i) for i in range(len(TEXTS))]), TEXTS).x


@pytest.mark.parametrize("name", NAMES)
def test_a_fitted_encoder_is_loaded_by_its_name_from_its_files_alone(name, tmp_path):
    assert needs_fitting(name)
    (tmp_path / "fit").mkdir()
    (tmp_path / "checkpoint").mkdir()
    encoder = fit_text_encoder(name, TEXTS, LABELS, tmp_path / "fit")
    for file in encoder_files(name):
        (tmp_path / "fit" / file).rename(tmp_path / "checkpoint" / file)
    assert not list((tmp_path / "fit").iterdir())
    loaded = load_text_encoder(name, tmp_path / "checkpoint")
    assert loaded.spec == encoder.spec
    assert loaded.spec.dim == int(name.partition("dim=")[2][0])
    np.testing.assert_array_equal(encode(loaded), encode(encoder))
    assert encode(loaded).any()


def test_counts_are_not_taken_for_tfidf(tmp_path):
    fit_text_encoder("bow", TEXTS, None, tmp_path)
    with pytest.raises(ContractError, match="a bag of words weighed by 'counts', not 'tfidf'"):
        load_text_encoder("tfidf", tmp_path)


def test_a_reduction_that_needs_labels_says_so(tmp_path):
    with pytest.raises(LabelError, match="'chi2' looks at the labels"):
        fit_text_encoder("bow?reduction=chi2", TEXTS, None, tmp_path)


@pytest.mark.parametrize("name", FITTED)
def test_files_that_are_not_there_are_named(name, tmp_path):
    with pytest.raises(ContractError, match=r"\.json (is missing|cannot be read)"):
        load_text_encoder(name, tmp_path)


@pytest.mark.parametrize("name", ["tokens?max_length=9", "svm?cost=2&min_count=1", "logistic"])
def test_what_a_fitted_encoder_is_for(name, tmp_path):
    """Token numbers for a text head; scores of the labels of a set."""
    assert gives_tokens(name) == (name.startswith("tokens"))
    assert learns_labels(name) != gives_tokens(name)
    assert not is_costly(name)
    encoder = fit_text_encoder(name, TEXTS, LABELS, tmp_path, "polarity3")
    loaded = load_text_encoder(name, tmp_path)
    assert loaded.spec == encoder.spec
    assert loaded.spec.dim == (9 if gives_tokens(name) else 3)
    np.testing.assert_array_equal(encode(loaded), encode(encoder))


def test_token_numbers_stand_beside_nothing(tmp_path):
    with pytest.raises(ContractError, match="'tokens' gives token numbers, which only a text head"):
        load_text_encoder("tokens+tfidf", tmp_path)


def test_labels_that_are_needed_and_not_there(tmp_path):
    with pytest.raises(LabelError, match=r"svm learns from labels .* name 0 label\(s\)"):
        fit_text_encoder("svm", TEXTS, None, tmp_path)


def test_a_lexicon_without_its_folder(tmp_path):
    assert needs_fitting("lexicon:any") and not is_costly("lexicon:any")
    assert encoder_files("lexicon:any") == ("lexicon.json",)
    with pytest.raises(ContractError, match="expected its folder: 'lexicon:FOLDER'"):
        fit_text_encoder("lexicon", TEXTS, None, tmp_path)
    with pytest.raises(ContractError, match=r"lexicon folder '.*nowhere' has no 情感词汇.csv or"):
        fit_text_encoder(f"lexicon:{tmp_path / 'nowhere'}", TEXTS, None, tmp_path)


def test_word_vectors_from_a_file(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("2 2\n今天 1 0\n难过 0 3\n", encoding="utf-8")
    name = f"word2vec:{path}"
    assert not needs_fitting(name)
    assert encoder_files(name) == ()
    np.testing.assert_array_equal(
        encode(load_text_encoder(name, tmp_path))[:2], [[1, 0], [0.5, 1.5]]
    )
    fitted = fit_text_encoder(f"word2vec?vectors={path}&weighting=idf", TEXTS, None, tmp_path)
    assert fitted.words == ["今天", "难过"]
    path.unlink()
    np.testing.assert_array_equal(encode(load_text_encoder("word2vec", tmp_path)), encode(fitted))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("embedded?dim=3", "'embedded' takes no options"),
        ("embeded", "'embeded' cannot be loaded"),
        ("no/model?pool=cls", "unknown option 'pool'; did you mean 'pooling'"),
        ("word2vec:/nowhere.bin", "word vectors '/nowhere.bin' cannot be read"),
    ],
)
def test_a_wrong_name_is_one_clear_error(name, message, tmp_path):
    with pytest.raises(ContractError, match=message):
        load_text_encoder(name, tmp_path)


@pytest.mark.parametrize("name", ["embedded", "hfl/rbt3", "word2vec:file.bin"])
def test_what_is_not_fitted_on_texts(name, tmp_path):
    assert not needs_fitting(name)
    with pytest.raises(
        ContractError, match="is not fitted on texts; expected one of bow, tfidf, w"
    ):
        fit_text_encoder(name, TEXTS, None, tmp_path)
    assert encoder_files(name) == (("text_encoder.safetensors",) if name == "embedded" else ())


def test_choosing_imports_nothing_heavy():
    code = (
        "import sys, gnn_emotion.encoders.text.load_text\n"
        "print({'transformers', 'jieba', 'gensim', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
