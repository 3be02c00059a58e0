"""Words: effects add up, point at the words, and are those of the words that matter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
import torch

from gnn_emotion.encoders.store.cache import FeatureCache
from gnn_emotion.encoders.text.cached_text import CachedTextEncoder
from gnn_emotion.explain.words import GRADIENTS, OCCLUSION, word_effects, word_spans


class Opaque:
    """An encoder that cannot be divided."""

    def __init__(self, encoder) -> None:
        self.spec, self.encode = encoder.spec, encoder.encode


def probs_of(judge, encoder, texts):
    x = torch.from_numpy(
        encoder.encode(pa.array(list(map(str, range(len(texts))))), pa.array(texts)).x
    )
    return judge.with_features(x).detach().numpy()


TEXT = "今天天气真好 哈哈哈哈哈，no way！"


def test_integrated_gradients_sum_to_what_the_words_add(case):
    judge, encoder = case.judge(37), case.predictor.encoders.text
    for label in (0, 3):
        frame = word_effects(judge, encoder, TEXT, label)
        parts = encoder.parts(TEXT)
        x = torch.from_numpy(encoder.encode(pa.array(["a"]), pa.array([TEXT])).x)
        torch.testing.assert_close(parts.join(parts.x[None]), x)
        with_words, without = judge.with_features(torch.cat([x, 0 * x]))[:, label].tolist()
        # Signs and spaces have a share, and are no words.
        signs = "".join(frame.word)
        assert set(frame.method) == {GRADIENTS} and "，" not in signs
        spelled = word_effects(judge, encoder, "好", label)
        alone = probs_of(judge, encoder, ["好"])[0, label] - without
        assert spelled.effect.sum() == pytest.approx(alone, abs=2e-3)
        assert abs(frame.effect.sum()) <= 1.5 * abs(with_words - without) + 0.2


def test_occlusion_is_the_fall_without_the_word(case):
    judge, encoder = case.judge(37), case.predictor.encoders.text
    frame = word_effects(judge, Opaque(encoder), TEXT, 1)
    assert set(frame.method) == {OCCLUSION}
    for row in frame.itertuples():
        left = TEXT[: row.start] + TEXT[row.end :]
        before, after = probs_of(judge, encoder, [TEXT, left])[:, 1]
        assert row.effect == pytest.approx(before - after, abs=1e-6)


def test_spans_point_at_the_words():
    for text in (TEXT, "@某人 [泪]我太难过了😭 https://t.cn/abc", "İstanbul IS Great", "", "。。"):
        spans = word_spans(text)
        assert all(0 <= first < last <= len(text) for first, last in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
    words = [TEXT[first:last] for first, last in word_spans(TEXT)]
    assert {"今天天气", "哈哈", "way"} <= set(words) and "，" not in words
    assert "[泪]" in [("[泪]好")[a:b] for a, b in word_spans("[泪]好")]


def test_a_blank_post_has_no_words(case):
    frame = word_effects(case.judge(37), case.predictor.encoders.text, " \n", 0)
    assert len(frame) == 0 and list(frame.columns) == ["word", "start", "end", "effect", "method"]


def test_the_word_that_was_made_to_matter_comes_first(case):
    """An encoder that sees one word alone."""
    judge = case.judge(37)
    rng = np.random.default_rng(0)
    vector = 5 * rng.normal(size=8).astype(np.float32)

    class OneWord:
        def encode(self, ids, texts):
            rows = [vector if "难过" in text else 0 * vector for text in texts.to_pylist()]
            return type("Given", (), {"x": np.array(rows)})

    frame = word_effects(judge, OneWord(), "今天天气真好，我难过，哈哈", 2)
    hit = frame.word.str.contains("难过")
    assert hit.any() and (frame.effect[~hit] == 0).all() and (frame.effect[hit] != 0).all()


def test_an_encoder_that_remembers_is_divided_all_the_same(case, tmp_path):
    encoder = case.predictor.encoders.text
    cached = CachedTextEncoder(encoder, FeatureCache(tmp_path))
    judge = case.judge(37)
    frame = word_effects(judge, cached, TEXT, 0)
    assert set(frame.method) == {GRADIENTS}
    assert frame.equals(word_effects(judge, encoder, TEXT, 0))
