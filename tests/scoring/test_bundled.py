"""Names of models."""

from __future__ import annotations

import pytest

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.scoring.bundled import bundled_model, find_model
from gnn_emotion.scoring.predictor import Predictor


@pytest.mark.parametrize(
    ("name", "encoder"), [("bundled", "weibo-fast"), ("bundled-base", "weibo-base")]
)
def test_the_bundled_models_are_whole(name, encoder):
    folder = bundled_model(name)
    predictor = Predictor.load(folder)
    assert predictor.checkpoint.label_set == "ekman7"
    assert predictor.checkpoint.encoders["post"] == encoder
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# Model card")
    assert not list(folder.glob("*.p*[tk]*l*"))


def test_names(model_folder):
    assert find_model() == find_model("bundled") == bundled_model()
    assert find_model("bundled-base") == bundled_model("bundled-base") != bundled_model()
    assert find_model(model_folder) == find_model(str(model_folder)) == model_folder


@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_a_gpu_reads_with_the_transformer_unless_another_model_is_named(device, model_folder):
    assert find_model(device=device) == bundled_model("bundled-base")
    assert find_model("bundled", device) == bundled_model("bundled")
    assert find_model(model_folder, device) == model_folder


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
