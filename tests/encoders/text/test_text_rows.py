"""Each distinct text is encoded once, and every row gets the vector of its text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text.text_rows import distinct_texts, encode_distinct
from gnn_emotion.schema.features import MISSING, OK, EncoderSpec

SPEC = EncoderSpec("length", "1", 2)


def lengths(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), 1] for text in texts], dtype=np.float32)


def encode(texts: list[str | None], embed=lengths):
    ids = pa.array([str(i) for i in range(len(texts))])
    return encode_distinct(ids, pa.array(texts, pa.string()), SPEC, embed)


@given(st.lists(st.none() | st.sampled_from(["", " ", "好", " 好", "好的", "\u3000"]), max_size=9))
def test_rows_are_those_of_their_texts(texts):
    seen: list[str] = []

    def embed(distinct: list[str]) -> np.ndarray:
        seen.extend(distinct)
        return lengths(distinct)

    found = encode(texts, embed)
    bare = [(text or "").strip() for text in texts]
    assert found.x.tolist() == [[len(text), 1] if text else [0, 0] for text in bare]
    assert found.present.tolist() == [bool(text) for text in bare]
    assert found.status.tolist() == [OK if text else MISSING for text in bare]
    assert seen == list(dict.fromkeys(text for text in bare if text))


def test_nothing_to_embed():
    def embed(texts: list[str]) -> np.ndarray:
        raise AssertionError("no text needs a vector")

    assert encode([], embed).x.shape == (0, 2)
    assert encode([None, " "], embed).x.shape == (2, 2)


@pytest.mark.parametrize("chunked", [False, True])
def test_places(chunked):
    texts = pa.array(["b", None, "a", "b ", ""], pa.string())
    if chunked:
        texts = pa.chunked_array([texts.slice(0, 2), texts.slice(2)])
    words, place = distinct_texts(texts)
    assert words == ["b", "a"]
    assert place.tolist() == [0, 2, 1, 0, 2]
