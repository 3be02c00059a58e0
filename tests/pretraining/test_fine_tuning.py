"""Fine-tuning learns what can be learned, each source by its own labels."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import nn

from gnn_emotion.encoders.text.compact_bert import save_bert
from gnn_emotion.encoders.text.emotion_heads import EmotionHeads
from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder
from gnn_emotion.pretraining.fine_tuning import (
    FineTuneOptions,
    dropout_of,
    fine_tune,
    mean_state,
)
from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.schema.errors import ContractError

from ..weibo_texts import GLAD

pytestmark = pytest.mark.usefixtures("one_thread")
K, JOY, ANGER, SURPRISE, FEAR = 7, 1, 2, 6, 4
OPTIONS = FineTuneOptions(
    epochs=6, tokens_per_batch=256, learning_rate=3e-3, head_rate=1e-2, precision="float32"
)


def is_glad(texts: list[str]) -> np.ndarray:
    return np.array([any(words in text for words in GLAD) for text in texts])


def allowed(glad: np.ndarray, yes: list[int], no: list[int]) -> np.ndarray:
    out = np.zeros((len(glad), K), dtype=bool)
    out[np.ix_(glad, yes)] = out[np.ix_(~glad, no)] = True
    return out


@pytest.fixture
def labelled(texts) -> LabelledTexts:
    """Return the same texts from two sources that call the moods by other names."""
    glad = is_glad(texts)
    return LabelledTexts.join(
        [
            ("one", pa.array(texts), allowed(glad, [JOY], [ANGER]), 1.0),
            ("two", pa.array(texts), allowed(glad, [SURPRISE], [FEAR]), 0.5),
        ]
    )


def answers(model, tokenizer, heads, texts, source) -> np.ndarray:
    tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        x = mean_state(model.eval(), tokens, tokens != tokenizer.pad_token_id)
        return heads(x, torch.full((len(texts),), source)).numpy()


def test_each_source_is_learned_as_it_labels(model, tokenizer, labelled, texts):
    heads = fine_tune(model, tokenizer, labelled, OPTIONS)
    glad = is_glad(texts)
    for source, (yes, no) in enumerate(((JOY, ANGER), (SURPRISE, FEAR))):
        found = answers(model, tokenizer, heads, texts, source).argmax(axis=1)
        assert (found == np.where(glad, yes, no)).mean() > 0.95


def test_of_labels_that_are_not_told_apart_either_will_do(model, tokenizer, texts):
    """Half of the glad texts may be joy or surprise: the other half says which."""
    glad = is_glad(texts)
    labels = allowed(glad, [JOY, SURPRISE], [ANGER])
    sure = glad & (np.arange(len(texts)) % 2 == 0)
    labels[sure, SURPRISE] = False
    source = LabelledTexts.join([("one", pa.array(texts), labels, 1.0)])
    heads = fine_tune(model, tokenizer, source, OPTIONS)
    logits = answers(model, tokenizer, heads, texts, 0)
    assert (logits.argmax(axis=1) == np.where(glad, JOY, ANGER)).mean() > 0.95
    # Labels that no text may have are unlikely.
    assert logits[:, FEAR].max() < logits.max(axis=1).min()


def test_the_same_seed_gives_the_same_bits(model, tokenizer, labelled):
    start = {name: t.clone() for name, t in model.state_dict().items()}
    found = []
    for seed in (0, 0, 1):
        model.load_state_dict(start)
        options = FineTuneOptions(epochs=1, tokens_per_batch=512, precision="float32", seed=seed)
        heads = fine_tune(model, tokenizer, labelled, options)
        weight = model.bert.embeddings.word_embeddings.weight.detach().clone()
        found.append((heads.weight.detach(), weight))
    first, again, other = found
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0]) and not torch.equal(first[1], other[1])


def test_epochs_are_told_and_dropout_is_as_it_was(model, tokenizer, labelled):
    layers = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    assert layers and all(layer.p == 0 for layer in layers)
    told = []

    def after(epoch, heads):
        told.append((epoch, float(heads.weight.detach().abs().sum())))
        assert all(layer.p == 0.25 for layer in layers)
        model.eval()  # as one who measures would

    options = FineTuneOptions(epochs=3, tokens_per_batch=1024, dropout=0.25, precision="float32")
    fine_tune(model, tokenizer, labelled, options, after_epoch=after)
    assert [epoch for epoch, _ in told] == [1, 2, 3]
    assert len({size for _, size in told}) == 3
    assert all(layer.p == 0 for layer in layers) and not model.training


def test_dropout_is_put_back_after_an_error(model):
    layer = next(module for module in model.modules() if isinstance(module, nn.Dropout))
    with pytest.raises(KeyError), dropout_of(model, 0.5):
        assert layer.p == 0.5
        raise KeyError
    assert layer.p == 0


def test_light_sources_make_small_steps(model, tokenizer, texts):
    labels = allowed(is_glad(texts), [JOY], [ANGER])
    one = FineTuneOptions(epochs=1, tokens_per_batch=10**6, dropout=0, precision="float32")
    start = {name: t.clone() for name, t in model.state_dict().items()}
    gradients = []
    for weight in (1.0, 0.1):
        model.load_state_dict(start)
        given = LabelledTexts.join([("one", pa.array(texts), labels, weight)])
        heads = fine_tune(model, tokenizer, given, one)
        gradients.append(heads.bias.grad.abs().sum())
    assert gradients[1] == pytest.approx(0.1 * float(gradients[0]), rel=1e-3)


def test_heads_read_what_the_encoder_gives(model, tokenizer, labelled, texts, tmp_path):
    """From fine-tuning to a folder: the vectors of the encoder are those that were learned on."""
    heads = fine_tune(model, tokenizer, labelled, OPTIONS)
    save_bert(model, tokenizer, tmp_path)
    encoder = HuggingFaceEncoder(str(tmp_path))
    weight, bias = heads.weight.detach().numpy(), heads.bias.detach().numpy()
    one, none = np.ones(2, "f4"), np.zeros(2, "f4")
    fitted = EmotionHeads(labelled.sources, weight, bias, one, none, encoder.spec.revision)
    x = encoder.encode(pa.array([str(n) for n in range(20)]), pa.array(texts[:20])).x
    expected = answers(model, tokenizer, heads, texts[:20], 1)
    np.testing.assert_allclose(fitted.logits(x, "two"), expected, atol=0.1)


def test_no_texts(model, tokenizer, labelled):
    with pytest.raises(ContractError, match="no labelled texts"):
        fine_tune(model, tokenizer, labelled.take(np.array([], dtype=np.int64)), OPTIONS)


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"head_rate": 0}, {"dropout": 1}, {"precision": "half"}]
)
def test_options_that_cannot_be(wrong):
    with pytest.raises(ContractError, match=next(iter(wrong))):
        FineTuneOptions(**wrong)
