"""A Hugging Face model as encoder: a tiny BERT with random weights, made here, without network."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizerFast

from gnn_emotion.encoders.text import hf_text
from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder, HuggingFaceOptions
from gnn_emotion.encoders.text.load_text import load_text_encoder
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


@contextmanager
def watched(encoder: HuggingFaceEncoder, holds: float = float("inf")) -> Iterator[list]:
    """Note the attention masks that the model is given; let memory run out above some tokens."""
    seen = []

    def watch(module, args, inputs):
        if inputs["input_ids"].numel() > holds:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        seen.append(inputs["attention_mask"].numpy())

    handle = encoder.model.register_forward_pre_hook(watch, with_kwargs=True)
    try:
        yield seen
    finally:
        handle.remove()
        encoder._tokens_per_batch = encoder.options.tokens_per_batch


@given(st.lists(st.sampled_from(["", "好", "今天", "太难过了", "no way", "今" * 31]), max_size=12))
def test_a_batch_holds_texts_of_like_length_in_tokens_within_the_budget(encoder, texts):
    with watched(encoder) as seen:
        encode(encoder, texts)
    lengths = [row.sum() for mask in seen for row in mask]
    words = {text for text in texts if text}
    tokens = [4 if text == "no way" else min(len(text) + 2, 32) for text in words]
    assert lengths == sorted(tokens, reverse=True)
    assert all(mask.size <= OPTIONS.tokens_per_batch for mask in seen)
    assert len(seen) <= sum(tokens) // (OPTIONS.tokens_per_batch // 2) + 1


#: 120 texts of one to forty tokens.
LONG = [
    "".join(random.Random(i).choices([*VOCABULARY[7:], "no ", "way "], k=1 + i % 40))
    for i in range(120)
]


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_same_rows_whatever_the_budget(bert, pooling):
    found = [
        encode(HuggingFaceEncoder(str(bert), HuggingFaceOptions(32, budget, pooling)), LONG).x
        for budget in (64, 512, 8192)
    ]
    assert len(np.unique(found[0].round(3), axis=0)) > 60
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [1, 7])
def test_passes_do_not_matter(encoder, monkeypatch, size):
    expected = encode(encoder, LONG).x
    monkeypatch.setattr(hf_text, "_TEXTS_PER_PASS", size)
    np.testing.assert_allclose(encode(encoder, LONG).x, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("holds", [32, 50, 200])
def test_batches_shrink_when_memory_runs_out(bert, caplog, holds):
    encoder = HuggingFaceEncoder(str(bert), HuggingFaceOptions(32, 1024))
    expected = encode(encoder, LONG).x
    with watched(encoder, holds) as seen:
        found = encode(encoder, LONG).x
        again = len(caplog.records)
        np.testing.assert_array_equal(encode(encoder, LONG).x, found)
    assert max(mask.size for mask in seen) <= holds
    assert "out of memory: batches of" in caplog.text
    # What ran out once is not tried again.
    assert again == len(caplog.records) <= 6
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_memory_that_holds_no_text_is_an_error(encoder):
    with watched(encoder, 20), pytest.raises(ContractError, match="'cpu' runs out on one text of"):
        encode(encoder, LONG)


def test_out_of_memory_on_a_cpu_is_known_and_other_errors_are_passed_on(encoder):
    text = "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory"
    assert hf_text._is_out_of_memory(RuntimeError(text))

    def fail(module, args, inputs):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    handle = encoder.model.register_forward_pre_hook(fail, with_kwargs=True)
    try:
        with pytest.raises(RuntimeError, match="cannot be multiplied"):
            encode(encoder, LONG)
    finally:
        handle.remove()


@torch.inference_mode()
def test_the_state_of_the_first_token(bert):
    encoder = HuggingFaceEncoder(str(bert), HuggingFaceOptions(32, 512, "cls"))
    tokens = encoder.tokenizer("太难过了太难过了", return_tensors="pt")
    expected = encoder.model(**tokens).last_hidden_state[0, 0]
    np.testing.assert_allclose(encode(encoder, TEXTS).x[2], expected, atol=1e-6)


class Echo(torch.nn.Module):
    """A model whose states are the tokens that it was given."""

    config = BertConfig(hidden_size=1, max_position_embeddings=32)

    def forward(self, input_ids, **_):
        return SimpleNamespace(last_hidden_state=input_ids.unsqueeze(-1).float())


@pytest.mark.parametrize("side", ["right", "left"])
def test_padding_is_not_pooled_on_either_side(bert, side):
    for pooling in ("mean", "cls"):
        encoder = HuggingFaceEncoder(str(bert), HuggingFaceOptions(32, 512, pooling))
        encoder.model, encoder.tokenizer.padding_side = Echo(), side
        rows = encoder.tokenizer(["今", "今天真好"])["input_ids"]
        expected = [row[0] if pooling == "cls" else np.mean(row) for row in rows]
        found = encode(encoder, ["今", "今天真好"]).x[:, 0]
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_long_texts_are_cut(bert):
    encoder = HuggingFaceEncoder(str(bert), HuggingFaceOptions(max_length=8))
    x = encode(encoder, ["太难过了今天", "太难过了今天真好", "太难过了今天no"]).x
    np.testing.assert_allclose(x[1], x[0], atol=1e-6)
    np.testing.assert_allclose(x[2], x[0], atol=1e-6)


def test_no_more_tokens_than_the_model_has_positions(bert, encoder):
    default = HuggingFaceEncoder(str(bert))
    assert default.options.max_length > default.model.config.max_position_embeddings
    np.testing.assert_allclose(
        encode(default, ["好" * 400]).x, encode(encoder, ["好" * 400]).x, atol=1e-6
    )


def test_a_tokenizer_without_padding(bert, encoder, copy):
    for file in ("tokenizer_config.json", "special_tokens_map.json"):
        if (copy / file).is_file():
            stored = json.loads((copy / file).read_text())
            stored.pop("pad_token", None)
            (copy / file).write_text(json.dumps({**stored, "pad_token": None}))
    assert AutoTokenizer.from_pretrained(copy).pad_token is None
    found = HuggingFaceEncoder(str(copy), OPTIONS)
    np.testing.assert_allclose(encode(found, LONG).x, encode(encoder, LONG).x, atol=1e-6)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_half_precision_is_for_machines_that_compute_in_it(bert, precision, monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    options = HuggingFaceOptions(precision=precision)
    with pytest.raises(ContractError, match=f"precision '{precision}' on device 'cpu'; expected a"):
        HuggingFaceEncoder(str(bert), options)


@pytest.mark.skipif(
    not torch.cpu._is_avx512_bf16_supported(), reason="this CPU does not compute in bfloat16"
)
def test_bfloat16_on_a_cpu_gives_nearly_the_same(bert, encoder):
    half = HuggingFaceEncoder(bert, replace(encoder.options, precision="bfloat16"))
    ids, texts = pa.array(["1", "2"]), pa.array(["今天真开心", "气死我了"])
    x, exact = half.encode(ids, texts).x, encoder.encode(ids, texts).x
    np.testing.assert_allclose(x, exact, atol=5e-2)
    assert not np.array_equal(x, exact)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
def test_on_a_gpu(bert, encoder, precision):
    options = HuggingFaceOptions(32, 64, precision=precision)
    found = encode(HuggingFaceEncoder(str(bert), options, "cuda"), LONG).x
    tolerance = 1e-4 if precision == "float32" else 5e-2
    np.testing.assert_allclose(found, encode(encoder, LONG).x, atol=tolerance)


def test_equal_texts_are_encoded_once(encoder):
    with watched(encoder) as seen:
        encode(encoder, ["好", "好 ", "今天", None] * 50)
    assert sum(len(mask) for mask in seen) == 2


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
    cls = HuggingFaceOptions(OPTIONS.max_length, pooling="cls")
    others = [
        HuggingFaceEncoder(str(copy), OPTIONS).spec,
        HuggingFaceEncoder(str(bert)).spec,
        HuggingFaceEncoder(str(bert), cls).spec,
    ]
    revisions = {encoder.spec.revision, words.revision, others[0].revision}
    assert len(revisions) == 3
    assert len({encoder.spec.key, *(spec.key for spec in others)}) == 4
    assert encoder.spec is encoder.spec  # it hashes all the weights: once is enough


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


@pytest.mark.parametrize(
    ("options", "message"),
    [({"pooling": "max"}, "unknown pooling 'max'"), ({"precision": "half"}, "unknown precision")],
)
def test_options_check_themselves(options, message):
    with pytest.raises(ContractError, match=message):
        HuggingFaceOptions(**options)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("text", ["今天真好", "太难过了 no way", "好" * 40])
def test_the_tokens_of_a_text_make_its_features(bert, text, pooling):
    encoder = HuggingFaceEncoder(str(bert), replace(OPTIONS, pooling=pooling))
    parts = encoder.parts(text)
    whole = encoder.encode(pa.array(["1"]), pa.array([text])).x
    np.testing.assert_allclose(parts.join(parts.x[None]).detach().numpy(), whole, atol=1e-5)
    assert len(parts.x) <= OPTIONS.max_length
    # The marks at both ends stand nowhere in the text, and are part of nothing too.
    assert (parts.spans[[0, -1]] == 0).all()
    assert torch.equal(parts.x[[0, -1]], parts.baseline[[0, -1]])
    assert text[slice(*parts.spans[1])] == text[0]


def test_the_features_have_a_gradient_in_the_tokens(encoder):
    parts = encoder.parts("今天真好")
    versions = torch.stack([parts.x, parts.baseline]).requires_grad_()
    joined = parts.join(versions)
    assert not torch.allclose(joined[0], joined[1])
    (gradient,) = torch.autograd.grad(joined[0].sum(), versions)
    assert (gradient[0] != 0).any() and (gradient[1] == 0).all()
