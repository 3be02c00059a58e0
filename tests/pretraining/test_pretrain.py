"""A pretraining that is stopped goes on to the same bits; one of something else begins anew."""

from __future__ import annotations

import logging
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import torch
from safetensors.torch import load_file

from gnn_emotion.encoders.text.compact_bert import CompactBertOptions, load_bert
from gnn_emotion.encoders.text.weibo_tokenizer import TokenizerOptions
from gnn_emotion.pretraining.masked_words import MaskedWords
from gnn_emotion.pretraining.pretrain import STATE, NewModel, Pretrained, pretrain
from gnn_emotion.pretraining.pretrain_options import PretrainOptions
from gnn_emotion.schema.errors import ContractError

from ..weibo_texts import OPTIONS as VOCABULARY
from ..weibo_texts import SHAPE, weibo_texts

pytestmark = pytest.mark.usefixtures("one_thread", "needs_sentencepiece")
NEW = NewModel(VOCABULARY, SHAPE)
OPTIONS = PretrainOptions(
    epochs=1.5,
    tokens_per_batch=256,
    learning_rate=3e-3,
    steps_per_round=4,
    held_out=40,
    precision="float32",
)


@pytest.fixture(scope="module")
def needs_sentencepiece():
    pytest.importorskip("sentencepiece")


@pytest.fixture
def steps(monkeypatch) -> list[int]:
    """Note the steps that are taken; a negative last entry kills the one after so many."""
    taken: list[int] = []
    real = MaskedWords._step

    def step(self, rows, number):
        taken.append(number)
        return real(self, rows, number)

    monkeypatch.setattr(MaskedWords, "_step", step)
    return taken


def run(texts, output, options=OPTIONS, start: Path | NewModel = NEW) -> Pretrained:
    return pretrain(pa.array(texts), output, start, options)


def killed(texts, output, after: int, options=OPTIONS, start: Path | NewModel = NEW) -> None:
    """Pretrain until a round is written, and die."""
    real, rounds = MaskedWords._save, []

    def save(self, *given):
        real(self, *given)
        rounds.append(1)
        if len(rounds) == after:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MaskedWords, "_save", save)
        with pytest.raises(KeyboardInterrupt):
            run(texts, output, options, start)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def same(one: Path, two: Path) -> bool:
    first, second = weights(one), weights(two)
    return all(torch.equal(tensor, second[name]) for name, tensor in first.items())


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_goes_on_to_the_same_bits(texts, tmp_path, steps, precision, after):
    options = replace(OPTIONS, precision=precision)
    whole = run(texts, tmp_path / "whole", options)
    assert steps == list(range(whole.steps)) and whole.steps > 12
    steps.clear()
    killed(texts, tmp_path / "killed", after, options)
    assert not (tmp_path / "killed" / "config.json").exists()
    again = run(texts, tmp_path / "killed", options)
    assert steps == list(range(whole.steps))
    assert again == whole
    assert same(tmp_path / "whole", tmp_path / "killed")


def test_it_learns_words_and_emoticons(texts, tmp_path):
    made = run(texts, tmp_path / "m", replace(OPTIONS, epochs=12))
    # But for a text that is a single token.
    assert made.texts == 299
    early = run(texts, tmp_path / "early", replace(OPTIONS, epochs=0.1))
    assert made.loss < early.loss - 1 and made.accuracy > 2 * early.accuracy
    # Three of a mood, and six in all: by chance a sixth.
    assert made.emoticon_accuracy > 0.25


def test_the_same_bits_again_and_other_bits_with_another_seed(texts, tmp_path):
    made = [run(texts, tmp_path / name) for name in "ab"]
    assert made[0] == made[1] and same(tmp_path / "a", tmp_path / "b")
    run(texts, tmp_path / "c", replace(OPTIONS, seed=1))
    assert not same(tmp_path / "a", tmp_path / "c")


def test_what_has_ended_goes_on_when_it_is_given_more(texts, tmp_path, steps):
    first = run(texts, tmp_path)
    steps.clear()
    assert run(texts, tmp_path) == first and steps == []
    more = run(texts, tmp_path, replace(OPTIONS, epochs=6))
    assert steps == list(range(first.steps, more.steps)) and more.steps == 4 * first.steps
    assert more.loss < first.loss - 0.2


