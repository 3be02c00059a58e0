"""``gnn-emotion finetune``, as it is typed."""

from __future__ import annotations

import pandas as pd
import pytest
from click.testing import CliRunner

from gnn_emotion.cli.finetune import command
from gnn_emotion.encoders.text.compact_bert import save_bert
from gnn_emotion.encoders.text.emotion_heads import EmotionReader

from ..weibo_texts import GLAD, SAD, tiny_bert, tiny_tokenizer, weibo_texts


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    pytest.importorskip("sentencepiece")
    folder, tokenizer = tmp_path_factory.mktemp("models") / "tiny", tiny_tokenizer(weibo_texts(300))
    save_bert(tiny_bert(tokenizer), tokenizer, folder)
    return folder


@pytest.fixture
def table(tmp_path):
    moods = [(text, "happy") for text in GLAD] + [(text, "sad") for text in SAD]
    rows = [(f"{text}{i}", label) for i in range(12) for text, label in moods]
    path = tmp_path / "labelled.csv"
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)
    return path


def run(*arguments: object):
    return CliRunner().invoke(command, [str(a) for a in arguments])


def test_it_learns_and_says_how_well(table, start, tmp_path):
    out = tmp_path / "out"
    done = run(table, "--input-label-set", "smp2020", "--start", start, "--output", out,
               "--epochs", 60, "--learning-rate", 1e-3, "--tokens-per-batch", 256,
               "--dropout", 0)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "smp2020: " in done.output
    assert "texts to learn from" in done.output
    probs = EmotionReader.load(str(out)).probabilities(["今天真开心3", "气死我了5"], "smp2020")
    assert (probs.argmax(axis=1) == [1, 5]).all()


@pytest.mark.parametrize(
    "options, told",
    [
        (["--epochs", 0], "epochs is 0, expected more than 0"),
        (["--dropout", 1], "dropout is 1"),
        (["--precision", "half"], "'half' is not one of"),
        (["--start", "no-such-folder"], "no-such-folder"),
    ],
)
def test_wrong_options_are_wrong_usage(table, start, tmp_path, options, told):
    given = [] if "--start" in options else ["--start", start]
    done = run(table, "--output", tmp_path / "out", *given, *options)
    assert done.exit_code == 2
    assert told in done.output
    assert not (tmp_path / "out").exists()


def test_the_files_of_others_are_not_replaced(table, start, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "config.json").write_text("{}")
    done = run(table, "--start", start, "--output", out)
    assert done.exit_code == 1
    assert "holds files, but no fine-tuned encoder" in str(done.exception)
    assert (out / "config.json").read_text() == "{}"
