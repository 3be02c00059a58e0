from __future__ import annotations

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file, save_file

from gnn_emotion.encoders.image.torchvision_images import TorchvisionEncoder
from gnn_emotion.encoders.image.vision import VisionOptions
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import ContractError

WEIGHTS = torchvision.models.ResNet18_Weights.DEFAULT


def picture(seed: int, width: int = 300, height: int = 240) -> Image.Image:
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return torchvision.models.resnet18(weights=None).eval()


@pytest.fixture(scope="module")
def file(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.safetensors"
    save_file(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def encoder(file):
    return TorchvisionEncoder("resnet18", file, options=VisionOptions(batch_size=2))


@torch.inference_mode()
def test_features_are_those_of_a_plain_torchvision_loop(encoder, network, tmp_path):
    images = [picture(k) for k in range(3)]
    for k, image in enumerate(images):
        image.save(tmp_path / f"{k}.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    paths = [tmp_path / name for name in ("0.png", "bad.png", "1.png", "2.png")]
    found = encoder.encode_files(paths)
    assert isinstance(found.pop(1), Unreadable)
    network.fc, head = torch.nn.Identity(), network.fc
    expected = network(torch.stack([WEIGHTS.transforms()(image) for image in images])).numpy()
    network.fc = head
    scale = np.abs(expected).max()
    np.testing.assert_allclose(np.stack(found), expected, atol=1e-4 * scale)
    np.testing.assert_allclose(encoder.encode_images(images), expected, atol=1e-4 * scale)
    assert np.abs(expected[0] - expected[1]).max() > 0.01 * scale


def test_strips_and_dots_do_not_blow_up(encoder):
    found = encoder.encode_images([picture(0, 1, 5000), picture(1, 5000, 1), picture(2, 1, 1)])
    assert np.isfinite(found).all()


def test_the_spec_says_all_that_changes_a_row(encoder, file, tmp_path):
    spec = encoder.spec
    assert (spec.encoder, spec.dim) == ("resnet18", 512)
    assert spec.options["crop"] == 224
    assert TorchvisionEncoder("resnet18", file).spec == spec
    state = load_file(file)
    torch.save(state, tmp_path / "moved.pth")
    assert TorchvisionEncoder("resnet18", tmp_path / "moved.pth").spec == spec
    state["layer4.1.bn2.bias"] += 1
    torch.save(state, tmp_path / "changed.pth")
    assert TorchvisionEncoder("resnet18", tmp_path / "changed.pth").spec.revision != spec.revision


@pytest.mark.parametrize(
    "name",
    ["none.pth", "empty.pth", "text.safetensors", "half.safetensors", "other.pth", "list.pth"],
)
def test_weights_that_do_not_do_are_one_clear_error(name, file, tmp_path):
    path = tmp_path / name
    content = file.read_bytes()
    damaged = {"empty.pth": b"", "text.safetensors": b"weights", "half.safetensors": content[:9999]}
    if name in damaged:
        path.write_bytes(damaged[name])
    elif name == "other.pth":
        torch.save({"weight": torch.ones(3)}, path)
    elif name == "list.pth":
        torch.save([1, 2], path)
    with pytest.raises(ContractError, match=r"^image encoder 'resnet18:.+' cannot be .+") as caught:
        TorchvisionEncoder("resnet18", path)
    assert "\n" not in str(caught.value)
    assert "expected 'resnet18:FILE'" in str(caught.value)


def test_without_cache_and_network_the_message_says_what_to_do(tmp_path, monkeypatch):
    def no_network(*args, **kwargs):
        raise OSError("<urlopen error [Errno -2] Name or service not known>")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    with pytest.raises(ContractError, match=r"cannot be loaded: .*; expected 'resnet50:"):
        TorchvisionEncoder("resnet50")


def test_an_unknown_network_is_refused():
    with pytest.raises(ContractError, match="unknown network 'resnet20'; did you mean 'resnet"):
        TorchvisionEncoder("resnet20")
