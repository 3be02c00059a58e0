"""A Hugging Face model as encoder: a tiny BERT with random weights, made here, without network."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizerFast

from gnn_emotion.encoders.hf_text import HuggingFaceEncoder, HuggingFaceOptions
from gnn_emotion.encoders.text import load_text_encoder
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING, OK

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
VOCABULARY = [*SPECIAL, "no", "way", *"今天真好太难过了"]
TEXTS = ["今天真好", None, "太难过了太难过了", " \n", "no way", "", "好", "今天真好", "好" * 40]
EMPTY = np.array([text is None or not text.strip() for text in TEXTS])
OPTIONS = HuggingFaceOptions(max_length=32, tokens_per_batch=64)


def save_bert(folder: Path, vocabulary: list[str] = VOCABULARY) -> Path:
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(
        vocab_size=len(vocabulary), intermediate_size=16, max_position_embeddings=32, **shape
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory) -> Path:
    return save_bert(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="module")
def encoder(bert) -> HuggingFaceEncoder:
    return HuggingFaceEncoder(str(bert), OPTIONS)


@pytest.fixture
def copy(bert, tmp_path) -> Path:
    return shutil.copytree(bert, tmp_path / "tiny-bert")


def encode(encoder: HuggingFaceEncoder, texts: list[str | None]):
    return encoder.encode(pa.array([str(i) for i in range(len(texts))]), pa.array(texts, "string"))


def test_empty_texts_are_missing_and_zero(encoder):
    found = encode(encoder, TEXTS)
    assert found.x.shape == (len(TEXTS), 8)
    assert found.x.dtype == np.float32
    assert found.status.tolist() == [MISSING if empty else OK for empty in EMPTY]
    assert (found.present == ~EMPTY).all()
    assert not found.x[EMPTY].any()
    assert encode(encoder, [None, ""]).x.shape == (2, 8)
    assert encode(encoder, []).x.shape == (0, 8)


@torch.inference_mode()
def test_the_mean_of_the_last_hidden_states(encoder, bert):
    tokens = AutoTokenizer.from_pretrained(bert)("太难过了太难过了", return_tensors="pt")
    hidden = AutoModel.from_pretrained(bert).eval()(**tokens).last_hidden_state
    np.testing.assert_allclose(encode(encoder, TEXTS).x[2], hidden[0].mean(0), atol=1e-6)


def test_padding_and_company_do_not_matter(encoder):
    together = encode(encoder, TEXTS).x
    for row in np.flatnonzero(~EMPTY):
        np.testing.assert_allclose(encode(encoder, [TEXTS[row]]).x[0], together[row], atol=1e-6)
    np.testing.assert_allclose(together[0], together[7], atol=1e-6)


@given(st.lists(st.sampled_from(["", "好", "今天", "太难过了", "今" * 31]), max_size=12))
def test_batches_hold_every_text_once_within_the_budget(encoder, texts):
    rows = np.array([i for i, text in enumerate(texts) if text], dtype=np.int64)
    batches = list(encoder._batches(texts, rows))
    assert sorted(row for batch in batches for row in batch) == rows.tolist()
    for batch in batches:
        tokens = min(max(len(texts[row]) for row in batch) + 2, OPTIONS.max_length)
        assert tokens * len(batch) <= OPTIONS.tokens_per_batch


def test_batches_of_any_size_keep_the_order(bert, encoder):
    texts = ["好", "今" * 31, "", "太难过了", "今天", "no", "way no", "真好", "过了"] * 3
    expected = encode(encoder, texts)
    for budget in (32, 40, 4096):
        found = encode(HuggingFaceEncoder(str(bert), HuggingFaceOptions(32, budget)), texts)
        np.testing.assert_allclose(found.x, expected.x, atol=1e-6)
    assert len(np.unique(expected.x[:9].round(4), axis=0)) == 9


def test_the_spec_says_all_that_changes_a_vector(encoder, bert, copy, tmp_path):
    assert encoder.spec.encoder == "tiny-bert"
    assert encoder.spec.dim == 8
    assert HuggingFaceEncoder(str(copy), OPTIONS).spec == encoder.spec
    turned = [*VOCABULARY[:-2], *VOCABULARY[:-3:-1]]
    words = HuggingFaceEncoder(str(save_bert(tmp_path / "words", turned)), OPTIONS).spec
    weights = load_file(copy / "model.safetensors")
    weights["encoder.layer.0.output.dense.bias"] += 1
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    others = [HuggingFaceEncoder(str(copy), OPTIONS).spec, HuggingFaceEncoder(str(bert)).spec]
    revisions = {encoder.spec.revision, words.revision, others[0].revision}
    assert len(revisions) == 3
    assert len({encoder.spec.key, *(spec.key for spec in others)}) == 3


def test_a_model_without_pooler_is_the_same_whenever_it_is_loaded(encoder, copy):
    weights = load_file(copy / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if not name.startswith("pooler.")}
    assert len(kept) < len(weights)
    save_file(kept, copy / "model.safetensors", metadata={"format": "pt"})
    torch.manual_seed(1)
    assert HuggingFaceEncoder(str(copy), OPTIONS).spec == encoder.spec


def test_a_model_without_some_weights_is_refused(copy):
    weights = load_file(copy / "model.safetensors")
    del weights["encoder.layer.0.output.dense.bias"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ContractError, match=r"lacks 1 weights, first 'encoder\.layer"):
        HuggingFaceEncoder(str(copy))


@pytest.mark.parametrize("name", ["no-such/model", "nosuch", "/nowhere/at/all", "", "two words"])
def test_an_unknown_name_is_one_clear_error(name):
    message = f"^text encoder {name!r} cannot be loaded: .+; expected 'embedded', the folder of"
    with pytest.raises(ContractError, match=message) as caught:
        load_text_encoder(name, Path())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["weights", "config", "vocabulary", "empty"])
def test_a_damaged_folder_is_one_clear_error(copy, damage):
    if damage == "weights":
        stored = (copy / "model.safetensors").read_bytes()
        (copy / "model.safetensors").write_bytes(stored[: len(stored) // 2])
    elif damage == "config":
        (copy / "config.json").write_text("{")
    else:
        for file in copy.iterdir():
            if damage == "empty" or file.name.startswith(("vocab", "tokenizer")):
                file.unlink()
    with pytest.raises(ContractError, match=r"'.*tiny-bert' cannot be loaded: .+") as caught:
        HuggingFaceEncoder(str(copy))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("length", "tokens"), [(1, 10), (11, 10), (0, 0)])
def test_a_batch_holds_the_longest_text(length, tokens):
    with pytest.raises(ValueError, match="expected 1 < max_length <= tokens_per_batch"):
        HuggingFaceOptions(length, tokens)
