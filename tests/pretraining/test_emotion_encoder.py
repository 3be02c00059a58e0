"""From a pretrained folder to one that reads emotions: files, calibration, scores."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from transformers import AutoModel, AutoTokenizer

from gnn_emotion.encoders.text.emotion_heads import EmotionHeads, EmotionReader
from gnn_emotion.pretraining.emotion_encoder import fit_emotion_encoder
from gnn_emotion.pretraining.fine_tuning import FineTuneOptions
from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import ContractError

from ..weibo_texts import GLAD, SAD

LABELS = label_set("ekman7").labels
OPTIONS = FineTuneOptions(
    epochs=12,
    tokens_per_batch=256,
    learning_rate=1e-3,
    head_rate=1e-2,
    dropout=0.0,
    precision="float32",
)


def labelled(count: int, wrong: float = 0.0) -> LabelledTexts:
    """Two moods; some labels are wrong, so that nobody can be sure; synthetic."""
    rng = np.random.default_rng(count)
    glad = rng.random(count) < 0.5
    texts = [str(rng.choice(GLAD if g else SAD)) + str(i % 7) for i, g in enumerate(glad)]
    said = glad ^ (rng.random(count) < wrong)
    names = np.where(said, LABELS.index("joy"), LABELS.index("sadness"))
    return LabelledTexts.join([("diary", pa.array(texts), np.eye(7, dtype=bool)[names], 1.0)])


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, tokenizer):
    from gnn_emotion.encoders.text.compact_bert import save_bert

    from ..weibo_texts import tiny_bert

    folder = tmp_path_factory.mktemp("fitted")
    save_bert(tiny_bert(tokenizer), tokenizer, folder / "start")
    scores = fit_emotion_encoder(
        folder / "start", labelled(400, 0.2), labelled(300, 0.2), OPTIONS, folder / "out"
    )
    return folder / "out", scores


def test_it_reads_what_it_learned(fitted):
    folder, scores = fitted
    assert 0.7 < scores["diary"] < 0.9  # a fifth of the labels is wrong
    probs = EmotionReader.load(str(folder)).probabilities(["今天真开心", "今天很难过"], "diary")
    assert [LABELS[place] for place in probs.argmax(axis=1)] == ["joy", "sadness"]
    np.testing.assert_allclose(probs.sum(axis=1), 1)


def test_it_is_calibrated_and_knows_when_to_be_silent(fitted):
    folder, _ = fitted
    texts, reader = labelled(300, 0.2), EmotionReader.load(str(folder))
    probs = reader.probabilities(texts.texts.to_pylist(), "diary")
    right = probs.argmax(axis=1) == texts.allowed.argmax(axis=1)
    assert probs.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.05)
    silent = probs.max(axis=1) < reader.heads.threshold[0]
    assert 0 < silent.mean() < 0.25  # a tenth; of ten different texts, two may be as sure


def test_the_folder_is_an_ordinary_one(fitted):
    folder, _ = fitted
    assert AutoModel.from_pretrained(folder).config.hidden_size == 64
    assert AutoTokenizer.from_pretrained(folder)("好")["input_ids"]


def test_without_validation_texts_nothing_is_calibrated(folder, tmp_path):
    options = FineTuneOptions(epochs=1, tokens_per_batch=256)
    assert fit_emotion_encoder(folder, labelled(20), None, options, tmp_path / "out") == {}
    heads = EmotionHeads.load(tmp_path / "out")
    assert heads.temperature.tolist() == [1.0]
    assert heads.threshold.tolist() == [0.0]


def test_heads_of_another_encoder_are_refused(fitted, folder, tmp_path):
    EmotionHeads.load(fitted[0]).save(folder)
    with pytest.raises(ContractError, match="expected both from one folder"):
        EmotionReader.load(str(folder))
