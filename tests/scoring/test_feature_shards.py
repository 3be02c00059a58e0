"""Shards on disk: read back as they were written, as exactly as their encoder asks for."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.schema.features import MISSING, OK, EncoderSpec, Features
from gnn_emotion.scoring import feature_shards
from gnn_emotion.scoring.feature_shards import encode_in_shards


class Numbers:
    """An encoder that gives large numbers and fractions; counts what it was asked for."""

    def __init__(self, options: dict[str, object], value: float) -> None:
        self.spec, self.value, self.asked = EncoderSpec("numbers", "1", 2, options), value, 0

    def encode(self, ids, texts) -> Features:
        self.asked += len(ids)
        present = np.array([bool(text) for text in texts.to_pylist()])
        x = np.where(present[:, None], np.float32(self.value), np.float32(0)).repeat(2, axis=1)
        status = np.where(present, OK, MISSING).astype(np.uint8)
        return Features(ids, x, present, status, self.spec)


@pytest.fixture(scope="module")
def dump(make_dump):
    texts = ["一", None, "二", "三", "四"]
    return make_dump(posts=[{"post_id": f"p{i}", "own_text": t} for i, t in enumerate(texts)])


@pytest.mark.parametrize(
    ("options", "value", "kept"),
    [
        ({}, 1 / 3, float(np.float16(1 / 3))),
        ({}, 20_001, float(np.float16(20_001))),
        ({"storage": "int32"}, 20_001, 20_001),
        ({"storage": "float32"}, 1 / 3, float(np.float32(1 / 3))),
    ],
)
def test_what_is_kept(dump, tmp_path, monkeypatch, options, value, kept):
    monkeypatch.setattr(feature_shards, "SHARD", 2)
    encoder = Numbers(options, value)
    found = encode_in_shards(dump, encoder, tmp_path)
    assert found.x.dtype == np.float32
    assert found.present.tolist() == [True, False, True, True, True]
    np.testing.assert_array_equal(found.x[found.present], kept)
    again = encode_in_shards(dump, encoder, tmp_path)
    np.testing.assert_array_equal(again.x, found.x)
    assert encoder.asked == 5