@pytest.mark.parametrize(
    "changed",
    [
        {"texts": weibo_texts(310)[10:]},
        {"options": replace(OPTIONS, seed=1)},
        {"options": replace(OPTIONS, learning_rate=1e-3)},
        {"options": replace(OPTIONS, precision="bfloat16")},
        {"start": NewModel(VOCABULARY, CompactBertOptions(64, 2))},
        {"start": NewModel(replace(VOCABULARY, vocabulary=60, characters=50), SHAPE)},
    ],
    ids=["texts", "seed", "rate", "precision", "layers", "vocabulary"],
)
def test_another_pretraining_begins_anew_and_says_so(texts, tmp_path, steps, caplog, changed):
    killed(texts, tmp_path / "was", 2)
    given = {"texts": texts} | changed
    steps.clear()
    with caplog.at_level(logging.WARNING):
        found = run(output=tmp_path / "was", **given)
    assert steps[0] == 0
    assert "of another pretraining" in caplog.text
    assert found == run(output=tmp_path / "new", **given)
    assert same(tmp_path / "was", tmp_path / "new")


def test_the_vocabulary_is_learned_once(texts, tmp_path, monkeypatch):
    killed(texts, tmp_path, 1)
    monkeypatch.setattr("gnn_emotion.pretraining.pretrain.train_tokenizer", None)
    run(texts, tmp_path)


def test_starting_from_a_model(texts, tmp_path, steps):
    run(texts, tmp_path / "first")
    before = weights(tmp_path / "first")
    others = weibo_texts(250, seed=9)
    made = run(others, tmp_path / "second", start=tmp_path / "first")
    assert made.texts == 249
    # The first is as it was, and the second knows from the start what the first had learned.
    assert all(torch.equal(t, before[name]) for name, t in weights(tmp_path / "first").items())
    assert made.loss < run(others, tmp_path / "fresh").loss
    vocabularies = [load_bert(tmp_path / name)[0].get_vocab() for name in ("first", "second")]
    assert vocabularies[0] == vocabularies[1]


def test_a_start_with_dropout_goes_on_to_the_same_bits(texts, tmp_path, folder):
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace('dropout_prob": 0.0', 'dropout_prob": 0.1'))
    run(texts, tmp_path / "whole", start=folder)
    killed(texts, tmp_path / "killed", 2, start=folder)
    run(texts, tmp_path / "killed", start=folder)
    assert same(tmp_path / "whole", tmp_path / "killed")


def test_a_state_that_began_from_another_model_is_not_gone_on_with(texts, tmp_path, folder, steps):
    other = shutil.copytree(folder, tmp_path / "other")
    run(texts, other, replace(OPTIONS, epochs=0.5), start=other)
    killed(texts, tmp_path / "was", 2, start=folder)
    steps.clear()
    run(texts, tmp_path / "was", start=other)
    assert steps[0] == 0
    run(texts, tmp_path / "new", start=other)
    assert same(tmp_path / "was", tmp_path / "new")


def test_going_on_in_place(texts, tmp_path, folder, steps):
    killed(texts, folder, 1, start=folder)
    first = run(texts, folder, start=folder)
    assert steps == list(range(first.steps))
    more = run(texts, folder, replace(OPTIONS, epochs=3), start=folder)
    assert steps == list(range(more.steps))


def refused(texts, output, told, start: Path | NewModel = NEW, options=OPTIONS):
    with pytest.raises(ContractError, match=told):
        run(texts, output, options, start)


def test_a_folder_with_something_else_is_left_alone(texts, tmp_path, folder):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.md").write_text("mine")
    refused(texts, tmp_path / "notes", "holds files, but no pretraining")
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["thesis.md"]
    # Somebody's model, or one of gnn-emotion train, is something else too.
    before = weights(folder)
    refused(texts, folder, "holds files, but no pretraining")
    assert all(torch.equal(t, before[name]) for name, t in weights(folder).items())


def test_too_few_texts(texts, tmp_path):
    for some in ([], texts[:40]):
        refused(pa.array(some, pa.string()), tmp_path / "m", f"{len(some)} texts.*held out")
    # Of one word each: nothing to guess from.
    refused(pa.array([str(n) for n in range(99)]), tmp_path / "m", "no words|0 texts")


def test_a_start_that_is_none(texts, tmp_path):
    refused(texts, tmp_path / "m", "no config.json", start=tmp_path)
    assert not (tmp_path / "m" / STATE).exists()


def test_a_small_vocabulary_of_unknown_words_is_no_reason_to_stop(tmp_path):
    """Texts of which hardly a character is known, and batches in which nothing can be hidden."""
    rare = ["".join(chr(0x4E00 + 40 * row + at) for at in range(12)) for row in range(90)]
    start = NewModel(TokenizerOptions(vocabulary=40, characters=20, max_length=16), SHAPE)
    made = run(rare, tmp_path, replace(OPTIONS, tokens_per_batch=14), start)
    assert made.steps > 50
    assert all(tensor.isfinite().all() for tensor in weights(tmp_path).values())
    assert math.isfinite(made.loss)
