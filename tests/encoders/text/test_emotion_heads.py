"""Heads of several sources over the vectors of one encoder, in a file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from gnn_emotion.encoders.text.emotion_heads import FILE, EmotionHeads, EmotionReader
from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder
from gnn_emotion.schema.errors import ContractError

pytestmark = pytest.mark.usefixtures("one_thread")
K, D = 7, 64
NAMES = ("weight", "bias", "temperature", "threshold")


@pytest.fixture
def heads() -> EmotionHeads:
    rng = np.random.default_rng(0)
    weight, bias = (rng.standard_normal(shape, "f4") for shape in ((2, K, D), (2, K)))
    temperature, threshold = np.array([[1, 4], [0.3, 0.5]], "f4")
    return EmotionHeads(("usual", "virus"), weight, bias, temperature, threshold, "abc")


def test_what_is_saved_is_loaded(heads, tmp_path):
    heads.save(tmp_path)
    found = EmotionHeads.load(tmp_path)
    assert (found.sources, found.revision) == (heads.sources, heads.revision)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(found, name), getattr(heads, name))


def test_each_source_has_a_head_and_a_temperature(heads):
    x = np.random.default_rng(1).standard_normal((5, D)).astype("f4")
    for at, (source, temperature) in enumerate((("usual", 1), ("virus", 4))):
        logits = x @ heads.weight[at].T + heads.bias[at]
        np.testing.assert_allclose(heads.logits(x, source), logits, rtol=1e-5)
        expected = np.exp(logits / temperature)
        expected /= expected.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(heads.probabilities(x, source), expected, rtol=1e-4)


def test_an_unknown_source(heads):
    with pytest.raises(ContractError, match="unknown data source 'usua'; did you mean 'usual'"):
        heads.probabilities(np.zeros((1, D), "f4"), "usua")


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": np.zeros((2, 6, D), "f4")},
        {"bias": np.zeros((1, K), "f4")},
        {"temperature": np.ones(1, "f4")},
        {"temperature": np.zeros(2, "f4")},
        {"threshold": np.zeros(3, "f4")},
        {"temperature": np.full(2, np.nan, "f4")},
    ],
)
def test_shapes_that_do_not_fit(heads, wrong):
    with pytest.raises(ContractError, match="expected"):
        replace(heads, **wrong)


def test_missing_and_damaged_files(heads, tmp_path):
    with pytest.raises(ContractError, match=f"{FILE} is missing"):
        EmotionHeads.load(tmp_path)
    heads.save(tmp_path)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ContractError, match=f"{FILE} is damaged"):
        EmotionHeads.load(tmp_path)
    tensors = {name: getattr(heads, name) for name in NAMES}
    told = {"sources": "usual\nvirus", "revision": "abc"}
    for kept, stated in ((("weight", "bias"), told), (tensors, None), (tensors, {"revision": "a"})):
        save_file({name: tensors[name] for name in kept}, tmp_path / FILE, metadata=stated)
        with pytest.raises(ContractError, match=f"{FILE} is damaged"):
            EmotionHeads.load(tmp_path)
    save_file({**tensors, "bias": heads.bias[:1]}, tmp_path / FILE, metadata=told)
    with pytest.raises(ContractError, match=f"{FILE} is damaged.*shape"):
        EmotionHeads.load(tmp_path)


def test_texts_are_labelled_by_the_encoder_that_the_heads_are_of(heads, folder, texts):
    encoder = HuggingFaceEncoder(str(folder))
    with pytest.raises(ContractError, match=f"of encoder abc, not {encoder.spec.revision}"):
        EmotionReader(encoder, heads)
    reader = EmotionReader(encoder, replace(heads, revision=encoder.spec.revision))
    found = reader.probabilities([*texts[:3], "", texts[0]], "virus")
    assert found.shape == (5, K)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(found[0], found[4])
    assert reader.probabilities([], "virus").shape == (0, K)
    assert not np.allclose(found[:3], reader.probabilities(texts[:3], "usual"))
