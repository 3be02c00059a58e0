"""Neural encoders run where they are told; no GPU is needed to see that they are told."""

from __future__ import annotations

import pytest

from gnn_emotion import pipeline, training_data
from gnn_emotion.scoring.bundled import bundled_model
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.train_options import TrainOptions


class ToldError(Exception):
    """Raised where an encoder would be loaded."""


@pytest.fixture
def told(monkeypatch):
    """What encoders were asked for, with the device."""
    seen = []

    def load(*arguments):
        seen.append(arguments)
        raise ToldError

    monkeypatch.setattr(pipeline.Predictor, "load", load)
    monkeypatch.setattr(pipeline, "load_encoders", load)
    monkeypatch.setattr(training_data, "load_encoders", load)
    monkeypatch.setattr("gnn_emotion.training.fit_options.check_device", lambda name: None)
    return seen


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    file = tmp_path_factory.mktemp("read") / "posts.csv"
    file.write_text("text,label\n今天真开心,joy\n气死我了,anger\n", encoding="utf-8")
    reading = pipeline.Reading(label_set="ekman7")
    return pipeline.read(file, file.parent / "dump", reading, progress=False)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_of_a_model_that_scores_or_is_judged(told, dump, tmp_path, device):
    with pytest.raises(ToldError):
        pipeline.score(tmp_path, tmp_path / "out.csv", device=device)
    with pytest.raises(ToldError):
        pipeline.evaluate(dump, device=device)
    folder = bundled_model("bundled-base" if device == "cuda" else "bundled")
    assert [(asked[0], asked[3]) for asked in told] == [(folder, device)] * 2


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_of_encoders_alone_and_in_training(told, dump, tmp_path, device):
    with pytest.raises(ToldError):
        pipeline.encode(dump, tmp_path, {"post": "weibo-base"}, device=device)
    with pytest.raises(ToldError):
        pipeline.train(dump, tmp_path / "model", TrainOptions(fit=FitOptions(device=device)))
    assert [asked[2] for asked in told] == [device] * 2
