"""Speech models as encoders: tiny ones with random weights, made here, without network."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModel,
    HubertConfig,
    HubertModel,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2Model,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperModel,
)

from gnn_emotion.encoders.audio.hf_audio import HuggingFaceAudioEncoder
from gnn_emotion.encoders.audio.load_audio import load_audio_encoder
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING

from ..clips import RED, film, noise, record, tone

SHAPE = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
LAYERS = {"conv_dim": (8, 8), "conv_kernel": (10, 4), "conv_stride": (40, 8)}
REST = {
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
    "num_feat_extract_layers": 2,
}


def save_wav2vec(folder, config=Wav2Vec2Config, model=Wav2Vec2Model):
    torch.manual_seed(0)
    model(config(hidden_size=8, **SHAPE, **LAYERS, **REST)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(return_attention_mask=True).save_pretrained(folder)
    return folder


def save_whisper(folder):
    torch.manual_seed(0)
    layers = {"encoder_layers": 1, "decoder_layers": 1, "vocab_size": 20, "pad_token_id": 0}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "d_model": 8}
    sizes = {"encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "num_mel_bins": 8}
    tokens = {"bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    WhisperModel(WhisperConfig(**layers, **heads, **sizes, **tokens)).save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=8).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict:
    root = tmp_path_factory.mktemp("models")
    return {
        "wav2vec": save_wav2vec(root / "wav2vec"),
        "hubert": save_wav2vec(root / "hubert", HubertConfig, HubertModel),
        "whisper": save_whisper(root / "whisper"),
    }


@pytest.fixture
def copy(folders, tmp_path):
    return shutil.copytree(folders["wav2vec"], tmp_path / "wav2vec")


@pytest.fixture(params=["wav2vec", "hubert", "whisper"])
def encoder(request, folders) -> HuggingFaceAudioEncoder:
    return load_audio_encoder(str(folders[request.param]))


def test_rows_of_any_length(encoder):
    for wave in (tone(2), noise(0.01), np.zeros(100, np.float32), tone(65)):
        row = encoder.encode_sound(wave)
        assert row.dtype == np.float32
        assert row.shape == (8,) == (encoder.spec.dim,)
        assert np.isfinite(row).all()
    assert np.abs(encoder.encode_sound(tone(2)) - encoder.encode_sound(noise(2))).max() > 1e-3


@torch.inference_mode()
def test_the_mean_of_the_last_hidden_states(folders):
    folder = folders["wav2vec"]
    wave = noise(1)
    inputs = Wav2Vec2FeatureExtractor.from_pretrained(folder)(
        wave, sampling_rate=16_000, return_tensors="pt"
    )
    hidden = AutoModel.from_pretrained(folder).eval()(**inputs).last_hidden_state
    found = HuggingFaceAudioEncoder(str(folder)).encode_sound(wave)
    np.testing.assert_allclose(found, hidden[0].mean(0), atol=1e-5)


@torch.inference_mode()
def test_the_padding_of_whisper_is_left_out(folders):
    folder = folders["whisper"]
    inputs = WhisperFeatureExtractor.from_pretrained(folder)(
        noise(3), sampling_rate=16_000, return_tensors="pt"
    )
    hidden = WhisperModel.from_pretrained(folder).eval().encoder(**inputs).last_hidden_state[0]
    found = HuggingFaceAudioEncoder(str(folder)).encode_sound(noise(3))
    assert len(hidden) == 1_500
    np.testing.assert_allclose(found, hidden[:150].mean(0), atol=1e-5)
    assert np.abs(found - hidden.mean(0).numpy()).max() > 1e-3


def test_pieces_of_a_long_sound_count_by_their_length(encoder):
    first, second = noise(30, seed=1), noise(15, seed=2)
    parts = [encoder.encode_sound(part) for part in (first, second)]
    whole = encoder.encode_sound(np.concatenate([first, second]))
    np.testing.assert_allclose(whole, (2 * parts[0] + parts[1]) / 3, atol=1e-3)


def test_files(encoder, tmp_path):
    heard = record(tmp_path / "a.flac", tone(1))
    clip = film(tmp_path / "b.mp4", [RED] * 5, sound=tone(1))
    mute = film(tmp_path / "c.mp4", [RED] * 5)
    rows = encoder.encode_files([heard, mute, clip])
    np.testing.assert_array_equal(encoder.encode_files([clip])[0], rows[2])
    assert isinstance(rows[1], Unreadable)
    assert rows[1].status == MISSING


def test_the_spec_says_all_that_changes_a_row(folders, copy):
    spec = HuggingFaceAudioEncoder(str(folders["wav2vec"])).spec
    assert spec.encoder == "wav2vec"
    torch.manual_seed(1)
    assert HuggingFaceAudioEncoder(str(copy)).spec == spec
    settings = (copy / "preprocessor_config.json").read_text()
    changed = settings.replace('"do_normalize": true', '"do_normalize": false')
    assert changed != settings
    (copy / "preprocessor_config.json").write_text(changed)
    assert HuggingFaceAudioEncoder(str(copy)).spec.revision != spec.revision
    (copy / "preprocessor_config.json").write_text(settings)
    weights = load_file(copy / "model.safetensors")
    weights["feature_projection.projection.bias"] += 1
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    assert HuggingFaceAudioEncoder(str(copy)).spec.revision != spec.revision


def test_a_model_without_some_weights_is_refused(copy):
    weights = load_file(copy / "model.safetensors")
    del weights["feature_projection.projection.bias"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ContractError, match="lacks 1 weights, first 'feature_projection"):
        HuggingFaceAudioEncoder(str(copy))


@pytest.mark.parametrize("damage", ["weights", "config", "extractor", "empty"])
def test_a_damaged_folder_is_one_clear_error(copy, damage):
    if damage == "weights":
        content = (copy / "model.safetensors").read_bytes()
        (copy / "model.safetensors").write_bytes(content[: len(content) // 2])
    elif damage == "config":
        (copy / "config.json").write_text("{")
    else:
        for file in copy.iterdir():
            if damage == "empty" or file.name.startswith("preprocessor"):
                file.unlink()
    with pytest.raises(ContractError, match=r"'.*wav2vec' cannot be loaded: .+") as caught:
        HuggingFaceAudioEncoder(str(copy))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no-such/model", "nosuch", "/nowhere/at/all", "two words"])
def test_an_unknown_name_is_one_clear_error(name):
    message = f"^audio encoder {name!r} cannot be loaded: .+; expected 'acoustic', the folder of"
    with pytest.raises(ContractError, match=message) as caught:
        load_audio_encoder(name)
    assert "\n" not in str(caught.value)
