"""Means of word vectors: weights by hand, training that repeats, vectors from a file."""

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
from gnn_emotion.encoders.text.segment import SegmentOptions
from gnn_emotion.encoders.text.word2vec import Word2VecEncoder, Word2VecOptions
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING, OK

OPTIONS = Word2VecOptions(dim=12, min_count=2, epochs=8, seed=3)
TOPICS = (
    ["手机", "屏幕", "电池", "电脑", "网络", "键盘", "程序", "软件", "数据", "机器"],
    ["难过", "伤心", "眼泪", "痛苦", "悲伤", "失望", "孤独", "委屈", "后悔", "绝望"],
)


def draw_texts() -> pa.Array:
    """Draw texts of two topics whose words never meet, and a word that all have. Synthetic."""
    rng = np.random.default_rng(0)
    texts = [" ".join(["真的", *rng.choice(TOPICS[i % 2], 6)]) for i in range(1500)]
    return pa.array([*texts, None, " "], pa.string())


TEXTS = draw_texts()
MIXED = ["难过", None, "", "全然未曾见过", "屏幕坏 难过", "难过", "真的 真的 手机", "！"]
VECTORS = "5 2\n难过 1 0\n手机 0 2\n真的 4 4\n屏幕 0 -2\nhappy 3 3\n"


@pytest.fixture(scope="module")
def encoder() -> Word2VecEncoder:
    return Word2VecEncoder.fit(TEXTS, OPTIONS)


@pytest.fixture
def file(tmp_path) -> Path:
    (tmp_path / "vectors.vec").write_text(VECTORS, encoding="utf-8")
    return tmp_path / "vectors.vec"


def encode(encoder, texts: list[str | None]):
    return encoder.encode(pa.array([str(i) for i in range(len(texts))]), pa.array(texts, "string"))


def test_blank_texts_are_missing_and_unknown_ones_are_zero(encoder):
    found = encode(encoder, MIXED)
    assert found.x.shape == (len(MIXED), 12)
    assert found.x.dtype == np.float32
    blank = np.array([not (text or "").strip() for text in MIXED])
    assert found.status.tolist() == [MISSING if b else OK for b in blank]
    assert not found.x[blank].any()
    assert not found.x[3].any()
    assert found.x[4].any()
    np.testing.assert_array_equal(found.x[0], found.x[5])


def test_words_of_a_topic_lie_together(encoder):
    x = encode(encoder, ["手机", "电池", "难过", "眼泪"]).x
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    near, far = unit @ unit.T, (unit @ unit.T)[:2, 2:]
    assert min(near[0, 1], near[2, 3]) > far.max() + 0.5


def test_the_mean_of_the_weighted_vectors_by_hand(file):
    """p(word) over 11 words, 1/n, then the common direction, then the scale."""
    texts = pa.array(
        ["难过 手机", "难过 真的 真的", "手机 happy 难过", "屏幕", "谁", None], pa.string()
    )
    options = Word2VecOptions(smoothing=0.5)
    vectors = np.array([[1, 0], [0, 2], [4, 4], [0, -2], [3, 3]])
    weight = 0.5 / (0.5 + np.array([3, 2, 2, 1, 1]) / 10)
    rows = [[0, 1], [0, 2, 2], [1, 4, 0], [3]]
    means = np.array([np.mean(vectors[r] * weight[r, None], axis=0) for r in rows] + [[0, 0]])
    direction = np.linalg.svd(means)[2][0]
    means -= np.outer(means @ direction, direction)
    expected = means / np.sqrt(np.mean(means**2))
    found = encode(Word2VecEncoder.fit(texts, options, file), texts.to_pylist()).x
    np.testing.assert_allclose(found[:5], expected, atol=1e-5)
    assert not found[5].any()


def test_idf_by_hand(file):
    texts = pa.array(["难过 手机 手机", "难过", "真的 难过"], pa.string())
    encoder = Word2VecEncoder.fit(texts, Word2VecOptions(weighting="idf"), file)
    expected = np.log([1, 3, 3, 3, 3])
    np.testing.assert_allclose(encoder.weights / encoder.weights[1], expected / expected[1])


