"""The text encoders that travel with the package: whole, small, and able to read."""

from __future__ import annotations

import pyarrow as pa
import pytest
from transformers import AutoModel, AutoTokenizer

from gnn_emotion.encoders.text.bundled_text import BASE, BUNDLED_TEXT, FAST, bundled_text
from gnn_emotion.encoders.text.emotion_heads import EmotionReader
from gnn_emotion.encoders.text.load_text import is_costly, load_text_encoder
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import ContractError

LABELS = label_set("ekman7").labels


def test_the_transformer_is_an_ordinary_folder():
    folder = bundled_text(BASE)
    model = AutoModel.from_pretrained(folder)
    assert len(AutoTokenizer.from_pretrained(folder)) == model.config.vocab_size


@pytest.mark.parametrize("name", BUNDLED_TEXT)
def test_it_is_small_and_has_a_model_card(name):
    folder = bundled_text(name)
    assert (folder / "README.md").read_text("utf-8").startswith(f"# Model card: {name}")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 20_000_000
    assert not list(folder.glob("*.bin"))


@pytest.mark.parametrize("name", BUNDLED_TEXT)
def test_it_reads_unmistakable_texts(name):
    reader = EmotionReader.load(name)
    texts = ["今天真开心，太幸福了[哈哈]", "伤心死了，一直哭[泪]", "好害怕，不敢一个人睡"]
    for source in ("smp2020_usual", "smp2020_virus", "nlpcc2014"):
        probs = reader.probabilities(texts, source)
        assert [LABELS[at] for at in probs.argmax(axis=1)] == ["joy", "sadness", "fear"], source
    # Emoticons calibrate nothing: what they label has no validation part.
    judged = [not name.startswith("emoticon") for name in reader.heads.sources]
    assert (reader.heads.threshold[judged] > 0).all()


def test_traditional_full_width_and_plain_texts_are_one():
    encoder = load_text_encoder("weibo-base", bundled_text("weibo-base"))
    texts = pa.array(["終於見到你，太開心了ＯＫ", "终于见到你,太开心了ok"])
    x = encoder.encode(pa.array(["1", "2"]), texts).x
    assert (x[0] == x[1]).all()
    assert encoder.spec.encoder == "weibo-base"
    assert is_costly(BASE)
    assert not is_costly(FAST)


def test_the_fast_one_takes_no_options(tmp_path):
    assert load_text_encoder(FAST, tmp_path).spec == EmotionReader.load(FAST).encoder.spec
    with pytest.raises(ContractError, match="'weibo-fast' takes no options"):
        load_text_encoder(f"{FAST}?pooling=cls", tmp_path)


def test_a_name_that_is_near():
    with pytest.raises(ContractError, match="no bundled encoder 'weibo-bas'; did you mean"):
        bundled_text("weibo-bas")
