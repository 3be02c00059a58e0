"""The folder of a compact BERT is an ordinary one, and holds all that pretraining goes on with."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, BertModel

from gnn_emotion.encoders.text.compact_bert import (
    CompactBertOptions,
    guess_hidden,
    load_bert,
    save_bert,
)
from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder
from gnn_emotion.schema.errors import ContractError

pytestmark = pytest.mark.usefixtures("one_thread")


def test_it_loads_with_transformers_alone(folder, model, texts):
    tokens = AutoTokenizer.from_pretrained(folder)(texts[:5], padding=True, return_tensors="pt")
    loaded = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        found = loaded(**tokens).last_hidden_state
        expected = model.bert(**tokens).last_hidden_state
    # float16 on disk.
    np.testing.assert_allclose(found, expected, atol=0.02)
    stored = load_file(folder / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    # The words that are guessed are those that go in: a third of the file.
    assert "cls.predictions.decoder.weight" not in stored


def test_it_is_a_text_encoder(folder, texts, capfd):
    encoder = HuggingFaceEncoder(str(folder))
    found = encoder.encode(pa.array(["a", "b", "c"]), pa.array([texts[0], None, texts[0]]))
    assert found.x.shape == (3, 64) and found.present.tolist() == [True, False, True]
    assert (found.x[0] == found.x[2]).all() and found.x[0].any()
    assert {p.dtype for p in encoder.model.parameters()} == {torch.float32}
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_what_is_loaded_guesses_as_what_was_saved(folder, tokenizer, tmp_path, capfd):
    again, model = load_bert(folder)
    assert again.get_vocab() == tokenizer.get_vocab()
    assert again.model_max_length == 32
    save_bert(model, again, tmp_path / "second")
    _, second = load_bert(tmp_path / "second")
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    for name, weights in model.state_dict().items():
        assert weights.dtype == torch.float32
        assert torch.equal(weights, second.state_dict()[name])


def test_the_vocabulary_is_read_in_hidden_places_alone(model):
    tokens = torch.randint(5, 50, (3, 7))
    mask = torch.ones_like(tokens)
    hidden = torch.rand(3, 7) < 0.4
    model.eval()
    whole = model(input_ids=tokens, attention_mask=mask).logits
    torch.testing.assert_close(guess_hidden(model, tokens, mask, hidden), whole[hidden])


def test_the_shape(model, tokenizer):
    config = model.config
    assert (config.hidden_size, config.num_hidden_layers, config.num_attention_heads) == (64, 1, 1)
    assert config.vocab_size == len(tokenizer) and config.max_position_embeddings == 32
    assert config.pad_token_id == tokenizer.pad_token_id


@pytest.mark.parametrize("options", [{"hidden_size": 100}, {"hidden_size": 0}, {"layers": 0}])
def test_shapes_that_there_are_not(options):
    with pytest.raises(ContractError, match=f"{next(iter(options))} is"):
        CompactBertOptions(**options)


def without_its_head(folder):
    path = folder / "model.safetensors"
    kept = {name: t for name, t in load_file(path).items() if not name.startswith("cls.")}
    save_file(kept, path, metadata={"format": "pt"})


def without_config(folder):
    (folder / "config.json").unlink()


def garbled(folder):
    (folder / "model.safetensors").write_bytes(b"garbage")


def of_another_kind(folder):
    stored = json.loads((folder / "config.json").read_text())
    stored |= {"model_type": "distilbert", "architectures": ["DistilBertForMaskedLM"]}
    (folder / "config.json").write_text(json.dumps(stored))


def without_tokenizer(folder):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()


@pytest.mark.parametrize(
    "harm", [without_its_head, without_config, garbled, of_another_kind, without_tokenizer]
)
def test_what_is_no_such_model(folder, harm):
    harm(folder)
    with pytest.raises(ContractError, match=r"tiny .*; expected") as told:
        load_bert(folder)
    assert "\n" not in str(told.value)


def test_a_model_without_the_head_is_an_encoder_all_the_same(folder, texts):
    """What transformers calls a BertModel has no head that guesses; vectors need none."""
    BertModel.from_pretrained(folder, add_pooling_layer=False).save_pretrained(folder)
    ids, some = pa.array(["a"]), pa.array(texts[:1])
    assert HuggingFaceEncoder(str(folder)).encode(ids, some).present.all()
