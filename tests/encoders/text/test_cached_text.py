"""A text encoder with a memory: each distinct text once, in the order of the posts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.encoders.store.cache import FeatureCache, rounded
from gnn_emotion.encoders.text import cached_text as module
from gnn_emotion.encoders.text.cached_text import CachedTextEncoder
from gnn_emotion.encoders.text.load_text import encode_posts
from gnn_emotion.encoders.text.ngram_text import NgramEncoder, NgramOptions
from gnn_emotion.schema.features import MISSING, OK

from ..counting import DIM, CountingTextEncoder

TEXTS = st.lists(st.sampled_from([None, "", " ", "好", "今天真好", "a\0b", "😭" * 50]), max_size=12)


def encode(encoder, texts):
    return encoder.encode(pa.array([f"p{i}" for i in range(len(texts))]), pa.array(texts, "string"))


@settings(max_examples=30)
@given(TEXTS, TEXTS, st.integers(1, 4))
def test_each_text_is_encoded_once_and_the_order_is_kept(tmp_path_factory, first, second, part):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PART", part)
        with FeatureCache(tmp_path_factory.mktemp("cache")) as cache:
            seen: list[str] = []
            for texts in (first, second, first):
                plain = CountingTextEncoder()
                found = encode(CachedTextEncoder(plain, cache), texts)
                expected = encode(CountingTextEncoder(), texts)
                assert found.ids.equals(expected.ids)
                np.testing.assert_array_equal(found.x, rounded(expected.x))
                np.testing.assert_array_equal(found.status, expected.status)
                np.testing.assert_array_equal(found.present, expected.present)
                distinct = dict.fromkeys(text for text in texts if text is not None)
                assert plain.seen == [text for text in distinct if text not in seen]
                seen += plain.seen


def test_it_stands_in_for_the_encoder(make_dump, tmp_path):
    torch.manual_seed(0)
    plain = NgramEncoder(NgramOptions(buckets=64, dim=4), torch.ones(64))
    posts = [
        {"post_id": f"p{i}", "own_text": text} for i, text in enumerate(["好[泪]", None, "好"])
    ]
    dump = make_dump(posts=posts)
    with FeatureCache(tmp_path) as cache:
        encoder = CachedTextEncoder(plain, cache)
        assert encoder.spec == plain.spec
        found = encode_posts(dump, encoder)
        expected = encode_posts(dump, plain)
        assert found.status.tolist() == [OK, MISSING, OK]
        np.testing.assert_array_equal(found.x, rounded(expected.x))
        again = encode_posts(dump, CachedTextEncoder(plain, cache))
        np.testing.assert_array_equal(again.x, found.x)


def test_no_texts(tmp_path):
    with FeatureCache(tmp_path) as cache:
        plain = CountingTextEncoder()
        assert encode(CachedTextEncoder(plain, cache), []).x.shape == (0, DIM)
        assert encode(CachedTextEncoder(plain, cache), [None]).status.tolist() == [MISSING]
        assert plain.seen == []


def test_a_run_that_is_killed_keeps_its_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_PART", 3)

    class Stopped(CountingTextEncoder):
        def encode(self, ids, texts):
            if len(self.seen) == 6:
                raise KeyboardInterrupt
            return super().encode(ids, texts)

    texts = [str(i) for i in range(8)]
    with FeatureCache(tmp_path) as cache:
        with pytest.raises(KeyboardInterrupt):
            encode(CachedTextEncoder(Stopped(), cache), texts)
        plain = CountingTextEncoder()
        encode(CachedTextEncoder(plain, cache), texts)
    assert plain.seen == ["6", "7"]
