"""From the words of a text to scores of the labels of a set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gnn_emotion.encoders.text.classifiers.lexicon import LexiconEncoder, LexiconOptions
from gnn_emotion.encoders.text.classifiers.lexicon_files import read_lexicon
from gnn_emotion.encoders.text.load_text import fit_text_encoder, load_text_encoder
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import ContractError, LabelError

from .conftest import write_lexicon

TEXTS = pa.array(
    ["我今天非常开心！", "我很难过[泪]", "太愤怒了", "今天去图书馆", "不开心", None, "他们有点惊讶"]
)


def scores(encoder, texts: pa.Array = TEXTS) -> np.ndarray:
    return encoder.encode(pa.array([str(i) for i in range(len(texts))]), texts).x


def answers(encoder, native: str) -> list[str]:
    return [label_set(native).labels[i] for i in scores(encoder).argmax(axis=1)]


@pytest.fixture(scope="module")
def lexicon(lexicon_folder: Path):
    return read_lexicon(lexicon_folder)


def test_each_text_says_what_it_says(lexicon):
    found = answers(LexiconEncoder(lexicon, "ekman7"), "ekman7")
    assert found[:5] == ["joy", "sadness", "anger", "neutral", "sadness"]
    assert found[6] == "surprise"


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("polarity3", ["positive", "negative", "negative", "neutral", "negative"]),
        ("smp2020", ["happy", "sad", "angry", "neutral", "sad"]),
    ],
)
def test_other_label_sets(lexicon, native, expected):
    encoder = LexiconEncoder(lexicon, native)
    assert encoder.spec.dim == label_set(native).K
    found = answers(encoder, native)
    assert found[:5] == expected
    # Surprise is neither good nor bad.
    assert found[6] == ("neutral" if native == "polarity3" else "surprise")


def test_without_neutral_a_text_that_says_nothing_says_all_alike(lexicon):
    found = scores(LexiconEncoder(lexicon, "dutir7"))
    np.testing.assert_allclose(found[3], np.log(1 / 7), rtol=1e-5)
    assert answers(LexiconEncoder(lexicon, "dutir7"), "dutir7")[:3] == ["joy", "sadness", "anger"]


def test_a_set_that_dutir_cannot_answer_is_refused(lexicon):
    with pytest.raises(LabelError, match="'dutir21' cannot answer 'goemotions28'"):
        LexiconEncoder(lexicon, "goemotions28")


def test_scores_are_log_probabilities(lexicon):
    found = scores(LexiconEncoder(lexicon, "ekman7"))
    np.testing.assert_allclose(np.exp(np.delete(found, 5, axis=0)).sum(axis=1), 1, rtol=1e-5)
    assert not found[5].any()


def test_words_of_crowded_classes_count_less(tmp_path):
    """PH has many words, NA has one: 英明 and 愤怒 are as strong, and in one text."""
    crowd = [f"赞{chr(0x4E00 + i)}, adj, 1, 1, PH, 5, 1" for i in range(50)]
    rows = ["英明, adj, 1, 1, PH, 5, 1", "愤怒, adj, 1, 1, NA, 5, 2", *crowd]
    lexicon = read_lexicon(write_lexicon(tmp_path, rows))
    text = pa.array(["英明，愤怒"])
    joy, anger = (label_set("ekman7").labels.index(name) for name in ("joy", "anger"))
    alike = scores(LexiconEncoder(lexicon, "ekman7", LexiconOptions(balance=0.0)), text)[0]
    weighed = scores(LexiconEncoder(lexicon, "ekman7"), text)[0]
    np.testing.assert_allclose(alike[joy], alike[anger], rtol=1e-5)
    assert weighed[anger] - weighed[joy] > 1


def test_more_neutral_is_more_neutral(lexicon):
    found = [
        scores(LexiconEncoder(lexicon, "ekman7", LexiconOptions(neutral=n)))[1, 0] for n in (0.1, 1)
    ]
    assert found[1] > found[0] + 0.5


def test_a_checkpoint_has_the_options_and_none_of_the_words(lexicon_folder, tmp_path):
    name = f"lexicon:{lexicon_folder}?window=2&neutral=0.5"
    encoder = fit_text_encoder(name, TEXTS, None, tmp_path, "smp2020")
    text = (tmp_path / "lexicon.json").read_text(encoding="utf-8")
    assert "开心" not in text and [f.name for f in tmp_path.iterdir()] == ["lexicon.json"]
    loaded = load_text_encoder(name, tmp_path)
    assert loaded.spec == encoder.spec
    assert loaded.options == LexiconOptions(window=2, neutral=0.5)
    np.testing.assert_array_equal(scores(loaded), scores(encoder))


def test_another_lexicon_is_another_encoder(lexicon_folder, tmp_path):
    encoder = fit_text_encoder(f"lexicon:{lexicon_folder}", TEXTS, None, tmp_path)
    same = load_text_encoder(f"lexicon:{write_lexicon(tmp_path / 'same')}", tmp_path)
    assert same.spec == encoder.spec
    rows = ["开心, adj, 1, 1, PA, 9, 1"]
    other = load_text_encoder(f"lexicon:{write_lexicon(tmp_path / 'other', rows)}", tmp_path)
    assert not encoder.spec.accepts(other.spec)


@pytest.mark.parametrize(
    "damage", ["{", "[]", "{}", '{"label_set": "ekman7", "options": {"a": 1}}']
)
def test_a_damaged_file_is_refused(lexicon_folder, tmp_path, damage):
    (tmp_path / "lexicon.json").write_text(damage)
    with pytest.raises(ContractError, match=r"lexicon\.json is damaged"):
        load_text_encoder(f"lexicon:{lexicon_folder}", tmp_path)


@pytest.mark.parametrize("name", ["balance", "neutral"])
def test_options_check_themselves(name):
    with pytest.raises(ContractError, match=f"{name} is -1; expected 0 or more"):
        LexiconOptions(**{name: -1})
