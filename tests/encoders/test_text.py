"""Choosing a text encoder, and encoding the posts of a dump."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gnn_emotion.encoders.ngram_text import NgramEncoder, NgramOptions
from gnn_emotion.encoders.text import EMBEDDED, encode_posts, load_text_encoder
from gnn_emotion.schema.errors import ContractError
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


def test_without_emoticons_a_text_is_what_is_left(dump, encoder):
    found = encode_posts(dump, encoder, emoticons=False)
    assert found.status.tolist() == [OK, OK, MISSING, MISSING]
    np.testing.assert_array_equal(found.x[0], found.x[1])
    np.testing.assert_array_equal(found.x[1], encode_posts(dump, encoder).x[1])


def test_a_dump_without_posts(make_dump, encoder):
    assert len(encode_posts(make_dump(), encoder)) == 0
