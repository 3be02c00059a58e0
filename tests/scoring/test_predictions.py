"""The table of predictions."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.scoring.batch import ScoreOptions, score_dump
from gnn_emotion.scoring.predictions import prediction_schema, to_label_set
from gnn_emotion.scoring.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(model_folder):
    return Predictor.load(model_folder)


@pytest.mark.parametrize("name", [None, "smp2020", "polarity3", "ekman6"])
def test_rows_and_columns(dump, predictor, tmp_path, name):
    table = score_dump(dump, predictor, tmp_path, ScoreOptions(name, progress=False))
    used = label_set(name or "ekman7")
    assert table.schema == prediction_schema(used.name)
    ids = table["post_id"].to_pylist()
    assert ids == sorted(ids) == dump.read("posts")["post_id"].to_pylist()
    probs = np.stack([table[f"prob_{label}"].to_numpy() for label in used.labels], axis=1)
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)
    assert table["emotion"].to_pylist() == [used.labels[k] for k in probs.argmax(axis=1)]
    np.testing.assert_allclose(table["confidence"].to_numpy(), probs.max(axis=1), atol=1e-6)
    assert (np.abs(table["valence"].to_numpy()) <= 1).all()
    assert table["abstained"].to_pylist() == (probs.max(axis=1) < np.float32(0.3)).tolist()


def test_posts_without_words_say_so(dump, predictor, tmp_path):
    table = score_dump(dump, predictor, tmp_path, ScoreOptions(progress=False))
    own = dump.read("posts", ["own_text"])["own_text"]
    expected = ["ok" if text else "missing" for text in own.to_pylist()]
    assert table["status_text"].to_pylist() == expected
    assert "missing" in expected


def test_a_set_that_the_model_cannot_answer_is_refused(dump, predictor, tmp_path):
    with pytest.raises(LabelError, match="goemotions28"):
        score_dump(dump, predictor, tmp_path, ScoreOptions("goemotions28", progress=False))


def test_a_label_without_place_in_the_set_is_conditioned_away():
    probs = np.array([[0.9, 0.06, 0.04, 0, 0, 0, 0]])
    shown = to_label_set(probs, "ekman7", "ekman6")
    np.testing.assert_allclose(shown[0, :2], [0.6, 0.4])


def test_deleted_posts_abstain_and_placeholders_are_left_out(predictor, tmp_path):
    from gnn_emotion import read_dump

    csv = tmp_path / "posts.csv"
    csv.write_text(
        "post_id,text,parent_id\n"
        "4400000000000001,抱歉，此微博已被作者删除。查看帮助：,\n"
        "4400000000000002,太好了,4400000000000001\n"
        "4400000000000003,难过,4400000000000009\n",
        encoding="utf-8",
    )
    dump = read_dump(csv, tmp_path / "dump")
    table = score_dump(dump, predictor, tmp_path / "shards", ScoreOptions(progress=False))
    assert dump.rows("posts") == 4
    assert table["post_id"].to_pylist() == [f"440000000000000{i}" for i in (1, 2, 3)]
    deleted = table.filter(pc.equal(table["post_id"], "4400000000000001")).to_pylist()[0]
    assert deleted["abstained"] and deleted["status_text"] == "missing"
