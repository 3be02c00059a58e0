"""Hugging Face image models: tiny ones with random weights, made here, without network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    ResNetConfig,
    ResNetModel,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessor,
    ViTModel,
)

from gnn_emotion.encoders.image.hf_images import HuggingFaceVisionEncoder
from gnn_emotion.encoders.image.vision import VisionOptions
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import ContractError

TOWER = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
VISION = {**TOWER, "image_size": 32, "patch_size": 8}
TEXT = {**TOWER, "vocab_size": 50, "max_position_embeddings": 8}
SIZE = {"height": 32, "width": 32}


def save_model(folder: Path, kind: str) -> Path:
    torch.manual_seed(0)
    if kind == "clip":
        CLIPModel(
            CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=12)
        ).save_pretrained(folder)
        CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=SIZE).save_pretrained(folder)
    elif kind == "siglip":
        SiglipModel(SiglipConfig(text_config=TEXT, vision_config=VISION)).save_pretrained(folder)
        SiglipImageProcessor(size=SIZE).save_pretrained(folder)
    elif kind == "resnet":
        shape = {"embedding_size": 8, "hidden_sizes": [8, 24], "depths": [1, 1]}
        ResNetModel(ResNetConfig(**shape, layer_type="basic")).save_pretrained(folder)
        ViTImageProcessor(size=SIZE).save_pretrained(folder)
    else:
        model = ViTModel if kind == "vit" else ViTForImageClassification
        model(ViTConfig(**VISION)).save_pretrained(folder)
        ViTImageProcessor(size=SIZE).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {
        kind: save_model(root / f"tiny-{kind}", kind)
        for kind in ("clip", "siglip", "vit", "classifier", "resnet")
    }


@pytest.fixture
def copy(folders, tmp_path) -> Path:
    return shutil.copytree(folders["clip"], tmp_path / "tiny-clip")


def picture(seed: int, width: int = 60, height: int = 40) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


@torch.inference_mode()
def by_hand(folder: Path, kind: str, image: Image.Image) -> torch.Tensor:
    """Features as the documentation of each model has them."""
    if kind == "clip":
        model, processor = CLIPModel.from_pretrained(folder), CLIPImageProcessor
    elif kind == "siglip":
        model, processor = SiglipModel.from_pretrained(folder), SiglipImageProcessor
    elif kind == "resnet":
        model, processor = ResNetModel.from_pretrained(folder), ViTImageProcessor
    else:
        model, processor = ViTModel.from_pretrained(folder), ViTImageProcessor
    inputs = processor.from_pretrained(folder)(images=image, return_tensors="pt")
    if kind == "clip":
        return model.visual_projection(model.vision_model(**inputs).pooler_output)[0]
    if kind == "siglip":
        return model.vision_model(**inputs).pooler_output[0]
    found = model(**inputs)
    return found.last_hidden_state[0, 0] if kind == "classifier" else found.pooler_output.flatten()


@pytest.mark.parametrize(
    ("kind", "width"),
    [("clip", 12), ("siglip", 16), ("vit", 16), ("classifier", 16), ("resnet", 24)],
)
def test_features_are_those_of_the_model(folders, kind, width, tmp_path):
    encoder = HuggingFaceVisionEncoder(str(folders[kind]), options=VisionOptions(batch_size=2))
    assert (encoder.spec.encoder, encoder.spec.dim) == (f"tiny-{kind}", width)
    images = [picture(k) for k in range(3)]
    rows = encoder.encode_images(images)
    for image, row in zip(images, rows, strict=True):
        np.testing.assert_allclose(row, by_hand(folders[kind], kind, image), atol=2e-5)
    assert np.abs(rows[0] - rows[1]).max() > 1e-4
    images[1].save(tmp_path / "p.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    bad, row = encoder.encode_files([tmp_path / "bad.png", tmp_path / "p.png"])
    assert isinstance(bad, Unreadable)
    np.testing.assert_allclose(row, rows[1], atol=1e-5)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_pictures_of_any_shape(folders, kind):
    encoder = HuggingFaceVisionEncoder(str(folders[kind]))
    shapes = [(1, 1), (3, 40), (40, 3), (1, 3000), (64, 64)]
    assert np.isfinite(encoder.encode_images([picture(0, *shape) for shape in shapes])).all()


def test_a_classifier_is_the_same_whenever_it_is_loaded(folders):
    specs = []
    for seed in (1, 2):
        torch.manual_seed(seed)  # of the pooler, which its file lacks
        specs.append(HuggingFaceVisionEncoder(str(folders["classifier"])).spec)
    assert specs[0] == specs[1]


def test_the_spec_says_all_that_changes_a_row(folders, copy):
    spec = HuggingFaceVisionEncoder(str(folders["clip"])).spec
    assert HuggingFaceVisionEncoder(str(copy)).spec == spec
    weights = load_file(copy / "model.safetensors")
    weights["visual_projection.weight"] += 1
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    changed = HuggingFaceVisionEncoder(str(copy)).spec
    stated = json.loads((copy / "preprocessor_config.json").read_text())
    stated["image_mean"] = [0.1, 0.2, 0.3]
    (copy / "preprocessor_config.json").write_text(json.dumps(stated))
    prepared = HuggingFaceVisionEncoder(str(copy)).spec
    assert len({spec.revision, changed.revision, prepared.revision}) == 3


def test_a_model_without_some_weights_is_refused(copy):
    weights = load_file(copy / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ContractError, match=r"lacks 1 weights, first 'visual_projection.weight'"):
        HuggingFaceVisionEncoder(str(copy))


@pytest.mark.parametrize("damage", ["weights", "config", "processor", "empty", "text"])
def test_a_damaged_folder_is_one_clear_error(copy, damage):
    if damage == "weights":
        stored = (copy / "model.safetensors").read_bytes()
        (copy / "model.safetensors").write_bytes(stored[: len(stored) // 2])
    elif damage == "config":
        (copy / "config.json").write_text("{")
    elif damage == "processor":
        (copy / "preprocessor_config.json").unlink()
    elif damage == "text":
        (copy / "config.json").write_text('{"model_type": "bert"}')
    else:
        for file in copy.iterdir():
            file.unlink()
    with pytest.raises(ContractError, match=r"^image encoder '.*tiny-clip' cannot be .+") as caught:
        HuggingFaceVisionEncoder(str(copy))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no-such/model", "/nowhere/at/all"])
def test_an_unknown_name_is_one_clear_error(name):
    with pytest.raises(ContractError, match=f"^image encoder {name!r} cannot be loaded: .+") as why:
        HuggingFaceVisionEncoder(name)
    assert "\n" not in str(why.value)


def test_half_precision_needs_a_gpu(folders):
    with pytest.raises(ContractError, match="expected a GPU"):
        HuggingFaceVisionEncoder(str(folders["vit"]), options=VisionOptions(precision="float16"))