def test_a_file_alone_gives_plain_means(file):
    encoder = Word2VecEncoder.from_file(file)
    found = encode(encoder, ["难过手机", "Happy 谁也不认识", "真的"]).x
    np.testing.assert_array_equal(found, [[0.5, 1], [3, 3], [4, 4]])
    assert encoder.spec.dim == 2
    other = Word2VecEncoder.from_file(file, SegmentOptions(stop_words=("难过",)))
    np.testing.assert_array_equal(encode(other, ["难过手机"]).x, [[0, 2]])
    assert other.spec != encoder.spec


def test_vectors_of_words(encoder):
    found = encoder.lookup(["难过", "谁也不认识", "手机"])
    assert found.shape == (3, 12)
    assert not found[1].any()
    np.testing.assert_array_equal(found[0], encoder.vectors[encoder.words.index("难过")])


@given(st.lists(st.sampled_from(MIXED), min_size=1, max_size=6), st.integers(0, 5))
def test_a_row_is_the_same_to_the_bit_whatever_the_batch(encoder, texts, at):
    at %= len(texts)
    together, alone = encode(encoder, texts), encode(encoder, [texts[at]])
    np.testing.assert_array_equal(together.x[at], alone.x[0])


@pytest.mark.parametrize("size", [1, 3, 100])
def test_passes_do_not_matter(encoder, monkeypatch, size):
    expected = encode(encoder, MIXED).x
    monkeypatch.setattr(text_rows, "TEXTS_PER_PASS", size)
    np.testing.assert_array_equal(encode(encoder, MIXED).x, expected)


def test_saved_and_loaded_it_gives_the_same_numbers_without_gensim(encoder, tmp_path, monkeypatch):
    encoder.save(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(Word2VecEncoder.FILES)
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    loaded = Word2VecEncoder.load(tmp_path)
    assert loaded.spec == encoder.spec
    assert loaded.options == OPTIONS
    np.testing.assert_array_equal(encode(loaded, MIXED).x, encode(encoder, MIXED).x)


def test_training_needs_gensim(monkeypatch):
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(ContractError, match=r"pip install 'gnn-emotion\[words\]'"):
        Word2VecEncoder.fit(TEXTS, OPTIONS)


def test_another_process_trains_the_same(encoder):
    """Another seed of ``hash()``: neither words nor vectors may depend on it."""
    code = (
        "from tests.encoders.text.test_word2vec import *\n"
        "print(Word2VecEncoder.fit(TEXTS, OPTIONS).spec.revision)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "11"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == encoder.spec.revision


def test_the_spec_changes_with_all_that_changes_a_vector(encoder):
    changed = [{"seed": 4}, {"dim": 8}, {"weighting": "idf"}, {"weighting": "mean"}]
    specs = [encoder.spec]
    for change in changed:
        options = Word2VecOptions(**{"dim": 12, "min_count": 2, "epochs": 8, "seed": 3, **change})
        specs.append(Word2VecEncoder.fit(TEXTS, options).spec)
    assert len({spec.key for spec in specs}) == len(specs)


@pytest.mark.parametrize("texts", [[], [None, " "], ["好 坏"]])
def test_texts_without_words_are_refused(texts):
    with pytest.raises(
        ContractError, match=r"none of the \d words of [01] training texts occurs 3"
    ):
        Word2VecEncoder.fit(pa.array(texts, pa.string()))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weighting": "tfidf"}, "unknown weighting 'tfidf'; did you mean 'idf'"),
        ({"dim": 0}, "dim is 0, expected above 0"),
        ({"smoothing": 0.0}, "smoothing is 0.0, expected above 0"),
    ],
)
def test_options_check_themselves(options, message):
    with pytest.raises(ContractError, match=message):
        Word2VecOptions(**options)
