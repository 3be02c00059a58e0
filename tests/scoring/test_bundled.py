"""Names of models."""

from __future__ import annotations

import pytest

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.scoring.bundled import bundled_model, find_model
from gnn_emotion.scoring.predictor import Predictor


def test_the_bundled_model_is_whole():
    predictor = Predictor.load(bundled_model())
    assert predictor.checkpoint.label_set == "ekman7"
    assert (bundled_model() / "README.md").read_text(encoding="utf-8").startswith("# Model card")
    assert not list(bundled_model().glob("*.p*[tk]*l*"))


def test_names(model_folder):
    assert find_model() == find_model("bundled") == bundled_model()
    assert find_model(model_folder) == find_model(str(model_folder)) == model_folder


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(ContractError, match=r"is not a checkpoint: missing config\.json"):
        find_model(tmp_path)


def test_a_name_that_is_none():
    with pytest.raises(ContractError, match="no model"):
        find_model("./nowhere")


def test_a_hub_name_without_the_hub(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ContractError, match="no model of that name on the hub"):
        find_model("made-up-owner/made-up-model")
