"""Checkpoints: there and back, never a pickle, and each way in which a folder is none."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.schema.errors import ContractError, GnnEmotionError
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.scoring.inference import infer_logits
from gnn_emotion.training.checkpoint import CARD, CONFIG, WEIGHTS, Checkpoint, Member
from gnn_emotion.training.checksums import checksum
from gnn_emotion.training.correct_and_smooth import SmoothOptions

from .conftest import CONTRACT

pytestmark = pytest.mark.usefixtures("one_thread")


def make_checkpoint(hidden: int = 8) -> Checkpoint:
    torch.manual_seed(7)
    widths = {name: spec.dim for name, spec in CONTRACT.items()}
    labels = label_set(CANONICAL).labels
    model = EmotionGNN(
        ModelConfig(labels, widths, hidden_channels=hidden, heads=2, sources=("a", "b"))
    )
    model.limit_sources(torch.rand(2, len(labels)) < 0.5)
    torch.nn.init.normal_(model.prior.weight)
    return Checkpoint(
        (Member(model.eval(), 1.5),),
        CANONICAL,
        {"post": "embedded"},
        CONTRACT,
        SmoothOptions(0.3, 0.8),
        0.25,
        "b",
        4,
        {"seed": 7, "of": ["甲"]},
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    make_checkpoint().save(tmp_path / "model", "# 卡")
    return tmp_path / "model"


def edit(folder: Path, **changes: object) -> None:
    stored = json.loads((folder / CONFIG).read_text(encoding="utf-8")) | changes
    (folder / CONFIG).write_text(json.dumps(stored), encoding="utf-8")


def test_there_and_back(folder, toy_graph):
    saved, loaded = make_checkpoint(), Checkpoint.load(folder)
    logits = infer_logits(loaded.model, toy_graph)
    np.testing.assert_array_equal(logits, infer_logits(saved.model, toy_graph))
    assert np.ptp(logits) > 0
    both = torch.arange(2)
    assert torch.equal(loaded.model.source_prior(both), saved.model.source_prior(both))
    for name in ("label_set", "encoders", "contract", "smooth", "abstain_below"):
        assert getattr(loaded, name) == getattr(saved, name)
    for name in ("default_source", "last", "training", "source", "num_parameters"):
        assert getattr(loaded, name) == getattr(saved, name)
    assert loaded.model.config == saved.model.config
    assert [member.temperature for member in loaded.members] == [1.5]
    assert (loaded.source, loaded.model.training) == (1, False)


def test_saved_again_it_is_the_same_and_replaces_what_was_there(folder, tmp_path):
    again = tmp_path / "again"
    make_checkpoint(hidden=16).save(again, "another")
    Checkpoint.load(folder).save(again, "# 卡")
    for name in (CONFIG, WEIGHTS, CARD):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_no_pickle(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("pickle")

    checkpoint = make_checkpoint()
    for module, name in [(torch, "load"), (torch, "save"), (pickle, "load"), (pickle, "loads")]:
        monkeypatch.setattr(module, name, refuse)
    for name in ("dump", "dumps"):
        monkeypatch.setattr(pickle, name, refuse)
    checkpoint.save(tmp_path, "card")
    Checkpoint.load(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {CONFIG, WEIGHTS, CARD}


def test_the_text_encoder_travels_with_it(tmp_path):
    weights = tmp_path / "text_encoder.safetensors"
    weights.write_bytes(b"weights")
    make_checkpoint().save(tmp_path / "model", "card", [weights])
    assert (tmp_path / "model" / weights.name).read_bytes() == b"weights"
    make_checkpoint().save(tmp_path, "card", [weights])  # it lies there already
    assert weights.read_bytes() == b"weights"


def test_damaged_weights(folder):
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(ContractError, match="is damaged: its checksum is not the config's"):
        Checkpoint.load(folder)


def test_weights_of_another_shape(folder, tmp_path):
    make_checkpoint(hidden=16).save(tmp_path / "other", "card")
    (folder / WEIGHTS).write_bytes((tmp_path / "other" / WEIGHTS).read_bytes())
    edit(folder, weights_sha256=checksum(folder / WEIGHTS))
    with pytest.raises(ContractError, match=r"does not fit its config: .*size mismatch") as caught:
        Checkpoint.load(folder)
    assert "\n" not in str(caught.value)


def test_weights_that_are_no_safetensors(folder):
    (folder / WEIGHTS).write_bytes(pickle.dumps({"lin.weight": [1.0]}))
    edit(folder, weights_sha256=checksum(folder / WEIGHTS))
    with pytest.raises(ContractError, match="does not fit its config"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(ContractError, match=f"is not a checkpoint: missing {name}; expected"):
        Checkpoint.load(folder)


def test_another_format(folder):
    edit(folder, format=1)
    with pytest.raises(ContractError, match="has format 1, expected 3; it was written by another"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"model": 1}'])
def test_a_config_that_is_none(folder, text):
    (folder / CONFIG).write_text(text)
    with pytest.raises(ContractError, match=r"config.json cannot be read"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("name", ["contract", "weights_sha256", "temperatures"])
def test_a_config_without_a_field(folder, name):
    stored = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    del stored[name]
    (folder / CONFIG).write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ContractError, match=f"config.json has no {name}"):
        Checkpoint.load(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label_set": "smp2020"}, r"model labels .* are not those of 'smp2020', \('neutral', 'ha"),
        ({"contract": {"post": CONTRACT["post"]}}, "feature contract has widths {'post': 4}, the"),
        ({"default_source": "c"}, r"default source 'c' is not one of \('a', 'b'\)"),
    ],
)
def test_parts_that_do_not_fit_together(folder, change, message):
    with pytest.raises(ContractError, match=message):
        replace(make_checkpoint(), **change)
    stored = change.copy()
    if "contract" in change:
        stored["contract"] = {name: spec.as_json() for name, spec in change["contract"].items()}
    edit(folder, **stored)
    with pytest.raises(ContractError, match=message):
        Checkpoint.load(folder)


@pytest.mark.parametrize(
    ("name", "spec", "message"),
    [
        ("user", None, "no features of 'user'; the model expects 'toy' revision 1"),
        (
            "post",
            EncoderSpec("toy", "2", 4),
            "features of 'post' come from 'toy' revision 2, 4 wide .*, but the model was trained on"
            " 'toy' revision 1",
        ),
        (
            "user",
            EncoderSpec("toy", "1", 2, {"pool": "max"}),
            r"features of 'user' come from 'toy' revision 1, 2 wide \(pool=max\)",
        ),
        ("sound", EncoderSpec("toy", "1", 2), "features of 'sound' were given; Known: 'post'"),
    ],
)
def test_features_of_another_encoder_are_refused(folder, name, spec, message):
    checkpoint = Checkpoint.load(folder)
    for known, expected in CONTRACT.items():
        checkpoint.check_feature(known, expected)
    with pytest.raises(ContractError, match=message):
        checkpoint.check_feature(name, spec)


def test_members_keep_their_places_and_temperatures(tmp_path):
    """Weights are told apart by number: with ten members and more, 1 is no beginning of 10."""
    one = make_checkpoint()
    members = []
    for number in range(11):
        torch.manual_seed(number)
        members.append(Member(EmotionGNN(one.model.config).eval(), 1 + number / 10))
    replace(one, members=tuple(members)).save(tmp_path, "card")
    loaded = Checkpoint.load(tmp_path)
    assert [member.temperature for member in loaded.members] == [m.temperature for m in members]
    for saved, read in zip(members, loaded.members, strict=True):
        for name, weights in saved.model.state_dict().items():
            assert torch.equal(weights, read.model.state_dict()[name])
    assert loaded.num_parameters == 11 * one.num_parameters


def test_without_smoothing_there_is_none(tmp_path):
    replace(make_checkpoint(), smooth=None).save(tmp_path, "card")
    assert Checkpoint.load(tmp_path).smooth is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperatures", []),
        ("temperatures", [0.0]),
        ("temperatures", ["a"]),
        ("contract", {"post": 3}),
        ("contract", [1]),
        ("smooth", 3),
        ("smooth", {"correction": 9}),
        ("smooth", {"corection": 0.5}),
        ("label_set", 3),
        ("label_set", "ekmann7"),
        ("encoders", "embedded"),
        ("last", "8"),
        ("abstain_below", None),
        ("model", {}),
        ("model", {"labels": 3}),
        ("training", 1),
    ],
)
def test_a_config_that_was_damaged_by_hand_is_one_clear_line(folder, name, value):
    edit(folder, **{name: value})
    with pytest.raises(GnnEmotionError):
        Checkpoint.load(folder)
