"""Files of word vectors: both formats, as word2vec.c writes them, and as disks damage them."""

from __future__ import annotations

import gzip
import sys

import numpy as np
import pytest

from gnn_emotion.encoders.text.word_vectors_file import read_word_vectors
from gnn_emotion.schema.errors import ContractError

WORDS = ["难过", "</s>", "happy"]
VECTORS = np.array([[0.5, -1, 2], [0, 0, 0], [1e-3, 3, -4.25]], dtype=np.float32)


def as_text(words=WORDS, vectors=VECTORS) -> bytes:
    rows = [f"{w} {' '.join(map(str, v.tolist()))}" for w, v in zip(words, vectors, strict=True)]
    return "\n".join([f"{len(words)} {vectors.shape[1]}", *rows, ""]).encode()


def as_binary() -> bytes:
    rows = [w.encode() + b" " + v.tobytes() + b"\n" for w, v in zip(WORDS, VECTORS, strict=True)]
    return b"3 3\n" + b"".join(rows)


@pytest.mark.parametrize("content", [as_text(), as_binary()])
@pytest.mark.parametrize("suffix", [".vec", ".bin", ".gz"])
def test_either_format_whatever_it_is_called(tmp_path, content, suffix):
    path = tmp_path / f"vectors{suffix}"
    path.write_bytes(gzip.compress(content) if suffix == ".gz" else content)
    words, vectors = read_word_vectors(path)
    assert words == WORDS
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, VECTORS, rtol=1e-6)


def test_a_word_cut_in_a_letter_is_read(tmp_path):
    content = as_text().replace("难过".encode(), "难过".encode()[:-1])
    (tmp_path / "v").write_bytes(content)
    assert read_word_vectors(tmp_path / "v")[0] == ["难\ufffd", *WORDS[1:]]


@pytest.mark.parametrize(
    "content",
    [b"", b"words\n", b"3 3\n", as_text()[:-7], as_binary()[:-6], b"\x1f\x8b\x08", b"0 3\n"],
)
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "v.vec"
    path.write_bytes(content)
    with pytest.raises(ContractError, match=r"word vectors '.*v\.vec' (cannot be read|hold 0)"):
        read_word_vectors(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e5])
def test_values_that_no_model_can_use_are_refused(tmp_path, value):
    vectors = VECTORS.copy()
    vectors[1, 1] = value
    (tmp_path / "v").write_bytes(as_text(vectors=vectors))
    with pytest.raises(ContractError, match="not finite or not below 10000"):
        read_word_vectors(tmp_path / "v")


def test_a_missing_file(tmp_path):
    with pytest.raises(ContractError, match=r"cannot be read: .*No such file"):
        read_word_vectors(tmp_path / "nowhere")


def test_without_gensim_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(ContractError, match=r"pip install 'gnn-emotion\[words\]'"):
        read_word_vectors(tmp_path / "v")
