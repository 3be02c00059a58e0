"""Training from a dump to files: the same bytes again, after a death too, and no score too good."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from gnn_emotion import pipeline
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.batch import ScoreOptions
from gnn_emotion.training import fit as fitting
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.train_options import TrainOptions
from gnn_emotion.training_data import training_data

from .scoring.conftest import frame

pytestmark = pytest.mark.usefixtures("one_thread")
#: All that is drawn at random: weights, order, dropout, masked labels, threads of the members.
OPTIONS = TrainOptions(
    conv="gcn",
    hidden_channels=8,
    num_layers=1,
    heads=2,
    label_inputs=True,
    members=2,
    bagging=True,
    correct_and_smooth=True,
    fit=FitOptions(epochs=2, patience=2, batch_size=32, adversarial="fgm", valence=0.5),
)
PLAIN = FitOptions(epochs=2, batch_size=32)
LONG = FitOptions(epochs=30, patience=30, batch_size=32, learning_rate=0.01, valence=0.5)
ALONE = replace(OPTIONS, conv="none", label_inputs=False, members=1, bagging=False)


def write_posts(folder: Path, name: str = "posts.csv", **columns: object) -> Path:
    """Write 200 posts in threads of ten, with further or other columns; synthetic."""
    folder.mkdir(parents=True, exist_ok=True)
    frame(200).assign(**columns).to_csv(folder / name, index=False)
    return folder / name


def moods(texts: list[str]) -> list[str]:
    return ["joy" if "哈哈" in text else "anger" for text in texts]


@pytest.fixture(scope="module")
def posts(tmp_path_factory) -> Path:
    texts = frame(200).text.tolist()
    folder = tmp_path_factory.mktemp("posts")
    return write_posts(folder, label=moods(texts), label_set="ekman7")


@pytest.fixture(scope="module")
def dump(posts) -> Dump:
    return pipeline.read(posts, progress=False)


@pytest.fixture(scope="module")
def model(dump, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    pipeline.train(dump, folder, OPTIONS)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_trained_again_it_is_the_same_to_the_byte(dump, model, tmp_path):
    pipeline.train(dump, tmp_path, OPTIONS)
    assert files_of(tmp_path) == files_of(model)
    assert set(files_of(model)) >= {"config.json", "model.safetensors", "README.md"}
    pipeline.train(dump, tmp_path, replace(OPTIONS, fit=replace(OPTIONS.fit, seed=1)))
    other = files_of(tmp_path)
    assert other["model.safetensors"] != files_of(model)["model.safetensors"]


@pytest.mark.parametrize("dies_at", [2, 4])
def test_killed_it_goes_on_to_the_same_files(dump, model, tmp_path, monkeypatch, dies_at):
    """In the first member and in the second: what was done is not done again."""
    real, calls = fitting.validate, []

    def dies(*given):
        calls.append(1)
        if len(calls) == dies_at:
            raise KeyboardInterrupt
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "validate", dies)
        with pytest.raises(KeyboardInterrupt):
            pipeline.train(dump, tmp_path, OPTIONS)
        assert not (tmp_path / "config.json").exists()
        assert (tmp_path / pipeline.UNFINISHED).is_dir()
        pipeline.train(dump, tmp_path, OPTIONS)
    assert len(calls) == 4 + 1
    assert files_of(tmp_path) == files_of(model)


def test_scored_again_it_is_the_same_to_the_byte(posts, model, tmp_path):
    options = ScoreOptions(progress=False)
    for name in ("a.parquet", "b.parquet"):
        pipeline.score(posts, tmp_path / name, model=model, options=options)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_model_of_polarities_from_emotions(dump, posts, tmp_path):
    """Joy is positive and anger negative; from training to scores all is said in three labels."""
    options = replace(ALONE, label_set="polarity3", fit=LONG)
    fitted = pipeline.train(dump, tmp_path / "m", options)
    assert fitted.model.config.labels == ("negative", "neutral", "positive")
    scored = pipeline.score(posts, tmp_path / "p.parquet", model=tmp_path / "m")
    table = pq.read_table(tmp_path / "p.parquet").to_pandas()
    names = [name for name in table if name.startswith("prob_")]
    assert names == ["prob_negative", "prob_neutral", "prob_positive"]
    np.testing.assert_allclose(table[names].sum(axis=1), 1, atol=1e-5)
    assert set(table.emotion) <= {"negative", "positive"}
    assert len(table) == 200 and scored is not None
    (judged,) = pipeline.evaluate(dump, tmp_path / "m").values()
    assert judged.label_set == "polarity3"
    assert set(np.unique(judged.label)) == {0, 2}
    assert judged.scores()["accuracy"] > 0.8


def test_emoticons_that_are_noise_cannot_be_told_by_anything(tmp_path):
    """Nobody is told the label that it is judged by, though it stands in its text."""
    texts, rng = frame(200).text, np.random.default_rng(0)
    marks = rng.choice(["[哈哈]", "[泪]"], 200)
    drawn = [text + mark for text, mark in zip(texts, marks, strict=True)]
    noise = pipeline.read(write_posts(tmp_path / "in", text=drawn), progress=False)
    options = replace(ALONE, emoticons=True)
    for hears in (False, True):
        fitted = pipeline.train(noise, tmp_path / "m", replace(options, label_inputs=hears))
        for split in ("val", "test"):
            assert fitted.scores[split]["emoticon"]["accuracy"] < 0.75


@pytest.fixture(scope="module")
def numbers(tmp_path_factory) -> Dump:
    """A file of emotions, and a larger one of valences, by which every answer is right."""
    folder, texts = tmp_path_factory.mktemp("numbers"), frame(200).text.tolist()
    known = moods(texts)
    number = np.arange(200) % 10 >= 4
    valence = ["0.9" if mood == "joy" else "-0.8" for mood in known]
    label = np.where(number, valence, known)
    sets = np.where(number, "valence", "ekman7")
    return pipeline.read(write_posts(folder, label=label, label_set=sets), progress=False)


def test_valences_beside_emotions(numbers, tmp_path):
    """They train a head of their own, and neither judge the emotion nor answer for new posts."""
    options = replace(ALONE, fit=LONG)
    fitted = pipeline.train(numbers, tmp_path / "m", options)
    assert fitted.default_source == "ekman7"
    assert all(list(found) == ["ekman7"] for found in fitted.scores.values())
    pipeline.score(numbers.folder, tmp_path / "p.parquet", model=tmp_path / "m")
    table = pq.read_table(tmp_path / "p.parquet").to_pandas()
    good = table.emotion == "joy"
    assert table.valence[good].mean() > table.valence[~good].mean() + 0.5
    judged = pipeline.evaluate(numbers, tmp_path / "m")
    assert list(judged) == ["ekman7"]
    assert len(judged["ekman7"].rows) == 80


def test_classifiers_learn_no_emotion_from_valences(numbers):
    """All that no label names is as unlikely, the first of the set among it."""
    encoders = {"post": "logistic", "user": "profile"}
    options = replace(ALONE, conv="as_is", encoders=encoders, correct_and_smooth=False, fit=PLAIN)
    with training_data(numbers, options) as ready:
        scores = ready.data["post"].x[ready.data["post"].present].numpy()
    named = [label_set("ekman7").labels.index(name) for name in ("joy", "anger")]
    unnamed = np.delete(scores, named, axis=1)
    np.testing.assert_allclose(unnamed, unnamed[:, :1].repeat(5, axis=1), atol=1e-6)
    assert (scores[:, named].max(axis=1) > unnamed[:, 0]).all()


def test_a_dump_without_labels_says_so(tmp_path):
    nothing = pipeline.read(write_posts(tmp_path), progress=False)
    with pytest.raises(LabelError, match="the dump has no labels to learn from; expected"):
        pipeline.train(nothing, tmp_path / "m", ALONE)
    assert not (tmp_path / "m").exists()
