from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from gnn_emotion.encoders.image.affect_image import AFFECT_COLUMNS
from gnn_emotion.encoders.image.load_image import load_image_encoder
from gnn_emotion.encoders.image.pictures import PictureLimits
from gnn_emotion.schema.errors import ContractError
from tests.encoders.image.test_hf_images import save_model


def test_the_embedded_encoder_needs_no_torch():
    code = (
        "import sys; from gnn_emotion.encoders.image.load_image import load_image_encoder; "
        "load_image_encoder('affect'); "
        "assert not {'torch', 'torchvision', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_kind_of_name(tmp_path):
    torch.manual_seed(0)
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), tmp_path / "w.pth")
    save_model(tmp_path / "tiny-clip", "clip")
    images = [Image.new("RGB", (50, 40), colour) for colour in ("red", "blue")]
    expected = {
        "affect": len(AFFECT_COLUMNS),
        f"resnet18:{tmp_path / 'w.pth'}": 512,
        str(tmp_path / "tiny-clip"): 12,
    }
    for name, width in expected.items():
        encoder = load_image_encoder(name, limits=PictureLimits(max_pixels=99))
        assert encoder.spec.options["max_pixels"] == 99
        rows = encoder.encode_images(images)
        assert rows.shape == (2, width)
        assert rows.dtype == np.float32
        images[0].save(tmp_path / "p.png")
        assert "skipped" in str(encoder.encode_files([tmp_path / "p.png"])[0])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("afect", "unknown image encoder 'afect'; did you mean 'affect'"),
        ("resnet-50", "did you mean 'resnet50'"),
        ("resnet19:w.pth", "did you mean 'resnet1"),
        ("", "unknown image encoder ''"),
        ("resnet18:/nowhere/w.pth", "'resnet18:/nowhere/w.pth' cannot be loaded"),
        ("no-such/model", "'no-such/model' cannot be loaded"),
    ],
)
def test_a_wrong_name_is_one_clear_error(name, message):
    with pytest.raises(ContractError, match=message) as caught:
        load_image_encoder(name)
    assert "\n" not in str(caught.value)


def test_an_unknown_precision_is_refused():
    with pytest.raises(ContractError, match="unknown precision 'half'"):
        load_image_encoder("resnet18", precision="half")
