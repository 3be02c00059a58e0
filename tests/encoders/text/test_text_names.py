"""Names with options, as people type them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gnn_emotion.encoders.text.bag_of_words import BagOfWordsOptions
from gnn_emotion.encoders.text.classifiers.linear_fits import SvmOptions
from gnn_emotion.encoders.text.hf_text import HuggingFaceOptions
from gnn_emotion.encoders.text.text_names import read_options, split_name
from gnn_emotion.encoders.text.word2vec import Word2VecOptions
from gnn_emotion.schema.errors import ContractError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("embedded", ("embedded", {})),
        ("tfidf?", ("tfidf", {})),
        (
            "hfl/rbt3?pooling=cls&max_length=64",
            ("hfl/rbt3", {"pooling": "cls", "max_length": "64"}),
        ),
        ("word2vec:C:/v.bin?keep_tags=n,v", ("word2vec:C:/v.bin", {"keep_tags": "n,v"})),
        ("tfidf?user_words=a%20b.txt", ("tfidf", {"user_words": "a b.txt"})),
    ],
)
def test_a_name_and_its_options(name, expected):
    assert split_name(name) == expected


@pytest.mark.parametrize("name", ["tfidf?dim", "tfidf?dim=1&", "tfidf?cls&dim=2"])
def test_what_is_no_list_of_options(name):
    with pytest.raises(ContractError, match=r"expected 'NAME\?option=value&option=value'"):
        split_name(name)


def test_options_of_every_kind_and_depth(tmp_path):
    (tmp_path / "user.txt").write_text("云哭 5 v\n绝绝子\n", encoding="utf-8")
    stated = {
        "dim": "64",
        "reduction": "chi2",
        "units": "words",
        "user_words": str(tmp_path / "user.txt"),
        "keep_tags": "n,v",
    }
    found = read_options("tfidf", BagOfWordsOptions, stated, weighting="tfidf")
    assert (found.dim, found.reduction, found.terms.units) == (64, "chi2", "words")
    assert found.terms.weighting == "tfidf"
    assert found.terms.segment.user_words == ("云哭 5 v", "绝绝子")
    assert found.terms.segment.keep_tags == ("n", "v")
    assert read_options("word2vec", Word2VecOptions, {"smoothing": "1e-4"}).smoothing == 1e-4
    assert read_options("x", HuggingFaceOptions, {}) == HuggingFaceOptions()


def test_what_is_not_stated_is_as_the_options_have_it():
    """Also within them: an SVM counts characters, whatever terms are by default."""
    assert read_options("svm", SvmOptions, {}) == SvmOptions()
    found = read_options("svm", SvmOptions, {"min_count": "5", "cost": "2"})
    assert found.terms == replace(SvmOptions().terms, min_count=5)
    assert found.cost == 2


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"dims": "3"}, "encoder 'tfidf': unknown option 'dims'; did you mean 'dim'"),
        ({"weighting": "tfidf"}, "unknown option 'weighting'"),
        ({"dim": "many"}, "encoder 'tfidf': dim is 'many', expected a value of type int"),
        ({"dim": "0"}, "dim is 0, expected 1 or more"),
        ({"stop_words": "/nowhere/stop.txt"}, "'/nowhere/stop.txt' cannot be read"),
    ],
)
def test_a_wrong_option_is_one_clear_error(stated, message):
    with pytest.raises(ContractError, match=message):
        read_options("tfidf", BagOfWordsOptions, stated, weighting="tfidf")


def test_options_that_do_not_fit_together():
    with pytest.raises(ContractError, match="'x': max_length 512, tokens_per_batch 64; expected 1"):
        read_options("x", HuggingFaceOptions, {"max_length": "512", "tokens_per_batch": "64"})
