"""``gnn-emotion pretrain``: from texts to a folder that the other commands take."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from gnn_emotion.encoders.text.character_map import character_map
from gnn_emotion.encoders.text.compact_bert import load_bert

from ..weibo_texts import weibo_texts

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = ("--vocabulary", 6100, "--hidden-size", 64, "--layers", 1)
HOW = ("--held-out", 30, "--tokens-per-batch", 512, "--precision", "float32")


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("texts") / "texts.parquet"
    pd.DataFrame({"text": weibo_texts(300)}).to_parquet(path)
    return path


@pytest.fixture
def made(run, table, tmp_path) -> Path:
    pytest.importorskip("sentencepiece")
    ran = run("pretrain", table, "--output", tmp_path / "encoder", *SMALL, *HOW)
    assert ran.code == 0, ran.err
    assert ran.err == ""
    assert "300 rows read" in ran.out and "guessed of the hidden tokens" in ran.out
    return tmp_path / "encoder"


def test_a_model_is_trained_on_what_was_pretrained(run, made, posts, tmp_path):
    model, score = tmp_path / "model", tmp_path / "scores.csv"
    ran = run("train", posts, "--text-encoder", made, "--output", model, "--conv", "none")
    assert ran.code == 0, ran.err
    ran = run("score", posts, "--model", model, "--output", score)
    assert ran.code == 0, ran.err
    assert len(pd.read_csv(score)) == 200
    # What it reads lies elsewhere, and may go or change.
    moved = made.rename(tmp_path / "gone")
    ran = run("score", posts, "--model", model, "--output", tmp_path / "again.csv")
    assert ran.code == 1 and "encoder' cannot be loaded" in ran.err
    ran = run("pretrain", posts, "--output", made, "--start", moved, *HOW, "--learning-rate", 0.01)
    assert ran.code == 0, ran.err
    ran = run("score", posts, "--model", model, "--output", tmp_path / "again.csv")
    assert ran.code == 1 and "the model was trained on 'encoder' revision" in ran.err
    assert not (tmp_path / "again.csv").exists()


def test_again_and_further(run, made, table):
    again = run("pretrain", table, "--output", made, *SMALL, *HOW)
    more = run("pretrain", table, "--output", made, *SMALL, *HOW, "--epochs", 2)
    steps = [int(ran.out.split(" steps")[0].split("\n")[-1]) for ran in (again, more)]
    assert steps[1] == 2 * steps[0]


def test_texts_that_are_left_out(run, table, tmp_path):
    pytest.importorskip("sentencepiece")
    judged = tmp_path / "judged.csv"
    pd.DataFrame({"text": [text + "！" for text in weibo_texts(300)[:50]]}).to_csv(judged)
    ran = run("pretrain", table, "--output", tmp_path / "m", *SMALL, *HOW, "--leave-out", judged)
    assert ran.code == 0, ran.err
    left = int(ran.out.split("left out ")[1].split(" of")[0])
    assert left >= 50


def test_too_few_texts(run, table, tmp_path):
    pytest.importorskip("sentencepiece")
    ran = run("pretrain", table, "--output", tmp_path / "m")
    assert ran.code == 1 and "more than the 2,000 that are held out" in ran.err
    assert not (tmp_path / "m").exists()


def test_an_empty_dump(run, tmp_path):
    pytest.importorskip("sentencepiece")
    (tmp_path / "posts.csv").write_text("text\n")
    ran = run("pretrain", tmp_path / "posts.csv", "--output", tmp_path / "m")
    assert ran.code == 1 and ran.err.startswith("error: ") and ran.err.count("\n") == 1
    assert not (tmp_path / "m").exists()


@pytest.fixture
def unread(monkeypatch):
    """Make reading a failure: what is wrong is to be said before."""

    def read(*given, **named):
        raise AssertionError("the texts were read")

    monkeypatch.setattr("gnn_emotion.pipeline.read", read)


@pytest.mark.parametrize(
    "wrong, told",
    [
        (["--vocabulary", "4000"], "a vocabulary of 4000 tokens has no room"),
        (["--epochs", "0"], "epochs is 0.0"),
        (["--epochs", "inf"], "epochs is inf"),
        (["--hidden-size", "100"], "hidden_size is 100, expected a multiple of 64"),
        (["--layers", "0"], "layers is 0"),
        (["--precision", "half"], "'half' is not one of"),
        (["--held-out", "0"], "held_out is 0"),
        (["--learning-rate", "nan"], "learning_rate is nan"),
        (["--device", "tpu"], "device is 'tpu'"),
        (["--start", "."], "--layers is of a new model"),
        (["--start", "nowhere"], "there is no folder 'nowhere'"),
        (["--leave-out", "nowhere"], "'nowhere' does not exist"),
    ],
)
def test_wrong_options(run, table, tmp_path, unread, wrong, told):
    shape = ["--layers", 2] if "." in wrong else []
    ran = run("pretrain", table, "--output", tmp_path / "m", *wrong, *shape)
    assert ran.code == 2, ran.err
    assert told in " ".join(ran.err.split())


def test_what_cannot_work_is_said_before_the_texts_are_read(run, table, tmp_path, unread):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.md").write_text("mine")
    ran = run("pretrain", table, "--output", tmp_path / "notes")
    assert ran.code == 1 and "notes holds files, but no pretraining" in ran.err
    ran = run("pretrain", table, "--output", tmp_path / "m", "--start", tmp_path / "notes")
    assert ran.code == 1 and "notes has no config.json" in ran.err
    assert run("pretrain", table, "--output", table).code == 2


def test_without_sentencepiece(run, table, tmp_path, unread, monkeypatch):
    character_map.cache_clear()
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    ran = run("pretrain", table, "--output", tmp_path / "m")
    assert ran.code == 1
    assert "needs sentencepiece and protobuf" in ran.err and "gnn-emotion[pretrain]" in ran.err


def test_the_folder_is_as_it_was_asked_for(made):
    tokenizer, model = load_bert(made)
    assert (model.config.hidden_size, model.config.num_hidden_layers) == (64, 1)
    assert tokenizer.model_max_length == 128
