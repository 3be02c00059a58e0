"""Fitting: the same bits from the same seed, and the weights of the best validation epoch."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.graph.sample import Draw
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.training import fit as fitting
from gnn_emotion.training.fit import fit, seed_everything
from gnn_emotion.training.fit_options import OPTIMIZERS, FitOptions
from gnn_emotion.training.predict import predict_logits, validate
from gnn_emotion.training.task import TRAIN, VAL

from .conftest import WIDTH

pytestmark = pytest.mark.usefixtures("one_thread")
OPTIONS = FitOptions(epochs=3, batch_size=64, seed=1)
CONFIG = ModelConfig(
    label_set(CANONICAL).labels, {"post": WIDTH, "user": 2}, hidden_channels=8, heads=2
)


@pytest.fixture(scope="module")
def loader(toy_graph) -> BlockLoader:
    return BlockLoader(toy_graph, CONFIG.relations, CONFIG.num_layers)


def fitted(loader, task, options: FitOptions = OPTIONS):
    seed_everything(options.seed)
    model = EmotionGNN(CONFIG)
    return model, fit(model, loader, task, options)


def same(first: dict, second: dict) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def test_the_same_seed_gives_the_same_bits(loader, toy_task):
    (first, history), (second, again) = (fitted(loader, toy_task) for _ in range(2))
    assert history == again
    assert same(first.state_dict(), second.state_dict())
    other, _ = fitted(loader, toy_task, replace(OPTIONS, seed=2))
    assert not same(first.state_dict(), other.state_dict())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss(loader, toy_task, optimizer):
    options = replace(OPTIONS, optimizer=optimizer, epochs=5, learning_rate=0.01)
    _, history = fitted(loader, toy_task, options)
    assert history[-1].loss < history[0].loss


@pytest.mark.parametrize(
    ("scores", "best", "epochs"),
    [
        ([0.2, 0.6, 0.5, 0.6, 0.5, 0.9], 1, 5),
        ([0.5, 0.4, 0.4, 0.3, 0.9, 0.9], 0, 4),
        ([0.1, 0.2, 0.1, 0.3, 0.2, 0.4], 5, 6),
    ],
)
def test_it_ends_with_the_best_epoch_soon_after(
    loader, toy_task, monkeypatch, scores, best, epochs
):
    """More than ``patience`` epochs without a better one end it; the first of equals is best."""
    states = []

    def scripted(model, loader, task):
        states.append({name: t.clone() for name, t in model.state_dict().items()})
        return scores[len(states) - 1]

    monkeypatch.setattr(fitting, "validate", scripted)
    model, history = fitted(loader, toy_task, replace(OPTIONS, epochs=6, patience=2))
    assert [epoch.val_macro_f1 for epoch in history] == scores[:epochs]
    assert [same(model.state_dict(), state) for state in states].index(True) == best


def test_the_score_is_that_of_the_weights_it_ends_with(loader, toy_task):
    model, history = fitted(loader, toy_task, replace(OPTIONS, epochs=6, learning_rate=0.02))
    assert validate(model, loader, toy_task) == max(epoch.val_macro_f1 for epoch in history)


def test_neighbours_are_drawn_in_training_alone_and_anew_each_epoch(
    toy_graph, toy_task, monkeypatch
):
    loader, given = BlockLoader(toy_graph, CONFIG.relations, CONFIG.num_layers), []
    real = loader.batch

    def batch(seeds, masking=0.0, rng=None, draw=None):
        given.append((draw, rng is not None))
        return real(seeds, masking, rng, draw)

    monkeypatch.setattr(loader, "batch", batch)
    options = replace(OPTIONS, epochs=2, batch_size=1024, num_neighbors=2)
    fitted(loader, toy_task, options)
    first, second = (Draw(2, seed=1, epoch=epoch) for epoch in range(2))
    assert given == [(first, True), (None, False), (second, True), (None, False)]


def test_free_memory_is_given_back_after_some_steps_and_each_epoch(loader, toy_task, monkeypatch):
    steps, given_back = [], []
    batch = loader.batch

    def counted(*args):
        steps.append(len(args) > 1)  # validation asks for seeds alone
        return batch(*args)

    monkeypatch.setattr(loader, "batch", counted)
    monkeypatch.setattr(fitting, "release_free_memory", lambda: given_back.append(sum(steps)))
    monkeypatch.setattr(fitting, "_STEPS_A_RELEASE", 2)
    options = replace(OPTIONS, epochs=2, batch_size=16)
    fitted(loader, toy_task, options)
    count = -(-len(toy_task.at(TRAIN)) // 16)
    epoch = sorted({*range(2, count + 1, 2), count})
    assert count > 3
    assert given_back == [*epoch, *(count + step for step in epoch)]


def test_without_validation_posts_the_last_epoch_is_kept(loader, toy_task):
    task = replace(toy_task, split=np.where(toy_task.split == VAL, TRAIN, toy_task.split))
    # Nor is it stopped early: there is nothing to wait for.
    model, history = fitted(loader, task, replace(OPTIONS, epochs=6, patience=1))
    assert len(history) == 6
    assert np.isnan(history[-1].val_macro_f1)
    seed_everything(OPTIONS.seed)
    assert not same(model.state_dict(), EmotionGNN(CONFIG).state_dict())


def test_without_posts_to_train_on_it_says_so(loader, toy_task):
    task = replace(toy_task, split=np.where(toy_task.split == TRAIN, VAL, toy_task.split))
    with pytest.raises(LabelError, match="none of the 360 labels is in the train split; expected"):
        fitted(loader, task)


def test_without_an_emotion_to_learn_from_it_says_so(loader, toy_task):
    """Numbers alone teach no emotion: the answers would be those of random weights."""
    task = replace(toy_task, allowed=np.ones_like(toy_task.allowed))
    expected = f"none of the {len(toy_task.at(TRAIN))} labels of the train split says anything"
    with pytest.raises(LabelError, match=expected):
        fitted(loader, task, replace(OPTIONS, valence=1.0))


def test_the_test_split_has_no_say(loader, toy_task):
    """Other labels of the test posts: the same weights."""
    shuffled = toy_task.allowed.copy()
    test = toy_task.at(2)
    shuffled[test] = np.roll(shuffled[test], 1, axis=1)
    first, _ = fitted(loader, toy_task)
    second, _ = fitted(loader, replace(toy_task, allowed=shuffled))
    assert same(first.state_dict(), second.state_dict())


def test_logits_of_repeated_posts_in_any_order_and_part(loader, toy_task):
    model, _ = fitted(loader, toy_task, replace(OPTIONS, epochs=1))
    rows = np.array([5, 2, 9, 2, 5, 30])
    source = np.zeros(6, dtype=np.int64)
    whole = predict_logits(model, loader, rows, source)
    np.testing.assert_array_equal(whole[[0, 1]], whole[[4, 3]])
    parts = predict_logits(model, loader, rows, source, batch_size=2)
    np.testing.assert_allclose(parts, whole, atol=1e-5)
    assert predict_logits(model, loader, rows[:0], source[:0]).shape == (0, len(CONFIG.labels))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "adm"}, "unknown optimizer 'adm'; did you mean 'adam'"),
        ({"epochs": 0}, "epochs is 0; expected 1 or more"),
        ({"patience": 0}, "patience is 0; expected 1 or more"),
        ({"batch_size": 0}, "batch_size is 0; expected 1 or more"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; expected more than 0"),
    ],
)
def test_options_that_cannot_be(change, message):
    with pytest.raises(ValueError, match=message):
        FitOptions(**change)


def changed(loader, task, **options) -> dict:
    """Return the weights that options lead to, of a few steps."""
    seen = replace(OPTIONS, epochs=2, **options)
    seed_everything(seen.seed)
    model = EmotionGNN(replace(CONFIG, tasks=seen.tasks))
    fit(model, loader, task, seen)
    return {n: t.clone() for n, t in model.state_dict().items() if not n.startswith("tasks.")}


CHANGES = [
    {"optimizer": "adam"},
    {"optimizer": "rmsprop"},
    {"optimizer": "sgd"},
    {"weight_decay": 1.0},
    {"l1": 0.01},
    {"clip": 0.01, "optimizer": "sgd"},
    {"balance": 0.0},
    {"num_neighbors": 1},
    {"label_smoothing": 0.2},
    {"focal_gamma": 2.0},
    {"contrastive": 0.5},
    {"polarity": 0.5},
    {"valence": 0.5},
    {"adversarial": "fgm"},
    {"adversarial": "pgd"},
    {"adversarial": "fgm", "adversarial_epsilon": 0.5},
    {"mixed_precision": True},
]


def uneven(task):
    """Make one label rare, so that balancing them does something."""
    rare = task.allowed.argmax(axis=1) == task.allowed.argmax(axis=1).max()
    keep = ~rare | (np.arange(len(rare)) % 5 == 0)
    return replace(task, split=np.where(keep, task.split, -1).astype(np.int8))


def test_every_option_changes_the_weights_and_each_in_its_own_way(loader, toy_task):
    task = uneven(toy_task)
    found = [changed(loader, task), *(changed(loader, task, **change) for change in CHANGES)]
    for one, first in enumerate(found):
        for second in found[one + 1 :]:
            assert not same(first, second)


def size(weights: dict) -> float:
    return sum(float(t.abs().sum()) for n, t in weights.items() if t.ndim > 1 and "vocab" not in n)


def test_penalties_shrink_and_clipping_bounds(loader, toy_task):
    plain = size(changed(loader, toy_task))
    assert size(changed(loader, toy_task, weight_decay=3.0)) < plain
    assert size(changed(loader, toy_task, l1=0.05)) < plain
    start = EmotionGNN(CONFIG)
    steps = {}
    for clip in (0.0, 1e-4):
        seed_everything(OPTIONS.seed)
        start = {n: t.clone() for n, t in EmotionGNN(CONFIG).state_dict().items()}
        ended = changed(loader, toy_task, optimizer="sgd", weight_decay=0.0, clip=clip)
        steps[clip] = sum(float((ended[n] - start[n]).norm()) for n in ended)
    assert steps[1e-4] < 0.05 * steps[0.0]


@pytest.mark.parametrize("task_name", ["polarity", "valence"])
def test_a_further_task_is_learned_from_the_same_state(loader, toy_task, task_name):
    options = replace(OPTIONS, epochs=25, patience=25, learning_rate=0.02, **{task_name: 1.0})
    seed_everything(0)
    model = EmotionGNN(replace(CONFIG, tasks=(task_name,)))
    fit(model, loader, toy_task, options)
    model.eval()
    at = toy_task.at(VAL)
    batch = loader.batch(np.unique(toy_task.rows[at]))
    with torch.inference_mode():
        state = model.answer(batch.x_dict, batch.present_dict, batch.blocks).state
        found = model.tasks(state)[task_name]
    if task_name == "polarity":
        right = toy_task.stated_polarity[at][np.arange(len(at)), found.argmax(dim=1).numpy()]
        assert right.mean() > 0.9
    else:
        assert np.abs(found.numpy() - toy_task.stated_valence[at]).mean() < 0.4


def test_mixed_precision_learns_all_the_same(loader, toy_task):
    _, history = fitted(
        loader, toy_task, replace(OPTIONS, mixed_precision=True, epochs=8, learning_rate=0.02)
    )
    assert history[-1].loss < history[0].loss


def test_a_model_that_learns_nothing_is_left_alone(toy_graph, toy_task):
    config = ModelConfig(
        label_set("polarity3").labels, {"post": 3, "user": 2}, conv="as_is", num_layers=0
    )
    model = EmotionGNN(config)
    loader = BlockLoader(toy_graph, config.relations, 0)
    assert fit(model, loader, toy_task, OPTIONS) == []


#: A model that reads token numbers, five a post.
READER = replace(
    CONFIG,
    in_channels={"post": 5, "user": 2},
    conv="none",
    num_layers=0,
    text_head="cnn",
    num_tokens=12,
)


def test_token_numbers_are_not_moved_but_what_they_are_embedded_as(
    toy_graph, toy_task, monkeypatch
):
    graph, tokens, seen = copy.copy(toy_graph), 12, []
    words = np.random.default_rng(0).integers(2, tokens, (len(toy_graph["post"].x), 5))
    graph["post"].x = torch.from_numpy(words.astype(np.float32))
    config = replace(READER, num_tokens=tokens)
    loader, ended = BlockLoader(graph, config.relations, 0), []
    for adversarial, epsilon in (("none", 0.1), ("fgm", 0.1), ("fgm", 0.5)):
        seed_everything(0)
        model = EmotionGNN(config)
        read = model.prepare["post"].forward
        monkeypatch.setattr(
            model.prepare["post"], "forward", lambda x, read=read: seen.append(x) or read(x)
        )
        options = replace(OPTIONS, epochs=2, adversarial=adversarial, adversarial_epsilon=epsilon)
        fit(model, loader, toy_task, options)
        ended.append({name: t.clone() for name, t in model.state_dict().items()})
    assert all(torch.equal(x, x.round()) for x in seen)
    assert not same(ended[0], ended[1])
    assert not same(ended[1], ended[2])


def test_the_embedding_is_put_back_where_it_was(toy_graph, toy_task):
    """Steps of the optimizer that are too short to tell leave what the adversary left."""
    graph = copy.copy(toy_graph)
    graph["post"].x = torch.ones(len(toy_graph["post"].x), 5)
    config = replace(READER, num_tokens=4)
    seed_everything(0)
    model = EmotionGNN(config)
    before = {name: t.clone() for name, t in model.state_dict().items()}
    options = replace(
        OPTIONS, adversarial="fgm", learning_rate=1e-30, weight_decay=0.0, optimizer="sgd"
    )
    fit(model, BlockLoader(graph, config.relations, 0), toy_task, options)
    name = "prepare.post.head.embedding.weight"
    assert torch.equal(before[name], model.state_dict()[name])
