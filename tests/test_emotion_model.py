"""Frames in, frames out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion import EmotionModel, read_dump
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import DumpError, LabelError

from .scoring.conftest import frame, save_model


@pytest.fixture(scope="module")
def model():
    return EmotionModel.from_pretrained()


@pytest.fixture(scope="module")
def random_model(tmp_path_factory):
    return EmotionModel.from_pretrained(save_model(tmp_path_factory.mktemp("model")))


def test_only_text(model):
    texts = ["今天真开心[哈哈]", "气死我了，太过分了！", "好难过，想哭[泪]", "So happy today!"]
    out = model.predict(pd.DataFrame({"text": texts}, index=list("dbca")))
    assert out.index.tolist() == list("dbca")
    assert out.emotion.tolist() == ["joy", "anger", "sadness", "joy"]
    assert "post_id" not in out and "created_at" not in out
    probs = out[[f"prob_{label}" for label in model.labels]]
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["smp2020", "polarity3"])
def test_other_label_sets(model, name):
    out = model.predict(pd.DataFrame({"text": ["气死我了", "太好了"]}), label_set=name)
    labels = label_set(name).labels
    assert set(out.emotion) <= set(labels)
    assert [c for c in out if c.startswith("prob_")] == [f"prob_{label}" for label in labels]


def test_unknown_label_set_names_the_closest(model):
    with pytest.raises(LabelError, match="did you mean 'smp2020'"):
        model.predict(pd.DataFrame({"text": ["a"]}), label_set="smp2002")


def test_duplicates_and_odd_rows_keep_their_places(model):
    data = pd.DataFrame(
        {"text": ["开心", None, "开心", "", 5, "\ud83d", "a\0b"], "note": range(7)},
        index=[3, 3, 1, 0, 9, 7, 2],
    )
    out = model.predict(data)
    assert out.index.tolist() == data.index.tolist()
    assert out.prob_joy.iloc[0] == out.prob_joy.iloc[2]
    assert out.status_text.tolist()[1] == out.status_text.tolist()[3] == "missing"


def test_a_frame_and_its_file_agree(random_model, tmp_path):
    data = frame(200).sample(frac=1, random_state=0)
    data.to_csv(tmp_path / "posts.csv", index=False)
    by_frame = random_model.predict(data).set_index("post_id").sort_index()
    by_dump = random_model.predict(read_dump(tmp_path / "posts.csv")).set_index("post_id")
    assert by_frame.index.tolist() == by_dump.index.tolist()
    np.testing.assert_allclose(by_frame.prob_joy, by_dump.prob_joy, atol=1e-6)


def test_parents_change_labels(random_model):
    data = frame(100)
    linked = random_model.predict(data)
    alone = random_model.predict(data[["post_id", "text"]])
    assert np.abs(linked.prob_joy.to_numpy() - alone.prob_joy.to_numpy()).max() > 0.001


def test_an_unknown_device():
    with pytest.raises(ValueError, match="device is 'tpu'; expected cpu, cuda"):
        EmotionModel.from_pretrained(device="tpu")


def test_no_text_column(model):
    with pytest.raises(DumpError, match="text"):
        model.predict(pd.DataFrame({"txt": ["a"]}))


def test_it_says_in_one_line_what_it_is(random_model):
    shown = repr(random_model)
    assert shown.startswith("EmotionModel ") and "\n" not in shown
    assert random_model.predictor.model_id in shown and "ekman7: neutral, joy" in shown


def test_no_rows(model):
    out = model.predict(pd.DataFrame({"text": []}))
    assert len(out) == 0 and "emotion" in out
