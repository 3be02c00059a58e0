from __future__ import annotations

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from gnn_emotion.encoders.image.backbones import (
    Preparation,
    backbone_names,
    build_network,
    load_backbone,
    pretrained_state,
    read_state,
)
from gnn_emotion.schema.errors import ContractError


@pytest.fixture(scope="module")
def resnet18():
    torch.manual_seed(0)
    return torchvision.models.resnet18(weights=None, num_classes=5).eval()


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("resnet10", 512),
        ("resnet50", 2048),
        ("mobilenet_v3_small", 1024),
        ("efficientnet_b0", 1280),
        ("densenet121", 1024),
        ("shufflenet_v2_x0_5", 1024),
        ("swin_t", 768),
        ("regnet_y_400mf", 440),
        ("googlenet", 1024),
    ],
)
def test_any_classification_network_loses_its_last_layer(name, width):
    torch.manual_seed(0)
    network, found = load_backbone(name, build_network(name).state_dict())
    assert found == width
    with torch.inference_mode():
        assert network(torch.rand(2, 3, 64, 64)).shape == (2, width)
    assert not network.training


@torch.inference_mode()
def test_features_are_those_before_the_last_layer(resnet18):
    network, _ = load_backbone("resnet18", resnet18.state_dict())
    pixels = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(resnet18.fc(network(pixels)), resnet18(pixels))


def test_loading_draws_no_random_numbers(resnet18):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    load_backbone("resnet18", resnet18.state_dict())
    assert torch.rand(1) == expected


def test_weights_without_the_last_layer_do(resnet18):
    kept = {k: v for k, v in resnet18.state_dict().items() if not k.startswith("fc.")}
    assert load_backbone("resnet18", kept)[1] == 512


def test_other_weights_do_not(resnet18):
    with pytest.raises(RuntimeError, match="Missing key"):
        load_backbone("resnet34", resnet18.state_dict())
    with pytest.raises(RuntimeError, match="Missing key"):
        load_backbone("resnet18", {})


def test_names_that_are_unknown_or_have_no_linear_layer():
    assert {"resnet10", "resnet18", "resnet50", "vit_b_16"} <= set(backbone_names())
    with pytest.raises(ContractError, match="did you mean 'resnet18'"):
        build_network("resnet-18", 2)
    with pytest.raises(ContractError, match="'squeezenet1_1' has no last linear layer"):
        load_backbone("squeezenet1_1", {})


def test_files_of_many_kinds_hold_the_same_weights(resnet18, tmp_path):
    state = resnet18.state_dict()
    save_file(state, tmp_path / "w.safetensors")
    torch.save(state, tmp_path / "plain.pth")
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "nested.pth")
    parallel = {"model": {f"module.{key}": value for key, value in state.items()}}
    torch.save(parallel, tmp_path / "parallel.pth")
    for name in ("w.safetensors", "plain.pth", "nested.pth", "parallel.pth"):
        found, preparation = read_state("resnet18", tmp_path / name)
        assert found.keys() == state.keys()
        assert all(torch.equal(found[key], state[key]) for key in state)
        assert preparation == Preparation(256, 224)


def test_no_code_in_a_file_is_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    torch.save({"a": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(Exception, match="Weights only load failed"):
        read_state("resnet18", tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


def test_a_file_that_says_how_pictures_are_prepared(resnet18, tmp_path):
    import json

    stated = Preparation(70, 64, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2), "bicubic")
    metadata = {"preparation": json.dumps(stated.as_json())}
    save_file(resnet18.state_dict(), tmp_path / "w.safetensors", metadata=metadata)
    found = read_state("resnet18", tmp_path / "w.safetensors")[1]
    assert found.as_json() == stated.as_json()
    save_file(resnet18.state_dict(), tmp_path / "plain.safetensors")
    with pytest.raises(ValueError, match="lack 'preparation', which fit_vision writes"):
        read_state("resnet10", tmp_path / "plain.safetensors")
    with pytest.raises(ContractError, match="expected 'resnet10:FILE'"):
        pretrained_state("resnet10")


def test_the_preparation_is_torchvisions_own():
    from PIL import Image

    for name in ("resnet18", "resnet50", "swin_t", "vit_b_16"):
        weights = torchvision.models.get_model_weights(name).DEFAULT
        preset = weights.transforms()
        from gnn_emotion.encoders.image.backbones import _preparation_of

        image = Image.effect_mandelbrot((300, 260), (-2, -1.5, 1, 1.5), 40).convert("RGB")
        torch.testing.assert_close(
            _preparation_of(weights).transform()(image), preset(image), atol=1e-5, rtol=0
        )


def test_pretrained_weights_come_from_the_cache_of_the_user(resnet18, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    weights = torchvision.models.ResNet18_Weights.DEFAULT
    (tmp_path / "checkpoints").mkdir()
    torch.save(resnet18.state_dict(), tmp_path / "checkpoints" / weights.url.rpartition("/")[2])
    state, preparation = pretrained_state("resnet18")
    assert all(torch.equal(state[key], value) for key, value in resnet18.state_dict().items())
    assert preparation == Preparation(256, 224)


def test_old_names_of_densenet_are_known():
    torch.manual_seed(0)
    state = build_network("densenet121", 3).state_dict()
    old = {
        key.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2."): value
        for key, value in state.items()
    }
    assert old.keys() != state.keys()
    network, _ = load_backbone("densenet121", old)
    layer = "features.denseblock1.denselayer1.conv2.weight"
    assert torch.equal(network.state_dict()[layer], state[layer])
    assert isinstance(network.classifier, nn.Identity)
