"""A training that is killed goes on to the same numbers."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn_emotion.graph.label_context import LabelContext
from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.training import fit as fitting
from gnn_emotion.training.fit import fit, seed_everything
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.resume import REST, TrainingState
from gnn_emotion.training.task import known_labels
from gnn_emotion.training.train import train_model

from .conftest import WIDTH

pytestmark = pytest.mark.usefixtures("one_thread")
#: All that draws numbers at random: dropout, order, masked labels, neighbours.
OPTIONS = FitOptions(
    epochs=6, patience=6, batch_size=64, num_neighbors=1, adversarial="fgm", seed=3
)
CONFIG = ModelConfig(
    label_set(CANONICAL).labels,
    {"post": WIDTH, "user": 2},
    hidden_channels=8,
    heads=2,
    label_inputs=True,
    label_masking=0.5,
)


@pytest.fixture(scope="module")
def loader(toy_graph, toy_task) -> BlockLoader:
    known = known_labels(toy_task, len(toy_graph["post"].x))
    labels = LabelContext.of(toy_graph, CONFIG.label_relations, known)
    return BlockLoader(toy_graph, CONFIG.relations, CONFIG.num_layers, labels=labels)


def run(loader, task, work=None, options=OPTIONS):
    seed_everything(options.seed)
    model = EmotionGNN(CONFIG)
    return model, fit(model, loader, task, options, work)


@pytest.fixture
def killed(loader, toy_task, tmp_path, monkeypatch):
    """Return the folder of a training that died in its fourth epoch."""
    real, calls = fitting.validate, []

    def dies(*given):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "validate", dies)
        with pytest.raises(KeyboardInterrupt):
            run(loader, toy_task, tmp_path)
    return tmp_path


def test_it_goes_on_to_the_same_bits(loader, toy_task, killed, monkeypatch):
    whole, history = run(loader, toy_task)
    epochs, real = [], fitting.validate
    monkeypatch.setattr(fitting, "validate", lambda *g: epochs.append(1) or real(*g))
    resumed, again = run(loader, toy_task, killed)
    assert len(epochs) == 3
    assert again == history
    for name, weights in whole.state_dict().items():
        assert torch.equal(weights, resumed.state_dict()[name])


def test_on_a_gpu_its_random_state_is_kept_too(loader, toy_task, tmp_path, monkeypatch):
    """No GPU is asked for: what stands for one says which state was put back, and where."""
    state, given = torch.arange(16, dtype=torch.uint8), []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: state)
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda *found: given.append(found))
    for device in ("cpu", "cuda:1"):
        options = replace(OPTIONS, device=device)
        seed_everything(options.seed)
        training = fitting._Run(EmotionGNN(CONFIG), loader, toy_task, options)
        training.save(tmp_path / device)
        training.resume(tmp_path / device)
    ((restored, device),) = given
    assert torch.equal(restored, state) and device == "cuda:1"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_on_a_gpu_dropout_goes_on_where_it_was(loader, toy_task, tmp_path):
    options = replace(OPTIONS, device="cuda")
    seed_everything(options.seed)
    training = fitting._Run(EmotionGNN(CONFIG).cuda(), loader, toy_task, options)
    training.save(tmp_path)
    drawn = torch.rand(8, device="cuda")
    training.resume(tmp_path)
    assert torch.equal(torch.rand(8, device="cuda"), drawn)


def test_another_training_starts_anew(loader, toy_task, killed):
    other = replace(OPTIONS, learning_rate=0.01)
    _, history = run(loader, toy_task, killed, other)
    assert history == run(loader, toy_task, options=other)[1]


def test_other_labels_start_anew(loader, toy_task, killed):
    turned = replace(toy_task, allowed=np.roll(toy_task.allowed, 1, axis=1))
    assert run(loader, turned, killed)[1] == run(loader, turned)[1]


@pytest.mark.parametrize("damage", ["tensors", "json", "both gone"])
def test_a_damaged_state_starts_anew(loader, toy_task, killed, damage):
    if damage == "tensors":
        (path,) = killed.glob("state-*.safetensors")
        path.write_bytes(path.read_bytes()[:-8] + b"damaged!")
    elif damage == "json":
        (killed / REST).write_text((killed / REST).read_text()[:100])
    else:
        for path in killed.iterdir():
            path.unlink()
    assert run(loader, toy_task, killed)[1] == run(loader, toy_task)[1]


def test_there_is_a_whole_state_at_any_moment(loader, toy_task, killed, monkeypatch):
    """Killed between the tensors of an epoch and its JSON: the epoch before is still there."""
    from pathlib import Path

    real = Path.replace

    def dies(self, target):
        if Path(target).name == REST:
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            run(loader, toy_task, killed)
    stored = json.loads((killed / REST).read_text())
    assert len(stored["history"]) == 3
    assert TrainingState.load(killed, stored["fingerprint"]) is not None
    assert run(loader, toy_task, killed)[1] == run(loader, toy_task)[1]


@pytest.mark.parametrize("text", ["[]", "3", "null", '{"fingerprint": 1}', '"text"'])
def test_a_state_that_is_something_else_starts_anew(tmp_path, text):
    (tmp_path / REST).write_text(text)
    assert TrainingState.load(tmp_path, "x") is None


def key_of(loader, task, config=CONFIG, seed=3) -> str:
    seed_everything(seed)
    return fitting._Run(EmotionGNN(config), loader, task, OPTIONS).fingerprint


def test_all_that_decides_the_numbers_is_in_the_fingerprint(loader, toy_graph, toy_task):
    """Labels that are heard, edges and features of every kind of model, the first weights."""
    kept = key_of(loader, toy_task)
    assert key_of(loader, toy_task) == kept
    assert key_of(loader, toy_task, seed=4) != kept
    assert key_of(loader, replace(toy_task, valence=toy_task.valence / 2)) != kept

    def loader_of(graph, config, known=None) -> BlockLoader:
        known = known_labels(toy_task, len(graph["post"].x)) if known is None else known
        labels = LabelContext.of(graph, config.label_relations, known)
        size, more = config.num_layers, {"hops": config.hops, "edge_time": config.edge_time}
        return BlockLoader(graph, config.relations, size, labels=labels, **more)

    deaf = np.zeros_like(loader.labels.known)
    assert key_of(loader_of(toy_graph, CONFIG, deaf), toy_task) != kept
    other = copy.deepcopy(toy_graph)
    name = ("post", "earlier_in_thread", "post")
    other[name].edge_index = other[name].edge_index[:, 100:]
    later = copy.deepcopy(toy_graph)
    later["post"].time = later["post"].time * 1000
    for config in (
        replace(CONFIG, conv="sign"),
        replace(CONFIG, conv="none", num_layers=0),
        replace(CONFIG, edge_time=True),
    ):
        one = key_of(loader_of(toy_graph, config), toy_task, config)
        assert key_of(loader_of(other, config), toy_task, config) != one
        heard = key_of(loader_of(later, config), toy_task, config) != one
        assert heard == config.edge_time


def test_a_member_of_an_ensemble_that_was_done_is_not_trained_again(
    toy_graph, toy_task, tmp_path, monkeypatch
):
    options = replace(OPTIONS, epochs=2)
    plain = train_model(toy_graph, toy_task, CONFIG, options, members=2)
    real, epochs = fitting.validate, []

    def dies(*given):
        epochs.append(1)
        if len(epochs) == 4:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(fitting, "validate", dies)
    with pytest.raises(KeyboardInterrupt):
        train_model(toy_graph, toy_task, CONFIG, options, members=2, work=tmp_path)
    resumed = train_model(toy_graph, toy_task, CONFIG, options, members=2, work=tmp_path)
    assert len(epochs) == 5
    assert resumed.histories == plain.histories
    for split, probs in plain.probs.items():
        np.testing.assert_array_equal(probs, resumed.probs[split])
